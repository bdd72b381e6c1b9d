"""Liquidation prices against MATH.md's worked examples, exchanges' own, and what must hold of every position."""

from dataclasses import replace
from decimal import Decimal as D
from decimal import localcontext
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fundcli.core.liquidation import (
    MaintenanceTier,
    Margined,
    closing_cost,
    equity,
    excess,
    exchange_ratio,
    liquidation_price,
    liquidation_price_towards,
    maintenance_margin,
    margin_ratio,
    missing_to,
    notional,
    one_tier,
    tier_at,
)
from fundcli.core.numbers import CONTEXT

TIGHT = D("1e-5")


def _held(sign, size, entry, margin, rate, amount="0", fee="0", inverse=False):
    return Margined(
        sign=sign, size=D(size), entry=D(entry), margin=D(margin), tiers=(MaintenanceTier(D(rate), D(amount)),),
        closing_fee=D(fee), inverse=inverse,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (_held(1, 1, 1, "0.2", "0.004"), "0.803213"),  # 0.8 / 0.996
        (_held(-1, 1, 1, "0.2", "0.004"), "1.195219"),  # 1.2 / 1.004
        (_held(1, 1, 1, "0.2", "0.004", inverse=True), "0.836667"),  # 1.004 / 1.2
        (_held(-1, 1, 1, "0.2", "0.004", inverse=True), "1.245000"),  # 0.996 / 0.8
        (_held(-1, 1, 1, 1, "0.004"), "1.992032"),  # a 1x linear short dies at 2 / 1.004
        # Phemex: (500 x 0.4 - 40.096) / (500 x (1 - 0.01 - 0.0006)) = 159.904 / 494.7
        (_held(1, 500, "0.4", "40.096", "0.01", fee="0.0006"), "0.323234"),
    ],
)
def test_the_worked_examples_come_out(held, expected):
    assert abs(liquidation_price(held) - D(expected)) < TIGHT


def test_kucoins_cross_margin_example_counts_the_taker_fee():
    """Its help, 35084431335065: 100 x 0.01 ETH short at a mark of 3,800, 1,000 of margin shared by 4,420 of positions
    (22.62 %), m = 1 %, taker 0.06 %: 4,610.7. Its own part of the margin is 3,800 x 0.2262 = 859.56."""
    assert abs(liquidation_price(_held(-1, 1, 3800, "859.56", "0.01", fee="0.0006")) - D("4610.7")) < D("0.05")


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        # Bybit's help page, 2026-05-27: 60,000 USD at 50,000, 10x (0.12 BTC), 0.5 %: 60,300 / 1.32 and 59,700 / 1.08
        (_held(1, 60000, 50000, "0.12", "0.005", inverse=True), "45681.82"),
        (_held(-1, 60000, 50000, "0.12", "0.005", inverse=True), "55277.78"),
        # Binance COIN-M: 11,250,000 / (222.2222 + 101 + 11.605)
        (_held(1, 10_000_000, 45000, 101, "0.125", "11.605", inverse=True), "33599.42"),
    ],
)
def test_the_exchanges_inverse_examples_come_out(held, expected):
    assert abs(liquidation_price(held) - D(expected)) < D("0.01")


def test_an_unlevered_long_and_an_inverse_short_at_1x_are_never_liquidated():
    assert liquidation_price(_held(1, 1, 100, 100, "0.004")) is None
    assert liquidation_price(_held(-1, 100, 100, 1, "0.004", inverse=True)) is None


def test_the_amount_of_the_tier_moves_the_price_away():
    """A long of 100 at 1 on 10 of margin, m = 1 %, A = 0.5: (100 - 10 - 0.5) / 99 = 0.904040..."""
    assert abs(liquidation_price(_held(1, 100, 1, 10, "0.01", "0.5")) - D("89.5") / 99) < D("1e-20")


def test_funding_charged_to_the_margin_brings_it_nearer():
    """5x long, 0.05 of funding paid out of 0.2: 0.85 / 0.996 instead of 0.8 / 0.996."""
    assert abs(liquidation_price(_held(1, 1, 1, "0.15", "0.004")) - D("0.853414")) < TIGHT


TIERS = (
    MaintenanceTier(D("0.004"), D(0), D(50_000)),
    MaintenanceTier(D("0.005"), D(50), D(250_000)),
    MaintenanceTier(D("0.01"), D(1300)),
)


