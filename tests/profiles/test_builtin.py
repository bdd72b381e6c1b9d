"""The profiles that come with fundcli: each loads, names its sources, and holds what its sources say."""

from datetime import date
from decimal import Decimal as D

import pytest

from fundcli.errors import UsageError
from fundcli.profiles import Catalog, builtin_folder
from fundcli.profiles.fees import fee_rate

IDS = sorted(path.stem for path in builtin_folder().glob("*.yaml"))
# The exchanges whose funding is on record in full; more come with their formula alone.
KNOWN = {
    "aster",
    "backpack",
    "binance",
    "binancecoinm",
    "bingx",
    "bitfinex",
    "bitget",
    "bitmex",
    "bybit",
    "coinex",
    "deribit",
    "dydx",
    "ftx",
    "gate",
    "htx",
    "hyperliquid",
    "krakenfutures",
    "kucoinfutures",
    "lighter",
    "mexc",
    "okx",
    "paradex",
    "phemex",
    "weex",
    "woo",
}
BLOCKS = ("spot", "contracts", "funding", "fees", "margin", "borrow")


@pytest.fixture(scope="module")
def catalog():
    return Catalog()


def test_the_built_in_exchanges_are_there(catalog):
    assert set(IDS) >= KNOWN
    assert catalog.ids == IDS


@pytest.mark.parametrize("name", IDS)
def test_a_profile_has_the_id_of_its_file_and_a_dated_source_for_every_block(catalog, name):
    profile = catalog.load(name).profile
    assert profile.id == name
    sources = [profile.source, *(getattr(profile, block).source for block in BLOCKS if getattr(profile, block))]
    assert len(sources) >= 4
    for source in sources:
        assert source.what
        assert date(2016, 1, 1) <= date.fromisoformat(source.date) <= date(2026, 11, 22)
        assert source.url is None or source.url.startswith("https://")


@pytest.mark.parametrize("name", IDS)
def test_a_profile_makes_sense_in_itself(catalog, name):
    profile = catalog.load(name).profile
    funding = profile.funding
    assert len(funding.settlement_hours_utc) * funding.interval_hours == 24
    assert not funding.intervals_in_use_hours or funding.interval_hours in funding.intervals_in_use_hours
    for tier in profile.fees.tiers:
        for market in ("perp", "spot"):
            if market == "spot" and profile.fees.spot is None:
                continue
            assert fee_rate(profile, market, "maker", tier) <= fee_rate(profile, market, "taker", tier)
            assert fee_rate(profile, market, "taker", tier) <= fee_rate(profile, market, "taker")
    assert all(quirk.strip() for quirk in profile.quirks)


@pytest.mark.parametrize(
    ("name", "hours", "first", "price", "accrual", "window"),
    [
        ("binance", 8, 0, "mark", "discrete", 15),  # FAQ 360033525031: ±15 s
        ("okx", 8, 0, "mark", "discrete", 60),  # within a minute
        ("bybit", 8, 0, "mark", "discrete", 5),
        ("hyperliquid", 1, 0, "oracle", "discrete", None),
        ("krakenfutures", 1, 0, "index", "continuous", None),
        ("htx", 8, 0, "index", "discrete", None),
        ("ftx", 1, 0, "mark", "discrete", None),
        ("bingx", 8, 0, "mark", "discrete", 60),  # settlement may take a minute
        ("kucoinfutures", 8, 0, "mark", "discrete", 60),
        ("mexc", 8, 0, "mark", "discrete", 15),  # fair price; 15 s of batch delay
        ("phemex", 8, 0, "mark", "discrete", None),
        ("woo", 8, 0, "mark", "discrete", None),
        ("bitfinex", 8, 0, "mark", "discrete", None),
        ("deribit", 8, 0, "index", "continuous", None),
        ("dydx", 1, 0, "oracle", "discrete", None),
        ("aster", 8, 0, "mark", "discrete", None),
        ("paradex", 8, 0, "index", "continuous", None),
        ("backpack", 1, 0, "mark", "discrete", None),
        ("lighter", 1, 0, "index", "discrete", None),
    ],
)
def test_how_an_exchange_settles(catalog, name, hours, first, price, accrual, window):
    funding = catalog.load(name).profile.funding
    found = (
        funding.interval_hours,
        min(funding.settlement_hours_utc),
        funding.payment_price,
        funding.accrual,
        funding.window_seconds,
    )
    assert found == (hours, first, price, accrual, window)


