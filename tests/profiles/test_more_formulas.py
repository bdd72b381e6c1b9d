"""The formulas of more exchanges: each gives what the worked examples of its sources give.

Rates and premiums are fractions. Where a source's example is no number but a rule, the number follows from the rule
by hand. A profile that does not come with fundcli is skipped.
"""

from datetime import datetime
from decimal import Decimal as D

import pytest

from fundcli.core.formula import as_published, funding_rate, funding_rate_of_samples
from fundcli.core.premium import impact_margin_notional, premium_index, weighted_mean, weights
from fundcli.errors import UsageError
from fundcli.profiles import Catalog, builtin_folder
from fundcli.profiles.formula import Formula
from fundcli.profiles.rules import Given, rule_at, terms_of, usual_interval

CATALOG = Catalog()
NOW = "2026-11-22T00:00:00+00:00"
# Profiles that hold a formula, or say that none is known, and are not asked over the network.
OFFLINE = [
    "bitstamp",
    "blofin",
    "btse",
    "bydfi",
    "cryptocom",
    "deepcoin",
    "delta",
    "derive",
    "digifinex",
    "extended",
    "hashkey",
    "hitbtc",
    "lbank",
    "pacifica",
    "toobit",
    "whitebit",
    "woofipro",
    "xt",
]


def load(name):
    if not (builtin_folder() / f"{name}.yaml").exists():
        pytest.skip(f"{name} does not come with fundcli")
    return CATALOG.load(name).profile


def dated(name, at=NOW):
    return rule_at(load(name), datetime.fromisoformat(at))


def rule(name, at=NOW):
    return dated(name, at).rule


def terms(name, hours=None, symbol=None, at=NOW, **given):
    """The numbers of a contract (the main one) at an interval (the usual one)."""
    profile, held = load(name), rule(name, at)
    hours = usual_interval(profile, held) if hours is None else D(hours)
    typed = Given(**{key: D(value) for key, value in given.items()})
    return terms_of(profile, held, symbol or profile.contracts.main, hours, typed).terms


def rate(name, premium, hours=None, symbol=None, at=NOW, **given):
    return funding_rate(D(premium), terms(name, hours, symbol, at, **given)).rate


# One row per number of a source: exchange, average premium, interval, the rate it gives


