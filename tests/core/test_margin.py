"""Margin tiers against the exchanges' own worked examples."""

from decimal import Decimal as D

import pytest

from fundcli.core.liquidation import MaintenanceTier, Margined, liquidation_price
from fundcli.core.margin import (
    MarginTable,
    MarginTier,
    initial_margin,
    joined,
    maintenance_at,
    most_leverage,
    tier_of,
)


def _tiers(*rows, join=False):
    """Tiers of (end, rate, most leverage)."""
    terms = [MaintenanceTier(D(rate), up_to=None if end is None else D(end)) for end, rate, _ in rows]
    terms = joined(terms) if join else terms
    return [
        MarginTier(maintenance=term, max_leverage=D(most), initial_rate=1 / D(most))
        for term, (_, _, most) in zip(terms, rows, strict=True)
    ]


BYBIT_USDC = _tiers(
    ("1000", "0.02", 25), ("2000", "0.025", 20), ("3000", "0.03", 15), ("4000", "0.035", 12), ("5000", "0.04", 10),
    join=True,
)  # fmt: skip
BYBIT_INVERSE = _tiers(
    ("10", "0.01", 50), ("20", "0.02", 25), ("30", "0.03", 16), ("40", "0.04", 12), ("50", "0.05", 10), join=True
)
BITGET = _tiers(("200000", "0.004", 125), ("900000", "0.005", 100), ("12000000", "0.01", 50), join=True)
PHEMEX = _tiers(("2000000", "0.005", 100), ("4000000", "0.0075", 66), ("6000000", "0.01", 50), join=True)
#: perpetual swap of AAVE since 2023-05-19, in contracts
OKX = _tiers(("1000", "0.0065", 50), ("3000", "0.01", 40), ("8000", "0.015", 20))


@pytest.mark.parametrize(
    ("tiers", "notional", "margin"),
    [
        # help "Maintenance Margin Calculation (USDC)": 100 contracts at 35; 1,000 each at 2, 2.5 and 3 %, 500 at 3.5 %
        (BYBIT_USDC, "3500", "92.5"),
        # help "Maintenance Margin (Inverse Contract)": 10,000 / 400 = 25 coins: 10 at 1 %, 10 at 2 %, 5 at 3 %
        (BYBIT_INVERSE, "25", "0.45"),
        # support 12560603841952: 3 BTC at 110,000; 200,000 at 0.4 %, 130,000 at 0.5 %, without its fee of 0.06 %
        (BITGET, "330000", "1450"),
        # help "legerage-IM-MM-USDTM": 2,000,000 at 0.5 %, 1,000,000 at 0.75 %
        (PHEMEX, "3000000", "17500"),
        # the whole position at the rate of its tier
        (OKX, "1000", "6.5"),
        (OKX, "2000", "20"),
        (OKX, "8000", "120"),
    ],
)
def test_maintenance_margin_is_that_of_the_exchanges_example(tiers, notional, margin):
    assert maintenance_at(tiers, D(notional)) == D(margin)


def test_hyperliquids_deductions_join_the_tiers():
    """Docs, margin tiers, DOGE on the test network: half of the initial rate; 1,000, then 1,000 + 100,000 x 6.67 %."""
    tiers = _tiers(("20000", "0.05", 10), ("100000", "0.1", 5), (None, 1 / D(6), 3), join=True)
    assert [round(tier.maintenance.amount, 6) for tier in tiers] == [D(0), D(1000), D("7666.666667")]
    for border in (D(20_000), D(100_000)):
        before, after = (maintenance_at(tiers, border + step) for step in (D(0), D("1e-9")))
        assert abs(after - before) < D("1e-9")


def test_amounts_of_before_are_not_kept_when_tiers_are_joined():
    said = [MaintenanceTier(D("0.01"), D(7), D(100)), MaintenanceTier(D("0.02"), D(9), D(200))]
    assert [tier.amount for tier in joined(said)] == [D(0), D(1)]


@pytest.mark.parametrize(
    ("notional", "leverage", "margin", "most"),
    [
        ("25", "10", "2.5", 16),  # the help's own: 25 / 10
        ("25", "20", "1.5625", 16),  # 20x is not to be had there: 25 / 16
        ("10", "50", "0.2", 50),
        ("10.000001", "25", "0.40000004", 25),
        ("5000", "1", "5000", 10),  # beyond the last tier, the last one
    ],
)
def test_initial_margin_is_the_larger_of_leverage_and_tier(notional, leverage, margin, most):
    assert initial_margin(BYBIT_INVERSE, D(notional), D(leverage)) == D(margin)
    assert most_leverage(BYBIT_INVERSE, D(notional)) == most


def test_a_border_belongs_to_the_tier_below_it():
    assert tier_of(OKX, D(1000)).max_leverage == 50
    assert tier_of(OKX, D("1000.1")).max_leverage == 40
    assert tier_of(OKX, D(9000)).max_leverage == 20


def _near(price, wanted):
    return abs(price - wanted) < D("1e-20")


def test_a_table_by_size_keeps_a_position_in_its_tier_at_every_price():
    """2,000 coins short at 1: liquidated where 0.5 = (p - 1) + 1 % p, at 1.5 / 1.01, whatever the notional then."""
    table = MarginTable(tiers=tuple(OKX), counts="size")
    (only,) = table.at(D(2000))
    assert (only.max_leverage, only.maintenance.up_to) == (40, None)
    held = Margined(sign=-1, size=D(2000), entry=D(1), margin=D(1000), tiers=[only.maintenance])
    assert _near(liquidation_price(held), D("1.5") / D("1.01"))
    by_value = Margined(sign=-1, size=D(2000), entry=D(1), margin=D(1000), tiers=[tier.maintenance for tier in OKX])
    assert _near(liquidation_price(by_value), D("1.5") / D("1.01"))
    wider = Margined(sign=-1, size=D(2000), entry=D(1), margin=D(2500), tiers=[tier.maintenance for tier in OKX])
    assert _near(liquidation_price(wider), D("2.25") / D("1.015"))  # beyond 3,000 of value another rate holds


def test_a_table_ends_or_does_not():
    ended, endless = MarginTable(tiers=tuple(OKX)), MarginTable(tiers=tuple(_tiers((None, "0.012", 50))))
    assert (ended.ends_at, endless.ends_at) == (8000, None)
    assert [table.ends_before(D(8001)) for table in (ended, endless)] == [True, False]
    assert not ended.ends_before(D(8000))
    assert ended.at(None) == tuple(OKX)