def test_the_tier_is_that_of_the_liquidation_price_and_not_of_the_entry():
    """A short of 1 at 45,000 on 9,000: at m = 0.4 % it would die at 53,784.9, which is a notional of the next tier:
    (45,000 + 9,000 + 50) / 1.005 = 53,781.09."""
    held = Margined(sign=-1, size=D(1), entry=D(45_000), margin=D(9_000), tiers=TIERS)
    assert abs(liquidation_price(held) - D("54050") / D("1.005")) < D("1e-20")


def test_an_inverse_position_climbs_the_tiers_as_the_price_falls():
    """A long of 100,000 USD at 10,000 (10 BTC) on 5 BTC; m = 1 % to 12 BTC, then 2 % less 0.12: in the first tier
    101,000 / 15 = 6,733 is 14.85 BTC, in the second 102,000 / 15.12 = 6,746.03."""
    tiers = (MaintenanceTier(D("0.01"), D(0), D(12)), MaintenanceTier(D("0.02"), D("0.12")))
    held = Margined(sign=1, size=D(100_000), entry=D(10_000), margin=D(5), tiers=tiers, inverse=True)
    assert abs(liquidation_price(held) - D(102_000) / D("15.12")) < D("1e-20")


def test_a_step_between_tiers_that_do_not_join_kills_at_the_border():
    """A short of 1 at 100 on 20: equity at 110 is 10. m = 5 % asks 5.5 up to 110, m = 20 % without an amount 22."""
    tiers = (MaintenanceTier(D("0.05"), D(0), D(110)), MaintenanceTier(D("0.20")))
    assert liquidation_price(Margined(sign=-1, size=D(1), entry=D(100), margin=D(20), tiers=tiers)) == 110


def test_a_notional_that_was_divided_by_its_price_stays_in_its_tier():
    """50,000 / 43,210 x 43,210 is a hair above 50,000, the end of the first tier."""
    price = D(43210)
    with localcontext(CONTEXT):
        size = D(50_000) / price
        assert size * price > 50_000  # else this tests nothing
        held = Margined(sign=1, size=size, entry=price, margin=D(10_000), tiers=TIERS)
    assert abs(maintenance_margin(held, price) - 200) < D("1e-30")
    assert tier_at(TIERS, D("50000.01")) is TIERS[1]


def test_a_long_that_died_on_the_way_stays_dead_where_a_lower_tier_asks_for_less():
    """1 at 100 on 20; 10 % above 85, 1 % up to there: dead at 80 / 0.9, though at 84 equity of 4 is above 0.84; then
    alive by the terms of 1 % until 80 / 0.99."""
    tiers = (MaintenanceTier(D("0.01"), D(0), D(85)), MaintenanceTier(D("0.1")))
    held = Margined(sign=1, size=D(1), entry=D(100), margin=D(20), tiers=tiers)
    assert excess(held, D(84)) > 0
    for end in (84, 70):
        assert abs(liquidation_price_towards(held, D(end)) - D(80) / D("0.9")) < D("1e-20")
    assert liquidation_price_towards(held, D(89)) is None
    assert liquidation_price_towards(held, D(200)) is None


def test_a_tier_that_ends_at_the_entry_kills_only_where_the_notional_grows():
    """1 at 100 on 15: 1 % up to 100, 20 % beyond: one step up is dead, whichever side; down is alive."""
    tiers = (MaintenanceTier(D("0.01"), D(0), D(100)), MaintenanceTier(D("0.20")))
    for sign in (1, -1):
        held = Margined(sign=sign, size=D(1), entry=D(100), margin=D(15), tiers=tiers)
        assert liquidation_price_towards(held, D(101)) == 100
        assert liquidation_price_towards(held, D(99)) is None


def test_an_unlevered_long_is_never_liquidated_whatever_rounding_leaves():
    """1,558,050 at 13,935.15 on a margin of 1,558,050: there is nothing to lose but all."""
    with localcontext(CONTEXT):
        size = D(1_558_050) / D("13935.15")
    held = Margined(sign=1, size=size, entry=D("13935.15"), margin=D(1_558_050), tiers=one_tier(D("0.005")))
    assert liquidation_price(held) is None


def test_beyond_the_last_tier_on_record_its_terms_go_on():
    tiers = (MaintenanceTier(D("0.004"), D(0), D(50)),)
    held = Margined(sign=-1, size=D(100), entry=D(1), margin=D(20), tiers=tiers)
    assert abs(liquidation_price(held) - D("1.195219")) < TIGHT
    assert tier_at(tiers, D(1000)) is tiers[0]