@pytest.mark.parametrize(
    ("name", "premium", "hours", "expected"),
    [
        # MEXC article: premium 0.1 % and interest 0.01 % give 0.06 %
        ("mexc", "0.001", 8, "0.0006"),
        ("mexc", "-0.001", 8, "-0.0004"),
        # KuCoin Funding Fees, 2026-07-24: [P + clamp(I − P, ±0.05 %)] / (8/N), interest 0.01 % at every interval
        ("kucoinfutures", "0.001", 8, "0.0005"),
        ("kucoinfutures", "0.001", 4, "0.00025"),
        ("kucoinfutures", "0", 4, "0.00005"),
        ("kucoinfutures", "0.01", 8, "0.003"),  # fundingRateCap of XBTUSDTM, 2026-09-22
        # Phemex, How are Funding Rates calculated: P + clamp(I − P, ±0.05 %), simple mean
        ("phemex", "0.001", 8, "0.0005"),
        ("phemex", "0", 8, "0.0001"),
        # WOO X, Funding rate and Settlement, 2025-10-28: average premium / (8/N)
        ("woo", "0.0004", 8, "0.0004"),
        ("woo", "0.0004", 4, "0.0002"),
        # BingX notice of 2026-01-12: the interest is proportional to the settlement cycle, 0.05 % in its example
        ("bingx", "0", 8, "0.0001"),
        ("bingx", "0", 4, "0.00005"),
        ("bingx", "0", 1, "0.0000125"),
        ("bingx", "0.001", 4, "0.0005"),
        # Bitfinex, funding summary: 0 within 0.05 %, else the distance to it, up to the cap of 0.25 %
        ("bitfinex", "0.0005", 8, "0"),
        ("bitfinex", "-0.0005", 8, "0"),
        ("bitfinex", "-0.01", 8, "-0.0025"),
        # Deribit, Funding Specifications: damper 0.025 %; USDC perpetuals ±5 %
        ("deribit", "0.001", 8, "0.00075"),
        ("deribit", "-0.001", 8, "-0.00075"),
        ("deribit", "0.0002", 8, "0"),
        ("deribit", "0.1", 8, "0.05"),
        # dYdX documentation: premium / 8; 600 % x (2 % − 1.2 %) = 4.8 % for 8 hours
        ("dydx", "0.0008", 1, "0.0001"),
        ("dydx", "0.1", 1, "0.006"),
        # Aster docs, example of ASTERUSDT at 4 hours: the bracket / 2
        ("aster", "0.001", 4, "0.00025"),
        ("aster", "0", 4, "0.00005"),
        ("aster", "0.001", 8, "0.0005"),
        # Backpack: quiet markets publish 0.0000125 an hour; an hour of BTC and one of KMNO, 2026-09-23, whose premium
        # follows from the rate
        ("backpack", "0", 1, "0.0000125"),
        ("backpack", "-0.000419384", 1, "0.000010077"),
        ("backpack", "0.002450852", 1, "0.0002438565"),
        # Paradex docs, example: premium rate 0.08 %, Δ −0.05 %, raw rate 0.03 %; BTC ±2 %
        ("paradex", "0.0008", 8, "0.0003"),
        ("paradex", "0.05", 8, "0.02"),
        # Crypto.com: the mean premium of 4 hours / 4, each hour
        ("cryptocom", "0.0008", 1, "0.0002"),
        ("cryptocom", "-0.0004", 1, "-0.0001"),
        # Pacifica docs: (P + clamp(I − P, ±0.05 %)) / 8; ±4 % an hour; API samples of 0.0000125
        ("pacifica", "0.001", 1, "0.0000625"),
        ("pacifica", "0", 1, "0.0000125"),
        ("pacifica", "0.5", 1, "0.04"),
        # Extended docs: the same; ±0.25 % an hour in groups 1 and 2
        ("extended", "0.001", 1, "0.0000625"),
        ("extended", "0", 1, "0.0000125"),
        ("extended", "-0.03", 1, "-0.0025"),
        # HitBTC, What Is the Futures Funding Rate: no cap
        ("hitbtc", "0.0006", 8, "0.0001"),
        ("hitbtc", "-0.0004", 8, "0.0001"),
        ("hitbtc", "-0.01", 8, "-0.0095"),
        # BTSE, Funding Fees; 64 of 66 quiet 8-hour contracts at 0.0001
        ("btse", "0", 8, "0.0001"),
        ("btse", "0.001", 8, "0.0005"),
        # Orderly documentation db5451e8: clamp ±0.04 % and cap ±0.30 % of BTC; at a premium of 1 % the funding
        # function is 1.5 % and the rate capped all the same
        ("woofipro", "0.0002", 8, "0.0001"),
        ("woofipro", "0.001", 8, "0.0006"),
        ("woofipro", "0.01", 8, "0.003"),
        # Derive: two hourly BTC rates of 2026-10-01 at 0.0000125; docs: convergence 16 h, 0.017123 % an hour
        ("derive", "0", 1, "0.0000125"),
        ("derive", "0.0016", 1, "0.0001125"),
        ("derive", "0.01", 1, "0.00017123"),
        # BloFin: P + clamp(I − P, ±0.05 %), 0.03 % a day
        ("blofin", "0", 8, "0.0001"),
        ("blofin", "0.001", 8, "0.0005"),
        # Delta: a premium from −0.04 % to +0.06 % gives 0.01 %; annual caps of 10.95 are 1 % for 8 hours
        ("delta", "-0.0004", 8, "0.0001"),
        ("delta", "0.0006", 8, "0.0001"),
        ("delta", "0.02", 8, "0.01"),
        # HashKey: 0.01 % for 8 hours, ±0.75 x 0.5 %
        ("hashkey", "0", 8, "0.0001"),
        ("hashkey", "-0.01", 8, "-0.00375"),
        # Bitstamp: max(1 bp, P) + min(−1 bp, P)
        ("bitstamp", "0.00035", 8, "0.00025"),
        ("bitstamp", "-0.00035", 8, "-0.00025"),
        ("bitstamp", "-0.00005", 8, "0"),
        # DigiFinex: P + clamp(I − P, ±0.05 %), (0.06 % − 0.03 %) / 3
        ("digifinex", "0", 8, "0.0001"),
        ("digifinex", "0.001", 8, "0.0005"),
        # LBank: P + clamp(0.01 % − P, ±0.05 %)
        ("lbank", "0", 8, "0.0001"),
        ("lbank", "-0.001", 8, "-0.0005"),
    ],
)
def test_an_average_premium_gives_the_rate_that_its_source_gives(name, premium, hours, expected):
    assert rate(name, premium, hours) == D(expected)


