"""`fundcli cost` beyond the fixed numbers: inverse contracts, windows, accrual, fees, scenarios, conflicts."""

from decimal import Decimal as D

import pytest

from tests.commands.expect import answered, refused


def _cost(run, line):
    return answered(run("cost", *line.split(), "-o", "json"))


def test_bybits_inverse_example_is_paid_in_bitcoin(run):
    """MATH.md: 10,000 USD at 8,000 and 0.01 % is 0.000125 BTC; taker fee 1.25 x 0.055 % x 2 = 0.001375 BTC."""
    result = _cost(run, "-e bybit -s BTCUSD --size 10000 --price 8000 --rate 0.01% --hold 8h")
    assert (result["currency"], result["symbol"]) == ("BTC", "BTC/USD:BTC")
    assert result["funding"] == D("0.000125")
    assert result["notional"] == D("1.25")
    assert result["fees"] == D("0.001375")


def test_binance_coin_margined_contracts_are_worth_a_hundred_dollars(run):
    """vectors.json binance-coinm-payment: 100 contracts x 100 / 50,000 x 0.01 % = 0.00002 BTC."""
    result = _cost(run, "-e binancecoinm --size 100 --price 50000 --rate 0.01% --hold 8h")
    assert (result["funding"], result["currency"]) == (D("0.00002"), "BTC")


def test_an_inverse_notional_is_quote_money(run):
    """10,000 USD at 50,000 is 0.2 BTC."""
    assert _cost(run, "-s BTC/USD:BTC --notional 10k --price 50000")["notional"] == D("0.2")


def test_an_inverse_contract_needs_a_price(run):
    refused(run("cost", "-s", "BTCUSD"), 2, "BTC/USD:BTC", "--price")
    refused(run("carry", "-s", "BTCUSD"), 2, "BTC/USD:BTC", "--price")


def test_a_size_in_coin_needs_a_price(run):
    refused(run("cost", "--size", "10"), 2, "--size", "--price")


@pytest.mark.parametrize(
    ("exchange", "second", "expected"),
    [("binance", 15, (0, 0, 1)), ("binance", 16, (0, 0, 0)), ("okx", 59, (0, 0, 1)), ("okx", 61, (0, 0, 0))],
)
def test_an_end_inside_the_settlement_window_is_flagged_and_gives_a_range(run, exchange, second, expected):
    """Binance ±15 s, OKX 60 s. Opened just after 08:00, closed at noon."""
    opened = f"2026-01-05T08:{second // 60:02}:{second % 60:02}Z"
    got = run("cost", "-e", exchange, "--open", opened, "--close", "2026-01-05T12:00Z", "-o", "json")
    result = answered(got)
    assert (result["settlements"], result["settlements_min"], result["settlements_max"]) == expected
    assert (result["funding"], result["funding_min"], result["funding_max"]) == expected  # 1 USDT each
    assert bool(got.json["warnings"]) is (expected[2] == 1)
    assert ("2026-01-05T08:00:00Z" in got.err) is (expected[2] == 1)


def test_kraken_accrues_by_time_and_has_no_range(run):
    """10:15 to 12:45 is 2.5 h: 10,000 x 0.001 % x 2.5 = 0.25; half an hour that crosses nothing still pays 0.05."""
    line = "-e krakenfutures --rate 0.001% --open 2026-01-05T10:15Z --close 2026-01-05T12:45Z"
    result = _cost(run, line)
    assert result["funding"] == result["funding_min"] == result["funding_max"] == D("0.25")
    assert result["settlements"] == D("2.5")
    inside = _cost(run, "-e krakenfutures --rate 0.001% --open 2026-01-05T10:15Z --close 2026-01-05T10:45Z")
    assert inside["funding"] == D("0.05")


def test_the_schedule_lists_each_settlement_crossed(run):
    """Three settlements of 10,000 x 0.01 % = 1."""
    schedule = _cost(run, "--open 2026-01-05T00:00:01Z --close 2026-01-06T00:00:01Z")["schedule"]
    assert [row["time"] for row in schedule] == [
        "2026-01-05T08:00:00Z", "2026-01-05T16:00:00Z", "2026-01-06T00:00:00Z",
    ]  # fmt: skip
    assert [row["amount"] for row in schedule] == [1, 1, 1]
    assert {tuple(row) for row in schedule} == {("time", "rate", "mark_price", "amount")}


def test_an_open_with_a_hold_is_an_open_with_a_close(run):
    both = _cost(run, "--open 2026-01-05T07:00Z --hold 1d")
    assert both["settlements"] == 3
    assert both["schedule"] == _cost(run, "--open 2026-01-05T07:00Z --close 2026-01-06T07:00Z")["schedule"]


def test_the_range_of_a_typed_time_is_not_that_of_a_bare_hold(run):
    result = _cost(run, "--open 2026-01-05T07:00Z --hold 12h")
    assert (result["settlements"], result["settlements_min"], result["settlements_max"]) == (2, 2, 2)


