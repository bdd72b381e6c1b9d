"""The dated formulas of the built-in profiles: each agrees with its profile's baseline and holds what sources say."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal as D
from itertools import pairwise

import pytest

from fundcli.core.caps import MarginRates, cap_of
from fundcli.core.formula import Terms, funding_rate, funding_rate_of_samples, interest_component
from fundcli.core.premium import impact_margin_notional
from fundcli.profiles import Catalog, builtin_folder
from fundcli.profiles.formula import Formula

CATALOG = Catalog()
PROFILES = {path.stem: CATALOG.load(path.stem).profile for path in sorted(builtin_folder().glob("*.yaml"))}
WITH_FORMULA = [name for name, profile in PROFILES.items() if isinstance(profile.formula, Formula)]
WRITTEN = date(2026, 11, 22)


def rules(name):
    return PROFILES[name].formula.rules


def newest(name):
    return rules(name)[-1]


def moment(text):
    return datetime.fromisoformat(text).astimezone(UTC)


def rule_at(name, at):
    """The last rule that began at or before a time."""
    began = [rule for rule in rules(name) if rule.valid_from is None or moment(rule.valid_from) <= moment(at)]
    return began[-1]


def terms(rule, hours, contract="", cap=None):
    """The numbers of a rule at an interval; without a cap unless one is given."""
    interest = D(0)
    if rule.interest is not None:
        per = rule.interest.per_hours
        rate = rule.interest.exceptions.get(contract, rule.interest.rate)
        interest = interest_component(D(rate), None if per is None else D(per), D(hours))
    return Terms(
        form=rule.form,
        interval_hours=D(hours),
        interest=interest,
        band=None if rule.band is None else D(rule.band),
        divided_hours=None if rule.divided_hours is None else D(rule.divided_hours),
        cap=None if cap is None else D(cap),
        floor=None if cap is None else -D(cap),
        cap_stage="rate" if rule.cap is None else rule.cap.stage,
        clamp_stage=rule.clamp_stage,
    )


def rate(rule, hours, premium, contract="", cap=None):
    return funding_rate(D(premium), terms(rule, hours, contract, cap)).rate


def btc_cap(name, rule=None):
    """The cap of the main contract, by the rule and the profile's own margin."""
    rule = rule or newest(name)
    if rule.cap.rule == "fixed":
        return D(rule.cap.rate)
    margin = PROFILES[name].margin
    assert margin.symbol == PROFILES[name].contracts.main
    tier = margin.tiers[0]
    rates = MarginRates(initial=1 / D(tier.max_leverage), maintenance=D(tier.maintenance_rate))
    return cap_of(rule.cap.rule, D(rule.cap.coefficient), rates)


# Every profile

APART = {
    "mexc": "the formula's 0.01 % is that of a worked example; MEXC publishes no interest",
    "woo": "the baseline is what quiet contracts pay; the documented formula has no interest",
}


@pytest.mark.parametrize("name", WITH_FORMULA)
def test_a_premium_of_zero_gives_the_baseline_that_the_profile_states(name):
    """interest_per_day x N / 24 at every interval in use, whether the rule divides by 8/N or scales the interest.

    It is so with a band of any width, so a band that no source gives stands in as 0.05 %.
    """
    rule, funding = newest(name), PROFILES[name].funding
    if "interest" in rule.unknown:
        pytest.skip("the formula leaves the interest open")
    if name in APART:
        pytest.skip(APART[name])
    for hours in funding.intervals_in_use_hours or [funding.interval_hours]:
        if "divisor" in rule.unknown and hours != 8:
            continue
        numbers = terms(rule, hours)
        if "band" in rule.unknown:
            numbers = replace(numbers, band=D("0.0005"))
        assert funding_rate(D(0), numbers).rate == D(funding.interest_per_day or 0) * hours / 24


@pytest.mark.parametrize("name", WITH_FORMULA)
def test_the_newest_rule_lags_as_its_profile_says(name):
    assert newest(name).lag_periods == PROFILES[name].funding.lag_periods


@pytest.mark.parametrize("name", WITH_FORMULA)
def test_the_newest_rule_is_of_the_interval_that_the_profile_has(name):
    assert newest(name).interval_hours in (None, PROFILES[name].funding.interval_hours)


@pytest.mark.parametrize("name", WITH_FORMULA)
def test_rules_follow_each_other_and_none_begins_later_than_it_is_certain(name):
    for before, after in pairwise(rules(name)):
        assert after.valid_from is not None
        assert before.valid_from is None or moment(before.valid_from) < moment(after.valid_from)
        assert before.certain_from is None or moment(before.certain_from) <= moment(after.valid_from)
    for rule in rules(name):
        assert rule.certain_from is None or moment(rule.valid_from) < moment(rule.certain_from)
        assert rule.valid_from is None or moment(rule.valid_from).date() <= WRITTEN