@pytest.mark.parametrize(
    ("name", "symbol", "premium", "expected"),
    [
        ("mexc", "ETH/USDT:USDT", "0.001", "0.0006"),
        ("bitfinex", "SOL/USDT:USDT", "0.1", "0.025"),  # Table 1: 2.50 %
        ("bitfinex", "CRV/USDT:USDT", "0.1", "0.005"),  # Table 1: 0.50 %
        ("deribit", "BTC/USD:BTC", "0.1", "0.005"),  # Inverse Perpetual: ±0.5 %
        ("deribit", "ETH/USD:ETH", "0.1", "0.01"),  # Inverse Perpetual: ±1 %
        ("aster", "BNB/USDT:USDT", "0.0001", "0"),  # docs: the interest of BNBUSDT is 0 %
        ("paradex", "SOL/USD:USDC", "-0.05", "-0.02"),  # docs: 2 % for BTC, ETH and SOL
        ("woofipro", "ETH/USDC:USDC", "0.01", "0.003"),
        ("delta", "XRP/USDT:USDT", "0.1", "0.02"),  # annual cap 21.9
    ],
)
def test_a_contract_has_its_own_cap_or_interest(name, symbol, premium, expected):
    assert rate(name, premium, 8, symbol) == D(expected)


@pytest.mark.parametrize(
    ("name", "hours", "option"),
    [
        ("mexc", 4, "--divisor"),
        ("phemex", 4, "--divisor"),
        ("btse", 4, "--divisor"),
        ("woofipro", 4, "--divisor"),
        ("blofin", 1, "--divisor"),
        ("delta", 4, "--divisor"),
        ("digifinex", 4, "--divisor"),
        ("lbank", 4, "--divisor"),
        ("toobit", 8, "--band"),
        ("whitebit", 8, "--band"),
        ("xt", 8, "--interest"),
    ],
)
def test_what_no_source_gives_is_asked_for_and_not_guessed(name, hours, option):
    with pytest.raises(UsageError) as caught:
        rate(name, "0.001", hours)
    assert option in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "given", "hours", "premium", "expected"),
    [
        ("phemex", {"divisor": "1"}, 4, "0", "0.00005"),  # interestRate of 4-hour contracts, 2026-09-23
        ("btse", {"divisor": "1"}, 4, "0", "0.00005"),  # 60 of 65 quiet 4-hour contracts, 2026-09-23
        ("dydx", {"interest": "0.0000125"}, 1, "0.0008", "0.0001125"),  # isolated market, 0.125 bp an hour
        ("derive", {"divisor": "8", "interest": "0"}, 1, "0.0008", "0.0001"),
        ("toobit", {"band": "0.0005"}, 8, "0.01", "0.0024"),  # fundingRateCap of BTC, 2026-09-22
        ("whitebit", {"band": "0.0005"}, 4, "0", "0.00005"),  # I = 0.01 % / (8/4)
        ("whitebit", {"band": "0.0005"}, 8, "0.01", "0.00375"),  # funding_cap of BTC, 2026-09-22
        ("xt", {"interest": "0.0001"}, 8, "0.001", "0.0005"),
    ],
)
def test_a_parameter_that_is_given_takes_its_place_in_the_formula(name, given, hours, premium, expected):
    assert rate(name, premium, hours, **given) == D(expected)


@pytest.mark.parametrize(
    ("name", "lag"),
    [
        ("bitfinex", 1),  # the average of 16:00 to 00:00 is paid at 08:00
        ("cryptocom", 1),  # the average of 00-04 UTC is paid in the four hours after it
        ("digifinex", 1),  # Funding Rate Of Next Period
        ("mexc", 0),
        ("deribit", 0),
        ("dydx", 0),
        ("toobit", 0),  # six of six settlements charged the last estimate before the instant
        ("delta", 0),
    ],
)
def test_a_rate_is_paid_at_once_or_an_interval_late(name, lag):
    assert rule(name).lag_periods == load(name).funding.lag_periods == lag


# Exchange by exchange


# Bitfinex, averages of the period before and what was settled for BTC on 2026-09-22 and 23.
BITFINEX = [("0.00060759", "0.00010768"), ("0.00066", "0.00016006"), ("0.00031437", "0")]


@pytest.mark.parametrize(("average", "settled"), BITFINEX)
def test_bitfinex_settled_what_its_dead_band_gives(average, settled):
    assert abs(rate("bitfinex", average) - D(settled)) < D("2e-7")


def test_deribit_pays_a_480th_of_its_rate_a_minute():
    """A rate of 0.075 % for 8 hours on 1 BTC held for a minute is 0.0000015625 BTC."""
    assert rate("deribit", "0.001") / 480 == D("0.0000015625")