@pytest.mark.parametrize(
    ("name", "interest"),
    [
        ("bingx", "0.0003"),  # 0.01 % per 8 h
        ("kucoinfutures", "0.0003"),  # dailyInterestRate
        ("mexc", None),  # not published
        ("phemex", "0.0003"),
        ("woo", "0.0003"),  # not documented; 188 of 223 rates stood at 0.01 % x N/8
    ],
)
def test_the_interest_is_per_day_and_none_where_none_is_published(catalog, name, interest):
    assert catalog.load(name).profile.funding.interest_per_day == (None if interest is None else D(interest))


def test_bitfinex_bitmex_and_kraken_alone_pay_a_rate_one_period_late(catalog):
    """MATH.md: BitMEX, Bitfinex, Kraken; Bybit, HTX and Gate no more."""
    late = {name for name in IDS if catalog.load(name).profile.funding.lag_periods}
    assert late & KNOWN == {"bitfinex", "bitmex", "krakenfutures"}


@pytest.mark.parametrize(
    ("name", "market", "role", "tier", "discount", "fee"),
    [
        ("binance", "perp", "taker", None, None, "0.0005"),
        ("binance", "perp", "maker", None, None, "0.0002"),
        ("binance", "spot", "taker", None, None, "0.001"),
        ("binance", "spot", "taker", None, "BNB", "0.00075"),  # vectors.json binance-bnb-discount-spot
        ("binance", "perp", "taker", None, "BNB", "0.00045"),
        ("binance", "inverse", "taker", None, "BNB", "0.0005"),  # no discount on record for COIN-M
        ("binance", "perp", "taker", "VIP3", None, "0.00032"),
        ("binance", "perp", "taker", "vip3", "bnb", "0.000288"),
        ("binance", "inverse", "maker", "VIP3", None, "0.0001"),  # tiers keep the base inverse fee
        ("binance", "spot", "maker", "VIP0", None, "0.001"),
        ("bybit", "perp", "taker", None, "MNT", "0.000495"),  # vectors.json bybit-mnt-discount
        ("bybit", "inverse", "taker", None, None, "0.00055"),  # vectors.json bybit-inverse-taker
        ("okx", "perp", "taker", "VIP6", None, "0.00025"),
        ("okx", "perp", "maker", "VIP6", None, "0"),
        ("hyperliquid", "perp", "taker", None, "HYPE1000", "0.0003825"),  # 0.045 % less 15 %
        ("hyperliquid", "spot", "taker", "Tier3", None, "0.0007"),  # tiers keep the base spot fee
        ("krakenfutures", "perp", "maker", "Pro5", None, "-0.00006"),  # a rebate
        ("htx", "inverse", "taker", None, None, "0.0005"),
        ("htx", "perp", "taker", None, "TRX", "0.00057"),  # 0.06 % less 5 %
        ("weex", "perp", "taker", None, None, "0.0008"),
        ("ftx", "perp", "taker", None, None, "0.0007"),
        ("bingx", "perp", "taker", None, None, "0.0005"),
        ("bingx", "perp", "maker", None, None, "0.0002"),
        ("kucoinfutures", "perp", "taker", None, None, "0.0006"),
        ("kucoinfutures", "spot", "taker", None, "KCS", "0.0008"),  # 0.10 % less 20 %
        ("kucoinfutures", "perp", "taker", "VIP5", "KCS", "0.00048"),  # none on futures
        ("mexc", "perp", "maker", None, None, "0.0006"),  # orders through the API since 2026-06-01
        ("mexc", "perp", "taker", None, None, "0.0008"),
        ("mexc", "perp", "taker", "Web", None, "0.0002"),
        ("phemex", "perp", "taker", None, None, "0.0006"),
        ("phemex", "perp", "taker", None, "PT", "0.00054"),  # 0.06 % less 10 %
        ("woo", "perp", "taker", None, None, "0.0003"),
        ("woo", "spot", "taker", "Tier5", None, "0.00018"),
        ("binance", "perp", "none", None, None, "0"),
        ("bitfinex", "perp", "taker", None, None, "0"),
        ("deribit", "perp", "taker", None, None, "0.00035"),
        ("dydx", "perp", "taker", None, None, "0.0005"),
        ("aster", "perp", "taker", None, None, "0.00035"),
        ("paradex", "perp", "taker", None, None, "0.0002"),
        ("lighter", "perp", "taker", None, None, "0"),
    ],
)
def test_a_fee_is_that_of_its_market_role_tier_and_discount(catalog, name, market, role, tier, discount, fee):
    assert fee_rate(catalog.load(name).profile, market, role, tier, discount) == D(fee)