@pytest.mark.parametrize("name", WITH_FORMULA)
def test_every_rule_names_a_dated_source(name):
    for rule in rules(name):
        assert rule.source.what
        assert date(2016, 1, 1) <= date.fromisoformat(rule.source.date) <= WRITTEN
        assert rule.source.url is None or rule.source.url.startswith("https://")


@pytest.mark.parametrize("name", WITH_FORMULA)
def test_what_a_rule_calls_unknown_is_not_given_beside_it(name):
    for rule in rules(name):
        given = {
            "band": rule.band,
            "divisor": rule.divided_hours,
            "interest": rule.interest,
            "averaging": rule.averaging,
            "cap": rule.cap,
            "sampling": rule.sample_seconds,
            "impact": rule.impact,
            "premium": rule.premium,
        }
        assert [name for name in rule.unknown if given[name] is not None] == []


@pytest.mark.parametrize("name", WITH_FORMULA)
def test_a_note_is_a_whole_sentence(name):
    for rule in rules(name):
        for note in rule.notes:
            assert note.endswith(".")
            assert note[0].isupper() or note[0].isdigit()


# Dates of changes


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("binance", [None, "2025-09-18T08:01:00Z"]),  # FAQ 360033525031
        ("binancecoinm", [None, "2025-09-18T08:01:00Z"]),  # the same FAQ
        # Help page of the three batches of April 2025; announcement of 2026-05-29
        ("okx", [None, "2025-04-10T00:01:00Z", "2026-05-29T00:00:00Z"]),
        ("bybit", [None, "2022-06-30T00:00:00Z"]),  # Introduction to Funding Rate
        # Announcement 27396; upgrade of 2026-05-27, 00:00 UTC+8 at the earliest
        ("gate", [None, "2022-08-08T08:00:00Z", "2026-05-26T16:00:00Z"]),
        ("htx", [None, "2024-01-08T08:00:00Z"]),  # announcement 44958157384677
        ("weex", [None]),
        ("bitget", [None, "2025-09-22T08:01:00Z"]),  # announcement 12560603838070, 16:01 UTC+8
        ("hyperliquid", [None, "2023-06-01T00:00:00Z"]),
        ("krakenfutures", [None]),
        ("ftx", [None]),
        ("bitmex", [None]),
        ("coinex", ["2023-10-16T00:00:00Z"]),  # announcement 20126778803348
    ],
)
def test_the_rules_of_an_exchange_begin_when_its_sources_say(name, begins):
    assert [rule.valid_from for rule in rules(name)] == begins


@pytest.mark.parametrize(
    ("name", "begins", "certain"),
    [
        ("okx", "2025-04-10T00:01:00Z", "2025-04-24T00:01:00Z"),  # first and last batch
        ("okx", "2026-05-29T00:00:00Z", "2026-06-03T00:00:00Z"),  # announced; shown by the help page
        ("bybit", "2022-06-30T00:00:00Z", "2022-07-05T00:00:00Z"),
        ("gate", "2026-05-26T16:00:00Z", "2026-05-27T08:00:00Z"),  # 00:00 or 16:00 UTC+8 by copy
        ("hyperliquid", "2023-06-01T00:00:00Z", "2023-07-01T00:00:00Z"),  # some day of June 2023
        ("htx", "2024-01-08T08:00:00Z", None),
        ("bitget", "2025-09-22T08:01:00Z", None),
    ],
)
def test_a_change_whose_day_is_in_doubt_says_from_when_it_is_certain(name, begins, certain):
    assert rule_at(name, begins).certain_from == certain


@pytest.mark.parametrize(
    ("name", "at", "lag"),
    [
        ("bybit", "2022-06-29T23:59:59Z", 1),
        ("bybit", "2022-07-05T00:00:00Z", 0),
        ("gate", "2022-08-08T07:59:59Z", 1),
        ("gate", "2022-08-08T16:00:00Z", 0),  # the first settlement that pays its own interval
        ("htx", "2024-01-08T00:00:00Z", 1),  # the last settlement that pays the interval before
        ("htx", "2024-01-08T08:00:00Z", 0),
        ("okx", "2023-12-20T16:00:00Z", 1),  # API sample of that day: method next_period
        ("okx", "2025-04-24T08:00:00Z", 0),
        ("krakenfutures", "2026-09-22T12:00:00Z", 1),  # the rate of 12-13 UTC is computed over 11-12 UTC
        ("bitmex", "2026-09-22T12:00:00Z", 1),
        ("binance", "2026-09-22T08:00:00Z", 0),
        ("hyperliquid", "2026-09-22T08:00:00Z", 0),
    ],
)
def test_a_rate_is_paid_at_once_or_an_interval_late_as_of_its_date(name, at, lag):
    assert rule_at(name, at).lag_periods == lag