def test_dydx_chain_test_of_an_hour():
    """v4-chain e2e: bid 28,000 over an index of 27,960 is 1430 ppm; 27,000 x 1430 ppm / 8 is 4.82625."""
    premium = premium_index(D(28000), D(28100), D(27960))
    assert int(premium * 1_000_000) == 1430
    assert rate("dydx", "0.00143") * 27000 == D("4.82625")


def test_dydx_cap_is_six_times_the_gap_of_the_margins_before_the_division():
    """Docs: 5 % and 3 % give 12 % for 8 hours, which is 1.5 % an hour; 500 USDC of margin at 10 % is 5,000."""
    assert rate("dydx", "0.2", initial="0.05", maintenance="0.03") == D("0.12") / 8
    assert impact_margin_notional(D(rule("dydx").impact.unit), D("0.1")) == 5000


# Lighter, percent: the running average at the end of an hour of 2026-09-20 and the rate settled for it.
LIGHTER = [
    ("0.1186", "0.0085"),
    ("0.0890", "0.0048"),
    ("0.0643", "0.0017"),
    ("0.0744", "0.0030"),
    ("0.0787", "0.0035"),
    ("0.0951", "0.0056"),
    ("0.0854", "0.0044"),
    ("0.0946", "0.0055"),
    ("0.0777", "0.0034"),
    ("0.0764", "0.0033"),
    ("0.0795", "0.0036"),
    ("0.0989", "0.0061"),
    ("0.0922", "0.0052"),
    ("0.1041", "0.0067"),
    ("-0.0034", "0.0012"),
    ("-0.0056", "0.0012"),
    ("-0.0079", "0.0012"),
    ("-0.0053", "0.0012"),
    ("0.0108", "0.0012"),
]


@pytest.mark.parametrize(("premium", "settled"), LIGHTER)
def test_lighter_settled_exactly_what_its_formula_gives_cut_to_four_digits(premium, settled):
    assert as_published(rate("lighter", D(premium) / 100), terms("lighter")) == D(settled) / 100


def test_lighter_worked_example_and_its_cap():
    """Docs: 0.1 % gives 0.00625 % an hour; the cap of 4 % for 8 hours is 0.5 % an hour."""
    assert rate("lighter", "0.001") == D("0.0000625")
    assert rate("lighter", "-0.5") == D("-0.005")


def test_paradex_example_of_half_a_bitcoin_held_for_a_minute():
    """Docs: 60,000 x 0.03 % is 18 USDC for 8 hours; half a bitcoin pays 0.01875 USDC in 60 seconds."""
    premium = rate("paradex", "0.0008") * 60000
    assert premium == 18
    assert premium * 60 / 28800 / 2 == D("0.01875")


def test_paradex_capped_every_market_at_five_percent_before():
    assert rate("paradex", "0.5", at="2026-04-01T00:00:00+00:00") == D("0.05")
    assert rate("paradex", "0.5", symbol="XYZ/USD:USDC", at="2026-04-01T00:00:00+00:00") == D("0.05")
    assert "2026-06-17" in dated("paradex", "2026-05-01T00:00:00+00:00").doubt


def test_backpack_went_to_hours_in_august_2025_and_before_that_nothing_is_on_record():
    with pytest.raises(UsageError, match="2025-08-20"):
        rule("backpack", "2025-08-20T07:59:59+00:00")
    assert rule("backpack", "2025-08-20T08:00:00+00:00").divided_hours == 8


def test_kucoin_plan_of_2023_had_no_clamp_and_a_cap_out_of_the_margins():
    """Plan of 2023-10-18: margins of 1 % and 0.5 % cap the rate at 0.375 %; the interest was 0.06 % a day."""
    at = "2024-06-01T00:00:00+00:00"
    with pytest.raises(UsageError) as caught:
        rate("kucoinfutures", "0.0001", at=at)
    assert "--interest" in caught.value.remedy
    assert rate("kucoinfutures", "0.0001", at=at, interest="0.0002") == D("0.0003")
    assert rate("kucoinfutures", "0.01", at=at, interest="0.0002", initial="0.01", maintenance="0.005") == D("0.00375")


def test_kucoin_says_that_the_day_of_its_change_is_in_doubt():
    assert "2026-07-24" in dated("kucoinfutures", "2026-01-01T00:00:00+00:00").doubt
    assert not dated("kucoinfutures").doubt