@pytest.mark.parametrize(
    ("name", "counting"),
    [
        ("binance", "hour_marks"),
        ("binancecoinm", "hour_marks"),
        ("bybit", "started_hours"),
        ("bitget", "started_hours"),  # 00:10 to 02:30 are 3 hours
        ("okx", "on_the_hour"),  # borrowed at 14:55, repaid at 14:57: nothing
        ("gate", "on_the_hour"),
        ("bitfinex", "pro_rata"),  # seconds / 86400
        ("krakenfutures", "four_hour_rollovers"),
    ],
)
def test_how_an_exchange_counts_borrowed_time(catalog, name, counting):
    assert catalog.load(name).profile.borrow.counting == counting


def test_kraken_alone_has_borrow_rates_of_record_each_per_four_hours_and_dated(catalog):
    """Everyone else's are live, or shown to accounts alone: none is guessed."""
    with_rates = {name: borrow for name in IDS if (borrow := catalog.load(name).profile.borrow) and borrow.rates}
    assert list(with_rates) == ["krakenfutures"]
    borrow = with_rates["krakenfutures"]
    found = {coin: (entry.rate, entry.per_hours, entry.up_to) for coin, entry in borrow.rates.items()}
    assert found == {"BTC": (D("0.0001"), 4, D("0.0002")), "USD": (D("0.00025"), 4, D("0.0005"))}
    assert borrow.rates_source.date == "2026-02-10"


def test_an_unknown_tier_gets_the_nearest_one(catalog):
    with pytest.raises(UsageError) as caught:
        fee_rate(catalog.load("binance").profile, "perp", "taker", "VPI9")
    assert "VIP" in caught.value.remedy
    with pytest.raises(UsageError) as caught:
        fee_rate(catalog.load("okx").profile, "perp", "taker", "gold")
    assert "Regular, VIP1" in caught.value.remedy


def test_an_unknown_discount_names_those_that_there_are(catalog):
    with pytest.raises(UsageError) as caught:
        fee_rate(catalog.load("binance").profile, "perp", "taker", None, "DOGE")
    assert "BNB" in caught.value.remedy
    with pytest.raises(UsageError, match="DOGE"):
        fee_rate(catalog.load("okx").profile, "perp", "taker", None, "DOGE")


def test_an_unknown_profile_gets_the_nearest_one(catalog):
    with pytest.raises(UsageError) as caught:
        catalog.load("hyperliqid")
    assert "hyperliquid" in caught.value.remedy


@pytest.mark.parametrize("name", ["../configs/binance", "/etc/passwd", "binance/..", ".", "", "binance.yaml/x"])
def test_an_id_never_leads_out_of_the_folder(catalog, name):
    with pytest.raises(UsageError):
        catalog.load(name)