@pytest.mark.parametrize(
    ("name", "at", "divided", "four_hours"),
    [
        # A premium of 0.10 % at 4 hours: 0.05 % whole, 0.025 % divided by 8/4.
        ("binancecoinm", "2025-09-18T08:00:00Z", None, "0.0005"),
        ("binancecoinm", "2025-09-18T08:01:00Z", 8, "0.00025"),
        ("okx", "2026-05-28T12:00:00Z", None, "0.0005"),
        ("okx", "2026-06-03T00:00:00Z", 8, "0.00025"),
        ("bybit", "2026-10-09T00:00:00Z", None, "0.0005"),  # Bybit never divides
        ("gate", "2026-05-26T15:59:59Z", None, "0.0005"),
        ("gate", "2026-05-27T08:00:00Z", 8, "0.00025"),
        ("bitget", "2025-09-22T08:00:00Z", None, "0.0005"),
        ("bitget", "2025-09-22T08:01:00Z", 8, "0.00025"),
        ("htx", "2024-04-29T00:00:00Z", 8, "0.00025"),
        ("bitmex", "2026-09-22T00:00:00Z", None, "0.0005"),
    ],
)
def test_a_rate_is_divided_by_the_interval_only_from_the_day_its_exchange_began_to(name, at, divided, four_hours):
    rule = rule_at(name, at)
    assert rule.divided_hours == divided
    assert rate(rule, 4, "0.001") == D(four_hours)


@pytest.mark.parametrize("name", ["binance", "binancecoinm", "okx", "gate", "bitget"])
def test_dividing_by_the_interval_left_the_baseline_as_it_was(name):
    """Before: 0.03 % a day scaled to the interval. After: 0.01 % and the whole divided by 8/N. 0.005 % at 4 hours."""
    before, after = rules(name)[-2:]
    assert rate(before, 4, 0) == rate(after, 4, 0) == D("0.00005")


# OKX


def test_okx_worked_example_of_an_hourly_contract_before_and_after_the_change():
    """OKX announcement of 2026-05-29: premium 0.10 % at 1 hour gave 0.05 %, and gives 0.00625 %."""
    old, new = rules("okx")[-2:]
    assert terms(old, 1).interest == D("0.0000125")
    assert terms(new, 1).interest == D("0.0001")
    assert rate(old, 1, "0.001") == D("0.0005")
    assert rate(new, 1, "0.001") == D("0.0000625")


def test_okx_had_neither_interest_nor_clamp_before_april_2025():
    """OKX help of January 2024: the rate is the average of (mid - index) / index between cap and floor."""
    rule = rule_at("okx", "2024-03-05T08:00:00Z")
    assert (rule.premium, rule.interest, rule.band, rule.averaging) == ("mid", None, None, "simple")
    assert rate(rule, 8, "0.0002") == D("0.0002")
    assert rate(rule, 8, 0) == 0


def test_okx_usdc_had_no_interest_after_april_2025():
    rule = rule_at("okx", "2025-05-01T00:00:00Z")
    assert rate(rule, 8, 0, "USDC/USDT") == 0


# Bybit


@pytest.mark.parametrize(("hours", "baseline"), [(8, "0.0001"), (4, "0.00005"), (2, "0.000025"), (1, "0.0000125")])
def test_bybit_scales_its_interest_and_not_its_clamp(hours, baseline):
    """Bybit help: 0.03 % / (24 / interval), and the band is the same at every interval."""
    rule = newest("bybit")
    assert rate(rule, hours, 0) == D(baseline)
    assert rate(rule, hours, "0.002") == D("0.0015")


@pytest.mark.parametrize("contract", ["USDC/USDT", "ETHBTC/USDT"])
def test_bybit_has_contracts_without_interest(contract):
    """Bybit help: 0 % for USDCUSDT and ETHBTCUSDT."""
    assert rate(newest("bybit"), 8, 0, contract) == 0


def test_bybit_cap_is_the_live_one_and_the_documented_coefficient_gives_less():
    """Live on 2026-05-31: BTCUSDT 0.50 %. Documented: min(0.75 x (1 % - 0.5 %), 0.5 %) = 0.375 %."""
    assert btc_cap("bybit") == D("0.005")
    rates = MarginRates(initial=D("0.01"), maintenance=D("0.005"))
    assert cap_of(newest("bybit").cap.rule, D("0.75"), rates) == D("0.00375")