@pytest.mark.parametrize(
    ("line", "fees"),
    [
        ("", "10"),  # 10,000 x 0.05 % x 2
        ("--fees maker", "4"),
        ("--fees none", "0"),
        ("--tier VIP9", "3.4"),  # 0.017 %
        ("--tier vip1", "8"),
        ("--discount BNB", "9"),  # 10 % off
        ("--tier VIP1 --discount bnb", "7.2"),
        ("--perp-fee 0.03%", "6"),
        ("--perp-fee 0.02%,0.05%", "7"),
        ("--perp-fee=-0.01%", "-2"),
        ("-e okx", "10"),
        ("-e bybit", "11"),  # 0.055 %
        ("-e bybit --discount MNT", "9.9"),
        ("-e hyperliquid", "9"),
        ("-e weex", "16"),
    ],
)
def test_fees_are_those_of_the_profile_the_tier_and_the_discount(run, line, fees):
    assert _cost(run, line)["fees"] == D(fees)


def test_scenarios_cross_every_rate_with_every_leverage(run):
    """Over 30 d: 0.1 % x 90 x 10,000 = 900, -0.05 % gives -450; 3x at 0.1 %: 3 x 109.5 % = 328.5 %."""
    cells = _cost(run, "--compare 0.1%,-0.05% --leverages 1,3 --fees none")["scenarios"]
    assert [(cell["rate"], cell["leverage"], cell["funding"]) for cell in cells] == [
        (D("0.001"), 1, 900), (D("0.001"), 3, 900), (D("-0.0005"), 1, -450), (D("-0.0005"), 3, -450),
    ]  # fmt: skip
    assert cells[1]["apr_on_margin"] == D("3.285")


def test_leverage_beyond_the_exchanges_limit_is_a_warning_and_not_an_error(run):
    result = run("cost", "--leverage", "126")
    assert result.code == 0
    assert "125x" in result.err
    assert run("cost", "--leverage", "125").err == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--rate 0.01% --live", ("--rate", "--live")),
        ("--rate 0.01% --history 30d", ("--rate", "--history")),
        ("--live --history 30d", ("--live", "--history")),
        ("--open 2026-01-06 --close 2026-01-05", ("--open", "--close")),
        ("--open 2026-01-05 --close 2026-01-05", ("--open", "--close")),
        ("--hold 8h --open 2026-01-05 --close 2026-01-06", ("--hold", "--open", "--close")),
        ("--open 2026-01-05", ("--close",)),
        ("--close 2026-01-05", ("--open",)),
        ("--hold 8h --close 2026-01-05", ("--open",)),
        ("--size 1 --price 100 --notional 10k", ("--size", "--notional")),
        ("--settled", ("--settled", "--open", "--close")),
        ("--settled --rate 0.01% --open 2026-01-05 --close 2026-01-06", ("--settled", "--rate")),
        ("--settled --open 2026-11-21 --close 2026-11-22", ("--close", "future")),
        ("--rate 0% --live", ("--rate", "--live")),
        ("--live --interval 4h", ("--interval",)),
        ("--leverage=-5", ("--leverage",)),
        ("--leverage 0", ("--leverage",)),
        ("--leverage nan", ("--leverage", "nan")),
        ("--leverage inf", ("--leverage", "inf")),
        ("--leverage 1e400", ("--leverage", "1e400")),
        ("--notional 0", ("--notional",)),
        ("--notional=-1", ("--notional",)),
        ("--size 0 --price 1", ("--size",)),
        ("--price=-1", ("--price",)),
        ("--hold 0.5", ("--hold", "0.5")),
        ("--hold 0h", ("--hold",)),
        ("--interval 0h", ("--interval",)),
        ("--interval 8", ("--interval", "8h")),
        ("--side up", ("--side", "long")),
        ("--side lng", ("--side", "long")),
        ("--fees takr", ("--fees", "taker")),
        ("--open yesterday --close 2026-01-05", ("--open", "yesterday")),
        ("--compare ,", ("--compare",)),
        ("--compare 0.01", ("--compare", "0.01%")),
        ("--leverages 1,0", ("--leverages",)),
        ("--perp-fee 0.05", ("--perp-fee", "0.05%")),
        ("--perp-fee 1%,2%,3%", ("--perp-fee",)),
        ("--tier VPI1", ("VPI1", "VIP1")),
        ("--discount BNC", ("BNC", "BNB")),
        ("--symbol BTC-260327", ("dated",)),
        ("--output jsno", ("jsno", "json")),
    ],
)
def test_a_wrong_line_is_refused_in_one_line_that_names_what_is_wrong(run, line, words):
    refused(run("cost", *line.split()), 2, *words)


def test_an_empty_value_is_refused_and_not_taken_for_the_default(run):
    """`--exchange "$EX"` with EX unset must not answer for another exchange."""
    for option in ("--exchange", "--symbol", "--rate", "--leverage", "--hold"):
        assert run("cost", option, "").code == 2, option


def test_an_interval_too_short_for_a_settlement_is_refused(run):
    for command in ("cost", "carry"):
        line = [command, "--rate", "0.01%", "--interval", "0.0001s", "--open", "2026-01-05", "--close", "2026-01-06"]
        refused(run(*line), 2, "--interval")


def test_sizes_that_multiply_beyond_any_market_are_refused(run):
    line = ["cost", "--size", "1e15", "--price", "1e15", "--rate", "1000%", "--hold", "1000y"]
    assert run(*line).code in (0, 2)