def test_cryptocom_paid_a_24th_of_the_hour_until_the_notice_of_2023():
    """Notice: from 2023-07-31 08:00 UTC; a mean of 0.24 % was 0.01 % an hour, and is 0.06 % in each of four hours."""
    assert rate("cryptocom", "0.0024", at="2023-07-31T07:59:59+00:00") == D("0.0001")
    assert rate("cryptocom", "0.0024", at="2023-07-31T08:00:00+00:00") == D("0.0006")


def test_pacifica_clamps_every_sample_and_averages_the_rates():
    """Half the samples at +0.10 %, half at −0.10 %: their rates average to 0, not to the interest of an hour."""
    samples = [D("0.001")] * 360 + [D("-0.001")] * 360
    assert funding_rate_of_samples(samples, weights("twap", 720), terms("pacifica")).rate == 0
    assert rule("pacifica").reference == "oracle"


def test_extended_weighs_720_samples_of_an_hour_linearly():
    held = rule("extended")
    assert (held.averaging, 3600 / held.sample_seconds) == ("linear", 720)
    assert held.impact.notional == 10000


def test_delta_exchanged_a_fixed_rate_every_minute_until_september_2025():
    before, after = rule("delta", "2025-09-08T11:59:59+00:00"), rule("delta", "2025-09-08T12:00:00+00:00")
    assert (before.lag_periods, before.averaging) == (1, "twap")
    assert (after.lag_periods, after.averaging) == (0, "linear")


# v2-core Funding.sol: index 1500, both impact prices, and the rate of an hour at a convergence of 8 hours.
DERIVE = [("1506", "0.0005"), ("1700", "0.0075"), ("1494", "-0.0005"), ("1300", "-0.0075")]


@pytest.mark.parametrize(("impact", "expected"), DERIVE)
def test_derive_contract_tests_of_an_hour(impact, expected):
    premium = premium_index(D(impact), D(impact), D(1500))
    assert rate("derive", premium, divisor="8", interest="0", cap="0.0075") == D(expected)


def test_whitebit_example_of_four_samples():
    """Help: 0.0001, 0.004, 0.008 and −0.0001 with weights 1 to 4 are 0.00317."""
    samples = [D("0.0001"), D("0.004"), D("0.008"), D("-0.0001")]
    average = weighted_mean(samples, weights(rule("whitebit").averaging, 4))
    assert average == D("0.00317")
    assert rate("whitebit", average, band="0.0005") == D("0.00267")


def test_woofipro_caps_bitcoin_before_a_premium_counts_double():
    """The funding function bends at 0.5 %; BTC's cap of 0.30 % is reached at a premium of 0.34 %."""
    assert rate("woofipro", "0.0034") == rate("woofipro", "0.005") == D("0.003")
    assert rate("woofipro", "0.0033") == D("0.0029")


def test_hashkey_cap_and_impact_follow_from_its_margin_tier():
    """Notice: 50x and 0.5 %; 0.75 x 0.5 % is 0.375 %, 200 USDT at 2 % is 10,000."""
    assert terms("hashkey").cap == D("0.00375")
    assert impact_margin_notional(D(rule("hashkey").impact.unit), 1 / D(50)) == 10000


def test_toobit_measures_against_its_fair_price():
    assert (rule("toobit").premium, rule("toobit").averaging, rule("toobit").impact.notional) == (
        "impact_from_mark",
        "simple",
        8000,
    )


@pytest.mark.parametrize("name", ["mexc", "phemex", "bingx", "aster", "backpack", "lbank", "btse", "blofin"])
def test_what_a_source_leaves_open_stands_under_unknown(name):
    """MEXC's cap is on the wire, its premium nowhere; the others publish no cap of BTC."""
    assert ("premium" if name == "mexc" else "cap") in rule(name).unknown


@pytest.mark.parametrize("name", ["bydfi", "deepcoin"])
def test_an_exchange_that_no_source_explains_has_no_formula(name):
    """BYDFi replaced its platform on 2026-09-22; Deepcoin's article has an interest of 0.00 % and of 0.01 %."""
    with pytest.raises(UsageError, match="unknown"):
        rule(name)


@pytest.mark.parametrize("name", OFFLINE)
def test_a_profile_that_is_not_asked_says_so(name):
    profile = load(name)
    assert profile.ccxt is None
    assert profile.status == "live"
    assert profile.status_note.startswith("fundcli does not read")


@pytest.mark.parametrize("name", OFFLINE)
def test_the_notes_of_a_rule_are_whole_sentences(name):
    formula = load(name).formula
    for note in [note for held in formula.rules for note in held.notes] if isinstance(formula, Formula) else []:
        assert note.endswith(".")
        assert note[0].isupper() or note[0].isdigit()
