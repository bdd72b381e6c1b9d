"""Four legs out of two books: what the trade moves in money and coin against what it would have moved at the mids."""

from dataclasses import replace
from decimal import Decimal as D
from fractions import Fraction as F
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.carry import carry
from fundcli.core.carry_plan import planned
from fundcli.core.depth import Book
from fundcli.core.filling import fills_of, reach
from fundcli.core.schedule import MS_PER_HOUR, Grid
from fundcli.core.used import UsedRate

TAKERS = ("taker",) * 4
FLAT = UsedRate(rate=D(0), interval_hours=D(8), interval_basis="given", kind="given", source="", interval_source="")
SIDE = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 9)), min_size=1, max_size=5)


def _book(bids, asks, worth):
    """Levels away from 100 by steps of 0.05; sizes in units of `worth`."""

    def side(gaps, sign):
        places = list(accumulate(gap for gap, _ in gaps))
        return [(100 + sign * D(place) / 20, D(size) * worth) for place, (_, size) in zip(places, gaps, strict=True)]

    return Book(side(bids, -1), side(asks, 1))


def _walked(side, size, inverse):
    """What a size brings on the other side, level by level: money for coins, coins for money."""
    left, other = size, F(0)
    for price, offered in side:
        taken = min(left, F(offered))
        other += taken / F(price) if inverse else taken * F(price)
        left -= taken
    assert left < F(1, 10**30)
    return other


@given(SIDE, SIDE, SIDE, SIDE, st.integers(1, 99), st.booleans(), st.booleans(), st.booleans())
def test_what_the_books_take_is_the_slippage(
    spot_bids, spot_asks, perp_bids, perp_asks, share, inverse, forward, in_base
):
    spot, perp = _book(spot_bids, spot_asks, 1), _book(perp_bids, perp_asks, 100 if inverse else 1)
    fee = D("0.001") if in_base else D(0)

    def plan(notional):
        return planned(
            exchange="x", symbol="BTC/USD:BTC" if inverse else "BTC/USDT:USDT", notional=notional,
            direction="cash-and-carry" if forward else "reverse", spot_price=spot.mid, perp_price=perp.mid,
            basis_open=D(0), basis_close=None, leverage=D(1), fee_rates=[fee, D(0), fee, D(0)], slippages=[D(0)] * 4,
            hold_hours=D(8), settlements=D(1), grid=Grid(8 * MS_PER_HOUR), spot_fee_in_base=in_base,
        )  # fmt: skip

    most, _ = reach(plan(D(1)), spot, perp, TAKERS)
    wanted = plan(most * share / 100)
    fills = fills_of(wanted, spot, perp, TAKERS)
    result = carry(replace(wanted, fills=fills, slippages=[fill.slippage for fill in fills]), FLAT)

    bought, hedged = F(wanted.quantity), F(result.quantity)
    back = hedged / (1 - F(fee)) if in_base and not forward else hedged
    s, f = F(spot.mid), F(perp.mid)
    contracts = hedged * f if inverse else hedged
    expected = []
    for size, book, mid, buys in (
        (bought, spot, s, forward), (contracts, perp, f, not forward), (back, spot, s, not forward),
        (contracts, perp, f, forward),
    ):  # fmt: skip
        side = book.asks if buys else book.bids
        in_coin = inverse and book is perp
        moved, at_mid = _walked(side, size, in_coin), size / mid if in_coin else size * mid
        # Money is paid by a buyer; coins are what a buyer of contracts gets less of.
        cost = (moved - at_mid) * (1 if buys else -1) * (-1 if in_coin else 1)
        expected.append(cost / s if inverse and book is spot else cost)
    for leg, cost in zip(result.legs, expected, strict=True):
        assert abs(F(leg.slippage) - cost) <= F(1, 10**18), leg.leg
    assert abs(F(result.net) + sum(expected) + F(result.fees)) <= F(5, 10**18)


@pytest.mark.parametrize("size", ["1000", "999.999", "1000.001"])
def test_the_end_of_a_level_belongs_to_it(size):
    """10 coins at 99.9 and 100.1, then 101: 1,000 is filled at the first level alone, a hair more is not."""
    book = _book([(2, 10), (18, 5)], [(2, 10), (18, 5)], 1)
    deep = _book([(2, 99)], [(2, 99)], 1)
    wanted = planned(
        exchange="x", symbol="BTC/USDT:USDT", notional=D(size), direction="cash-and-carry", spot_price=book.mid,
        perp_price=deep.mid, basis_open=D(0), basis_close=None, leverage=D(1), fee_rates=[D(0)] * 4,
        slippages=[D(0)] * 4, hold_hours=D(8), settlements=D(1), grid=Grid(8 * MS_PER_HOUR),
    )  # fmt: skip
    bought = fills_of(wanted, book, deep, TAKERS)[0]
    beyond = max(F(0), F(size) - 1000) / 100
    assert abs(F(bought.average_price) - (F(size) / 100 * F("100.1") + beyond * F("0.9")) / (F(size) / 100)) < F(
        1, 10**30
    )