# Gate


def test_gate_clamped_every_minute_until_the_upgrade_and_the_mean_since():
    """Half the minutes at +0.10 %, half at -0.10 %: the rates of the minutes average to 0, the mean premium of 0
    gives the interest."""
    samples = [D("0.001")] * 240 + [D("-0.001")] * 240
    before, after = rule_at("gate", "2025-01-01T00:00:00Z"), newest("gate")
    assert (before.averaging, before.clamp_stage) == ("simple", "sample")
    assert (after.averaging, after.clamp_stage) == ("linear", "mean")
    assert funding_rate_of_samples(samples, [1] * 480, terms(before, 8)).rate == 0
    assert funding_rate_of_samples(samples, [1] * 480, terms(after, 8)).rate == D("0.0001")


def test_gate_samples_every_minute_with_an_impact_notional_of_30000():
    """Futures contract BTC_USDT of 2026-09-15: funding_impact_value 30,000; of 2023-05-24: 60,000."""
    assert newest("gate").sample_seconds == 60
    assert newest("gate").impact.notional == 30000
    assert rule_at("gate", "2023-05-24T00:00:00Z").impact.notional == 60000


def test_gate_four_hour_contract_with_a_deep_discount():
    """-0.20 % at 4 hours: (-0.2 % + 0.05 %) / 2."""
    assert rate(newest("gate"), 4, "-0.002", cap="0.003") == D("-0.00075")


# Caps and impact sizes of BTC


@pytest.mark.parametrize(
    ("name", "cap"),
    [
        ("binance", "0.003"),  # 0.75 x 0.40 %, live 2026-09-26
        ("okx", "0.00375"),  # sample of instruments
        ("gate", "0.003"),  # 0.75 x (1/125 - 0.4 %), live 2026-09-15
        ("htx", "0.003"),  # max_funding_rate, live 2026-09-23; documented 0.375 %
        ("bitget", "0.003"),  # 0.75 x 0.40 %, live 2026-09-15
        ("hyperliquid", "0.04"),  # per hour, docs
        ("krakenfutures", "0.005"),  # per hour, maxRelativeFundingRate of September 2026
        ("bitmex", "0.00375"),  # 0.75 x (1 % - 0.50 %), margins of XBTUSD on 2024-11-24
        ("coinex", "0.00375"),
    ],
)
def test_the_cap_of_btc_is_the_last_one_on_record(name, cap):
    assert btc_cap(name) == D(cap)


@pytest.mark.parametrize("name", ["binancecoinm", "weex"])
def test_a_cap_that_no_source_gives_is_said_to_be_unknown(name):
    assert newest(name).cap is None
    assert "cap" in newest(name).unknown


def test_only_hyperliquid_has_one_cap_for_all_contracts():
    """Hyperliquid docs: the cap does not depend on the asset."""
    ours = ("okx", "bybit", "gate", "htx", "bitget", "hyperliquid", "krakenfutures", "bitmex", "coinex")
    assert [name for name in ours if newest(name).cap.all] == ["hyperliquid"]


@pytest.mark.parametrize("name", ["binance", "bitget"])
def test_the_impact_notional_is_200_over_the_initial_margin_rate(name):
    """FAQ and funding article: 200 USDT at 125x is 25,000 USDT."""
    assert impact_margin_notional(D(newest(name).impact.unit), 1 / D(125)) == 25000


@pytest.mark.parametrize(
    ("name", "impact"),
    [
        ("htx", 25000),  # Funding Calculation, BTC and ETH
        ("hyperliquid", 20000),  # docs, BTC and ETH
    ],
)
def test_the_impact_notional_of_btc_and_eth_is_the_same(name, impact):
    found = newest(name).impact
    assert found.notional == impact
    assert list(found.contracts.values()) == [impact]


# The others, one by one


def test_weex_is_measured_against_the_mark_and_publishes_little_else():
    """WEEX Funding Fees: fair basis of the mark in the premium; 0.03 % a day on 985 of 995 contracts."""
    rule = newest("weex")
    assert rule.premium == "impact_from_mark"
    assert set(rule.unknown) == {"band", "divisor", "averaging", "sampling", "cap", "impact"}
    assert terms(rule, 8).interest == D("0.0001")
    assert terms(rule, 4).interest == D("0.00005")


