"""Fills out of an order book: by hand, and what must hold of any book."""

from decimal import Decimal as D
from fractions import Fraction as F
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.depth import Book, average_price, depth, fill

ASKS = [(D(100), D(1)), (D(101), D(2)), (D(105), D(1))]
BIDS = [(D(98), D(2)), (D(97), D(2))]
BOOK = Book(BIDS, ASKS)


@pytest.mark.parametrize(
    ("size", "average"),
    [("0.5", "100"), ("1", "100"), ("2", "100.5"), ("4", "101.75"), ("4.0001", None)],
)  # (100 + 101) / 2; (100 + 2 x 101 + 105) / 4
def test_a_size_is_filled_level_by_level(size, average):
    assert average_price(ASKS, D(size)) == (None if average is None else D(average))


def test_an_inverse_book_is_walked_in_money():
    """100 USD at 100 buy 1 coin, 100 at 125 buy 0.8: 200 USD for 1.8 coins."""
    found = average_price([(D(100), D(100)), (D(125), D(500))], D(200), inverse=True)
    assert abs(F(found) - 200 / F("1.8")) < F(1, 10**40)


def test_a_taker_pays_from_the_mid_and_takes_its_share_of_the_side():
    """Mid 99. Buying 2 costs 1.5 a coin more, selling 3 at (2 x 98 + 97) / 3 one and a third less."""
    bought, sold = fill(BOOK, True, D(2), "taker"), fill(BOOK, False, D(3), "taker")
    assert (BOOK.mid, bought.average_price, bought.share_of_depth) == (99, D("100.5"), D("0.5"))
    assert abs(F(bought.slippage) - F(3, 2) / 99) < F(1, 10**40)
    assert abs(F(sold.slippage) - (99 - F(293, 3)) / 99) < F(1, 10**40)
    assert sold.share_of_depth == D("0.75")
    assert bought.chance_cost is None


def test_a_maker_waits_at_its_own_side_and_shows_what_crossing_would_cost():
    """Selling 2 as a maker waits at 100; crossing sells at 98: 2 a coin."""
    waiting = fill(BOOK, False, D(2), "maker")
    assert (waiting.average_price, waiting.slippage, waiting.share_of_depth) == (100, 0, None)
    assert abs(F(waiting.chance_cost) - F(2, 99)) < F(1, 10**40)


def test_a_side_that_is_too_thin_fills_no_taker_and_tells_no_chance():
    assert fill(BOOK, True, D(5), "taker") is None
    assert fill(BOOK, True, D(5), "maker").chance_cost is None
    assert depth(ASKS) == 4


SIDES = st.lists(
    st.tuples(st.decimals("0.01", "1000", places=2), st.decimals("0.001", "50", places=3)), min_size=1, max_size=12
)


@given(SIDES, st.booleans(), st.booleans(), st.lists(st.decimals("0.001", "600", places=3), min_size=2, max_size=6))
def test_a_larger_size_never_improves_the_average_fill(levels, buys, inverse, sizes):
    side = sorted(levels, key=lambda level: level[0], reverse=not buys)
    averages = [average_price(side, size, inverse) for size in sorted(sizes)]
    reached = [average for average in averages if average is not None]
    for smaller, larger in pairwise(reached):
        worse = larger - smaller if buys else smaller - larger
        assert worse > -D("1e-40")
    assert averages == reached + [None] * (len(averages) - len(reached))


@given(SIDES, st.decimals("0.001", "600", places=3))
def test_the_average_is_the_money_over_the_coins(levels, size):
    side = sorted(levels)
    left, money = F(size), F(0)
    for price, offered in side:
        taken = min(left, F(offered))
        money, left = money + taken * F(price), left - taken
    found = average_price(side, size)
    assert (found is None) == (left > 0)
    if found is not None:
        assert abs(F(found) - money / F(size)) < F(1, 10**40)