def test_a_typed_amount_never_makes_the_maintenance_margin_negative():
    """0.5 % less 50 is nothing up to 10,000 of notional, and 50 at 20,000."""
    tiers = one_tier(D("0.005"), D(50))
    held = Margined(sign=1, size=D(1), entry=D(20_000), margin=D(4000), tiers=tiers)
    assert [maintenance_margin(held, D(p)) for p in (5_000, 10_000, 20_000)] == [0, 0, 50]
    assert one_tier(D("0.005")) == (MaintenanceTier(D("0.005")),)


def test_coins_given_as_collateral_move_the_price_away():
    """A short of 1 at 100 with 0.9 of the coin and no cash: 0.9 P + 100 - P = 0.004 P, P = 100 / 0.104."""
    held = Margined(sign=-1, size=D(1), entry=D(100), margin=D(0), tiers=one_tier(D("0.004")), collateral=D("0.9"))
    assert abs(liquidation_price(held) - D(100) / D("0.104")) < D("1e-20")


def test_margin_ratios_mean_what_their_names_say():
    """A 5x short of 1 at 100 on 20, m = 1 %, f = 0.1 %, at 110: equity 10, initial margin 22, maintenance 1.1."""
    held = _held(-1, 1, 100, 20, "0.01", fee="0.001")
    price = D(110)
    assert margin_ratio(held, price, D(5)) == D(10) / 22 or abs(margin_ratio(held, price, D(5)) - D(10) / 22) < D(
        "1e-27"
    )
    assert exchange_ratio(held, price, "maintenance / equity") == D("0.11")
    assert abs(exchange_ratio(held, price, "equity / maintenance") - D(10) / D("1.1")) < D("1e-26")
    assert abs(exchange_ratio(held, price, "equity / (maintenance + fees)") - D(10) / D("1.21")) < D("1e-26")
    assert exchange_ratio(held, price, None) is None
    assert exchange_ratio(held, D(120), "maintenance / equity") is None  # nothing is left to divide by
    assert missing_to(held, price, D(5), D("1.75")) == D("28.5")  # 1.75 x 22 - 10
    assert missing_to(held, D(50), D(5), D("1.75")) == 0


def test_175_percent_at_5x_is_35_percent_of_notional():
    held = _held(-1, 1, 100, 35, "0.004")
    assert margin_ratio(held, D(100), D(5)) == D("1.75")


# -- what holds of every position ----------------------------------------------------------------------------------

SIZES = st.decimals("0.001", "1e6", places=3)
PRICES = st.decimals("0.01", "1e5", places=2)
LEVERAGES = st.decimals("1", "50", places=2)
RATES = st.decimals("0.001", "0.015", places=4)
FEES = st.sampled_from([D(0), D("0.0005"), D("0.0006")])


@st.composite
def tiers(draw):
    """Continuous tiers of rising rates: each amount is what joins it to the one before."""
    ends = sorted(draw(st.lists(st.integers(1, 10**9), max_size=4, unique=True)))
    rates = sorted(draw(st.lists(RATES, min_size=len(ends) + 1, max_size=len(ends) + 1)))
    found, amount = [], D(0)
    for number, rate in enumerate(rates):
        if number:
            amount += D(ends[number - 1]) * (rate - rates[number - 1])
        found.append(MaintenanceTier(rate, amount, D(ends[number]) if number < len(ends) else None))
    return tuple(found)


@st.composite
def positions(draw):
    size, entry, leverage = draw(SIZES), draw(PRICES), draw(LEVERAGES)
    inverse = draw(st.booleans())
    with localcontext(CONTEXT):
        margin = (size / entry if inverse else size * entry) / leverage
    held = Margined(
        sign=draw(st.sampled_from([1, -1])), size=size, entry=entry, margin=margin, tiers=draw(tiers()),
        closing_fee=draw(FEES), inverse=inverse,
    )  # fmt: skip
    assume(excess(held, entry) > 0)
    return held


@given(positions())
def test_at_the_liquidation_price_equity_is_maintenance_margin_and_fee_exactly(held):
    price = liquidation_price(held)
    if price is None:
        return
    with localcontext(CONTEXT):
        left = equity(held, price) - maintenance_margin(held, price) - closing_cost(held, price)
        assert abs(left) <= notional(held, held.entry) * D("1e-40")


@given(positions())
def test_a_long_dies_below_its_entry_and_a_short_above_and_nothing_dies_before(held):
    price = liquidation_price(held)
    if price is None:
        return
    assert (price < held.entry) if held.sign > 0 else (price > held.entry)
    with localcontext(CONTEXT):
        assert excess(held, (price + held.entry) / 2) > 0
        beyond = price - (held.entry - price) / 100
        assert beyond <= 0 or excess(held, beyond) < 0


