"""A wrong profile: the file, the line, the field, what was expected, the nearest right spelling."""

from decimal import Decimal as D

import pytest

from fundcli.errors import DataError


def _line(text, part):
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_profile_that_the_others_bend_is_valid(load, whole):
    assert load(whole).profile.funding.interest_per_day == D("0.0003")


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("interval_hours: 8", "intervall_hours: 8", ("intervall_hours", "unknown field", "interval_hours")),
        ("name: Mine", "nmae: Mine", ("nmae", "unknown field", "name")),
        ("taker: 0.05%", "taker: 0.05%, takr: 1bp", ("fees.perp.takr", "unknown field", "taker")),
        ("interest_per_day: 0.03%", "interest_per_day: much", ("funding.interest_per_day", "much")),
        ("interest_per_day: 0.03%", "interest_per_day: 0.03%%", ("funding.interest_per_day", "0.03%%")),
        ("interest_per_day: 0.03%", "interest_per_day: nan", ("funding.interest_per_day", "nan")),
        ("interest_per_day: 0.03%", "interest_per_day: [1]", ("funding.interest_per_day",)),
        ("interval_hours: 8", "interval_hours: soon", ("funding.interval_hours", "soon")),
        ("interval_hours: 8", "interval_hours: 0", ("funding.interval_hours", "0")),
        ("varies_per_contract: true", "varies_per_contract: maybe", ("funding.varies_per_contract", "maybe")),
        ("lag_periods: 0", "lag_periods: one", ("funding.lag_periods", "one")),
        ("payment_price: mark", "payment_price: marc", ("funding.payment_price", "marc", "mark, index, oracle")),
        ("accrual: discrete", "accrual: continous", ("funding.accrual", "continous", "continuous")),
        ("status: live", "status: dead", ("status", "dead", "live, defunct")),
        ("settlement_hours_utc: [0, 8, 16]", "settlement_hours_utc: [0, 8, 24]", ("settlement_hours_utc", "0 to 23")),
        ("settlement_hours_utc: [0, 8, 16]", "settlement_hours_utc: []", ("settlement_hours_utc", "empty")),
        ("settlement_hours_utc: [0, 8, 16]", "settlement_hours_utc: [0, x]", ("settlement_hours_utc",)),
        ("main: BTC/USDT:USDT", "main: BTC", ("contracts.main", "BTC")),
        ("maker: 0.02%", "maker: 100%", ("fees.perp", "share below 1")),
        ("ccxt: binance\n", "", ("ccxt",)),
        ("status: live", "status: defunct", ("status_note",)),
        ("  accrual: discrete\n", "", ("funding.accrual", "missing")),
        ("name: Mine\n", "", ("name", "missing")),
        ("perp: {maker: 0.02%, taker: 0.05%}", "perp: 0.05%", ("fees.perp",)),
        ("  lag_periods: 0\n", "  lag_periods: 0\n  window_seconds: -1\n", ("funding.window_seconds", "negative")),
    ],
)
def test_a_mistake_is_named_with_its_field_and_line(load, whole, tmp_path, right, wrong, words):
    assert right in whole
    text = whole.replace(right, wrong)
    with pytest.raises(DataError) as caught:
        load(text)
    said = caught.value.line()
    assert said.startswith(f"{tmp_path / 'mine.yaml'}:")
    for word in words:
        assert word in said.removeprefix(str(tmp_path)), said
    if wrong.strip() and "status" not in wrong:
        line = int(said.removeprefix(f"{tmp_path / 'mine.yaml'}:").partition(":")[0])
        assert line == _line(text, wrong.strip().splitlines()[-1].strip()), said


BORROW = """\
borrow:
  counting: pro_rata
  source: {what: a page, date: 2026-01-31}
  rates:
    BTC: {rate: 0.01%, per_hours: 4, up_to: 0.02%}
  rates_source: {what: a page, date: 2026-01-31}
"""