# Rate beside premium of four of the 34 rows of fundingHistory, BTC, May 2023: below, inside and above the edge.
HYPERLIQUID_2023 = [
    ("-0.00091334", "-0.00061334"),
    ("-0.00004426", "0.0001"),
    ("-0.00017735", "0.0001"),
    ("-0.00021077", "0.00008923"),
]


@pytest.mark.parametrize(("premium", "paid"), HYPERLIQUID_2023)
def test_hyperliquid_of_may_2023_had_a_band_of_three_hundredths_of_a_percent(premium, paid):
    rule = rule_at("hyperliquid", "2023-05-12T00:00:00Z")
    assert rule.interval_hours == 8
    assert rule.divided_hours is None
    assert rate(rule, 8, premium) == D(paid)


@pytest.mark.recorded
def test_hyperliquid_rule_of_may_2023_gives_every_recorded_settlement_exactly(shared):
    file = shared / "recorded/http/hyperliquid/test_get_funding_history_1684811870000.json"
    rows = json.loads(file.read_text())["interactions"][-1]["httpResponse"]
    assert len(rows) == 34
    rule = rule_at("hyperliquid", "2023-05-12T00:00:00Z")
    assert [rate(rule, 8, row["premium"]) for row in rows] == [D(row["fundingRate"]) for row in rows]
    gaps = {round((after["time"] - before["time"]) / 3_600_000, 3) for before, after in pairwise(rows)}
    assert gaps == {8.0}


def test_hyperliquid_pays_an_eighth_of_the_eight_hour_rate_each_hour():
    """Docs: 10,000 to 10,100 is 0.95 % for 8 hours; a settled row of 2025 had premium -0.0826 % and rate -0.0041 %."""
    rule = newest("hyperliquid")
    assert (rule.reference, rule.averaging, rule.sample_seconds) == ("oracle", "simple", 5)
    assert rate(rule, 1, "0.01", cap="0.04") == D("0.0095") / 8
    assert abs(rate(rule, 1, "-0.0008259503") - D("-0.0000407438")) < D("1e-10")


def test_kraken_is_an_eighth_of_the_premium_of_the_impact_mid():
    """instruments of September 2026: fundingRateCoefficient 8; specification: no interest, impact mid of 0.006 BTC."""
    rule = newest("krakenfutures")
    assert (rule.premium, rule.interest, rule.impact.coins) == ("impact_mid", None, D("0.006"))
    assert rate(rule, 1, "0.0008") == D("0.0001")
    assert rate(rule, 1, 0) == 0


def test_ftx_was_a_twenty_fourth_of_the_premium_of_the_mark_without_a_cap():
    """Santiment, quoting FTX: TWAP of (mark - index) / index over the hour, divided by 24."""
    rule = newest("ftx")
    assert (rule.premium, rule.averaging, rule.cap) == ("mark", "twap", None)
    assert "cap" not in rule.unknown
    assert rate(rule, 1, "0.0024") == D("0.0001")


def test_bitmex_worked_example_of_ondo():
    """BitMEX support article 24430352016157: average premium -0.1839566 %, paid -0.134 % on 2025-01-14."""
    rule = newest("bitmex")
    assert (rule.premium, rule.averaging, rule.sample_seconds) == ("impact_from_mark", "simple", 60)
    assert round(rate(rule, 8, "-0.001839566"), 5) == D("-0.00134")


def test_bitmex_scales_its_interest_with_the_settlements_of_a_day():
    """Guide: (0.06 % - 0.03 %) / settlements; 0.01 % at 8 hours, a quarter of it should BitMEX go to 2 hours."""
    assert rate(newest("bitmex"), 8, 0) == D("0.0001")
    assert rate(newest("bitmex"), 2, 0) == D("0.000025")


def test_coinex_paid_nothing_within_three_hundredths_of_a_percent():
    """Announcement of 2023-10-18: interest 0, buffer 0.03 %."""
    rule = newest("coinex")
    assert rate(rule, 8, "0.0003") == rate(rule, 8, "-0.0003") == 0
    assert rate(rule, 8, "0.001") == D("0.0007")


@pytest.mark.parametrize(
    ("name", "status", "hours", "main"),
    [("bitmex", "live", [4, 12, 20], "BTC/USD:BTC"), ("coinex", "defunct", [0, 8, 16], "BTC/USDT:USDT")],
)
def test_an_exchange_that_ccxt_lacks_has_a_formula_and_says_why_it_cannot_be_asked(name, status, hours, main):
    profile = PROFILES[name]
    assert profile.ccxt is None
    assert profile.status == status
    assert "ccxt 4.5.90" in profile.status_note
    assert profile.funding.settlement_hours_utc == hours
    assert profile.contracts.main == main