@given(positions(), st.decimals("1.01", "5", places=2))
def test_higher_leverage_never_moves_the_liquidation_price_further_away(held, times):
    with localcontext(CONTEXT):
        tighter = replace(held, margin=held.margin / times)
    assume(excess(tighter, held.entry) > 0)
    far, near = liquidation_price(held), liquidation_price(tighter)
    if far is None:
        return
    assert near is not None
    assert abs(near - held.entry) <= abs(far - held.entry)


@given(SIZES, PRICES, LEVERAGES, RATES, FEES)
def test_long_and_short_mirror_each_other(size, entry, leverage, rate, fee):
    """1 / leverage away from the entry, in opposite directions: (1 - 1/L) / (1 - m - f) and (1 + 1/L) / (1 + m + f);
    of an inverse contract in 1 / P: what a linear long does in P a short of the same terms does in 1 / P."""
    with localcontext(CONTEXT):
        held = Margined(
            sign=1, size=size, entry=entry, margin=size * entry / leverage, tiers=(MaintenanceTier(rate),),
            closing_fee=fee,
        )  # fmt: skip
        need = rate + fee
        assume(excess(held, entry) > 0)
        long, short = liquidation_price(held), liquidation_price(replace(held, sign=-1))
        if leverage > 1:
            assert abs(long / entry - (1 - 1 / leverage) / (1 - need)) < D("1e-40")
        assert abs(short / entry - (1 + 1 / leverage) / (1 + need)) < D("1e-40")
        coin = replace(held, inverse=True, margin=size / entry / leverage)
        mirrored = liquidation_price(coin)
        assert abs(entry / mirrored - (1 + 1 / leverage) / (1 + need)) < D("1e-40")


@given(tiers())
def test_tiers_that_join_have_one_maintenance_margin_at_every_border(ladder):
    held = Margined(sign=1, size=D(1), entry=D(1), margin=D(1), tiers=ladder)
    for tier, following in pairwise(ladder):
        assert maintenance_margin(held, tier.up_to) == tier.up_to * following.rate - following.amount


STEEP = st.decimals("0.005", "0.4", places=3)


@st.composite
def stepped(draw):
    """A position on tiers of rising rates without amounts: the maintenance margin has a step at every border."""
    held = draw(positions())
    with localcontext(CONTEXT):
        worth = notional(held, held.entry)
        ends = sorted({worth * draw(st.integers(5, 60)) / 20 for _ in range(draw(st.integers(1, 3)))})
        rates = sorted(draw(st.lists(STEEP, min_size=len(ends) + 1, max_size=len(ends) + 1)))
        steps = tuple(MaintenanceTier(rate, D(0), end) for rate, end in zip(rates, [*ends, None], strict=True))
        held = replace(held, tiers=steps)
        assume(excess(held, held.entry) > 0)
    return held


def _walked(held, end):
    """The first death between the entry and `end`, in fractions: within a tier what is left is a straight line in P, of
    an inverse contract in 1 / P, so that its two ends tell where it is zero; a tier that is entered dead kills there.
    """
    entry, last, size, wallet = (Fraction(one) for one in (held.entry, end, held.size, held.margin))

    def turned(value):
        return 1 / value if held.inverse else value

    def left(price, tier):
        worth = size / price if held.inverse else size * price
        gain = size / entry - size / price if held.inverse else size * (price - entry)
        return wallet + held.sign * gain - worth * (Fraction(tier.rate) + Fraction(held.closing_fee))

    worths = [Fraction(tier.up_to) for tier in held.tiers[:-1]]
    borders = [size / worth if held.inverse else worth / size for worth in worths]
    between = sorted((b for b in borders if min(entry, last) < b < max(entry, last)), reverse=last < entry)
    for start, stop in pairwise([entry, *between, last]):
        middle = (start + stop) / 2
        worth = size / middle if held.inverse else size * middle
        tier = next((t for t, end in zip(held.tiers, worths, strict=False) if worth <= end), held.tiers[-1])
        before, after = left(start, tier), left(stop, tier)
        if before <= 0:
            return start
        if after <= 0:
            return turned(turned(start) + (turned(stop) - turned(start)) * before / (before - after))
    return None


@given(stepped(), st.sampled_from([D("0.05"), D("0.5"), D("0.9"), D("1.1"), D(2), D(20)]))
def test_the_first_death_on_a_way_is_that_of_a_walk_along_it(held, times):
    with localcontext(CONTEXT):
        end = held.entry * times
    found, walked = liquidation_price_towards(held, end), _walked(held, end)
    assert (found is None) == (walked is None)
    assert found is None or abs(Fraction(found) / walked - 1) < Fraction(1, 10**30)