def test_borrow_rates_are_read_with_their_period(load, whole):
    entry = load(whole + BORROW).profile.borrow.rates["BTC"]
    assert (entry.rate, entry.per_hours, entry.up_to) == (D("0.0001"), 4, D("0.0002"))


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("counting: pro_rata", "counting: pro_rat", ("borrow.counting", "pro_rat", "four_hour_rollovers")),
        ("rate: 0.01%", "rate: much", ("borrow.rates.BTC.rate", "much")),
        ("rate: 0.01%", "rate: -0.01%", ("borrow.rates.BTC.rate", "from 0 to below 1")),
        ("rate: 0.01%", "rate: 100%", ("borrow.rates.BTC.rate", "from 0 to below 1")),
        ("per_hours: 4", "per_hours: 0", ("borrow.rates.BTC.per_hours", "0")),
        (", per_hours: 4", "", ("borrow.rates.BTC.per_hours", "missing")),
        ("per_hours: 4", "per_ours: 4", ("borrow.rates.BTC.per_ours", "per_hours")),
        ("up_to: 0.02%", "up_to: 0.005%", ("borrow.rates.BTC.up_to", "below the rate")),
        ("    BTC:", "    btc:", ("borrow.rates.btc", "not a coin")),
        ("  rates_source: {what: a page, date: 2026-01-31}\n", "", ("borrow.rates_source", "missing")),
        (
            "rates_source: {what: a page, date: 2026",
            "rates_source: {what: a page, date: in 2026",
            ("rates_source.date",),
        ),
    ],
)
def test_a_mistake_in_a_borrow_rate_is_named(load, whole, tmp_path, right, wrong, words):
    assert right in BORROW
    with pytest.raises(DataError) as caught:
        load(whole + BORROW.replace(right, wrong))
    for word in words:
        assert word in caught.value.line(), caught.value.line()
    line = int(caught.value.message.removeprefix(f"{tmp_path / 'mine.yaml'}:").partition(":")[0])
    assert line > len(whole.splitlines())


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("{ccxt: kraken}", ("spot.source", "missing")),
        ("{source: {what: a page, date: 2026-01-31}}", ("spot.ccxt", "missing")),
        ("{cxct: kraken, source: {what: a page, date: 2026-01-31}}", ("spot.cxct", "unknown field", "ccxt")),
        ("{ccxt: kraken, source: {what: a page, date: lately}}", ("spot.source.date", "lately")),
        ("kraken", ("spot",)),
    ],
)
def test_a_mistake_in_where_the_spot_markets_are_is_named(load, whole, block, words):
    with pytest.raises(DataError) as caught:
        load(f"{whole}spot: {block}\n")
    for word in words:
        assert word in caught.value.line()


def test_a_date_that_is_none_is_refused_with_its_line(load, whole):
    with pytest.raises(DataError) as caught:
        load(whole.replace("source: {what: a page, date: 2026-01-31}", "source: {what: a page, date: lately}", 1))
    assert ":5: source.date" in caught.value.message
    assert "lately" in caught.value.message


def test_a_mistake_inside_a_list_or_a_mapping_of_names_is_found(load, whole):
    tiers = (
        "  tiers:\n    VIP1:\n      perp: {maker: 0.01%, taker: 1bp}\n    VIP2:\n      perp: {maker: 0.01%, taker: x}\n"
    )
    with pytest.raises(DataError) as caught:
        load(whole + tiers)
    assert "fees.tiers.VIP2.perp.taker" in caught.value.message
    margin = (
        "margin:\n  symbol: BTC/USDT:USDT\n  source: {what: a, date: 2026-01-31}\n"
        "  tiers:\n    - {maintenance_rate: 1%, max_leverage: lots}\n"
    )
    with pytest.raises(DataError) as caught:
        load(whole + margin)
    assert "max_leverage" in caught.value.message
    assert f":{_line(whole + margin, 'lots')}: " in caught.value.message


@pytest.mark.parametrize("text", ["", "   \n", "# only a comment\n", "---\n", "null\n"])
def test_an_empty_file_says_where_to_start(load, text):
    with pytest.raises(DataError) as caught:
        load(text)
    assert caught.value.message.endswith("mine.yaml is empty")
    assert "profiles init" in caught.value.remedy


@pytest.mark.parametrize("text", ["- a\n- b\n", "just text\n", "42\n", "[a, b]\n"])
def test_a_top_level_that_is_no_mapping_is_refused(load, text):
    with pytest.raises(DataError, match="top level"):
        load(text)


def test_a_value_that_yaml_1_1_misreads_is_taken_as_it_is_written(load, whole):
    """YAML 1.1: `no` is false, 12:30 is 750, 1e-4 is text, 0123 is octal."""
    text = whole.replace("name: Mine", "name: no").replace("0.03%", "1e-4").replace("{what: a page", "{what: 12:30", 1)
    profile = load(text + "quirks: [yes, off, 0123, 1_000, 2026-01-31, =]\n").profile
    assert profile.name == "no"
    assert profile.source.what == "12:30"
    assert profile.funding.interest_per_day == D("0.0001")
    assert profile.quirks == ["yes", "off", "0123", "1_000", "2026-01-31", "="]


@pytest.mark.parametrize("text", ["0.03%", "3bp", "0.0003", "'0.03%'", '"0.0003"', "3e-4", "0.03 %"])
def test_a_rate_may_be_written_in_every_way(load, whole, text):
    assert load(whole.replace("0.03%", text)).profile.funding.interest_per_day == D("0.0003")


@pytest.mark.parametrize("text", ["8", "8h", "480min", '"8"'])
def test_an_interval_may_be_written_with_its_unit(load, whole, text):
    assert load(whole.replace("interval_hours: 8", f"interval_hours: {text}")).profile.funding.interval_hours == 8
