"""Net against size: a book worked by hand, and any book against a search over every size."""

from dataclasses import replace
from decimal import Decimal as D
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundcli.core.capacity import capacity, sizes_between
from fundcli.core.carry import carry
from fundcli.core.carry_plan import planned
from fundcli.core.depth import Book
from fundcli.core.filling import fills_of, level_ends, reach
from fundcli.core.schedule import MS_PER_HOUR, Grid
from fundcli.core.used import UsedRate

TAKERS = ("taker",) * 4


def world(spot, perp, rate="0.0001", roles=TAKERS, hold=720, symbol="BTC/USDT:USDT", fee="0", **terms):
    """A carry priced out of two books, its reach and its level ends."""
    used = UsedRate(rate=D(rate), interval_hours=D(8), interval_basis="given", kind="given", source="",
                    interval_source="")  # fmt: skip

    def plan(notional):
        return planned(
            exchange="x", symbol=symbol, direction="cash-and-carry", notional=notional, spot_price=spot.mid,
            perp_price=perp.mid, basis_open=D(0), basis_close=None, leverage=D(1), fee_rates=[D(fee)] * 4,
            slippages=[D(0)] * 4, hold_hours=D(hold), settlements=D(hold) / 8, grid=Grid(8 * MS_PER_HOUR), **terms,
        )  # fmt: skip

    def priced(notional):
        fills = fills_of(plan(notional), spot, perp, roles)
        assert None not in fills
        return carry(replace(plan(notional), fills=fills, slippages=[fill.slippage for fill in fills]), used)

    largest, _ = reach(plan(D(1)), spot, perp, roles)
    return priced, largest, level_ends(plan(D(1)), spot, perp, roles)


def test_the_optimum_is_where_the_next_level_costs_more_than_it_earns():
    """90 settlements of 0.01 % earn 0.9 % of each coin at 100, 0.90. A round trip costs half a coin's spread twice a
    leg: levels 0.10, 0.30 and 1.00 away from 100 on all four sides, so 0.40, 1.20, 4.00 a coin. Only the first 10
    coins pay: 10 x (0.90 - 0.40) = 5, on 1,000."""
    away = [D("0.1"), D("0.3"), D(1)]
    book = Book([(100 - d, D(10)) for d in away], [(100 + d, D(10)) for d in away])
    priced, largest, ends = world(book, book)
    found = capacity(priced, [D(500), D(2000), D(5000)], largest, ends, D("0.02"))
    assert (found.best_notional, found.best_net, found.largest_notional) == (1000, 5, 3000)
    assert [size.net for size in found.sizes] == [D("2.5"), D(2)]  # 18 of funding - 4 - 12 at 2,000
    assert found.beyond == (5000,)


def test_the_hurdle_binds_where_its_line_is_crossed():
    """Beyond 1,000 the net is 5 - 0.3 a coin: N = 1,000 + x. Capital 2 N; 2 % a year for 30 d is 2 N x 0.02 x 30 / 365.
    5 - 0.003 x = (1,000 + x) x 0.0032877: x = 272.64."""
    away = [D("0.1"), D("0.3"), D(1)]
    book = Book([(100 - d, D(10)) for d in away], [(100 + d, D(10)) for d in away])
    priced, largest, ends = world(book, book)
    line = 2 * D("0.02") * 30 / 365
    expected = 1000 + (5 - 1000 * line) / (D("0.003") + line)
    found = capacity(priced, [], largest, ends, D("0.02")).notional_at_hurdle
    assert 0 <= expected - found <= D("0.011")


def test_a_fee_in_coin_lets_the_spot_reach_further_than_the_hedge():
    """10 coins of spot at 100 are shown. Of what is bought 1 % is the fee, so 1,000 buys 10 and hedges 9.9."""
    book, deep = Book([(D(99), D(10))], [(D(101), D(10))]), Book([(D(99), D(99))], [(D(101), D(99))])
    priced, largest, ends = world(book, deep, fee="0.01", spot_fee_in_base=True)
    assert (largest, priced(largest).notional) == (1000, 990)
    assert min(ends) == 1000  # buying the spot; selling it again takes 9.9 of the 10 there


def test_sizes_of_an_inverse_contract_are_money_as_they_are_typed():
    """50 coins of spot at 100, 2,000 USD of contracts on each side of 100: 2,000 is the reach, 20 coins earn 0.9 %."""
    spot, perp = Book([(D(100), D(50))], [(D(100), D(50))]), Book([(D(100), D(2000))], [(D(100), D(2000))])
    priced, largest, ends = world(spot, perp, symbol="BTC/USD:BTC")
    found = capacity(priced, [D(500), D(5000)], largest, ends, None)
    assert (found.largest_notional, found.best_notional, found.beyond) == (2000, 2000, (5000,))
    assert (found.best_net, [size.notional for size in found.sizes]) == (D("0.18"), [500])


def test_a_typed_buffer_has_to_earn_the_hurdle_first():
    """A month leaves 0.5 of each 100 on the first level, 0.005 N up to 1,000, and takes 0.3 on the next one. A buffer
    of 1,000 and a hurdle of 0.1 % a month ask for 0.001 (2 N + 1,000): small sizes fall short, 1,000 leaves 2 to spare,
    and beyond it 2 = (0.003 + 0.002) x at x = 400. A hurdle of 0.2 % asks for 0.004 N + 2: no size is enough."""
    away = [D("0.1"), D("0.3"), D(1)]
    book = Book([(100 - d, D(10)) for d in away], [(100 + d, D(10)) for d in away])
    priced, largest, ends = world(book, book, buffer=D(1000))
    monthly = D(365) / 30
    assert capacity(priced, [], largest, ends, D("0.002") * monthly).notional_at_hurdle == 0
    found = capacity(priced, [], largest, ends, D("0.001") * monthly).notional_at_hurdle
    assert 0 <= 1400 - found <= D("0.011")


def test_a_size_that_passes_the_hurdle_is_found_between_two_levels():
    """0.005 N is left up to 1,000, 0.003 N from there to 3,000. Capital is 2 N and the typed 4,000, or 3 N for a shock
    of 300 % where that is more, from 1,333 on. At 0.087 % a month the end of each level falls short (5 - 5.22 and
    11 - 13.05). Between them 6 - 5.8 is left at 1,333, and beyond it 2 - 0.00135 N, until 1,481.48."""
    book = Book([(D("99.9"), D(10)), (D("99.85"), D(20))], [(D("100.1"), D(10)), (D("100.15"), D(20))])
    priced, largest, ends = world(book, book, buffer=D(4000), shock=D(3))
    found = capacity(priced, [], largest, ends, D("0.00087") * 365 / 30).notional_at_hurdle
    assert 0 <= D(2) / D("0.00135") - found <= D("0.011")
    assert capacity(priced, [], largest, ends, D("0.00091") * 365 / 30).notional_at_hurdle == 0


@pytest.mark.parametrize(("hurdle", "size"), [("0.5", 0), ("-5", "largest")])
def test_a_hurdle_that_no_size_or_every_size_passes(hurdle, size):
    book = Book([(D(99), D(10))], [(D(101), D(10))])
    priced, largest, ends = world(book, book)
    assert capacity(priced, [], largest, ends, D(hurdle)).notional_at_hurdle == (largest if size else 0)


def test_a_carry_that_loses_at_every_size_has_no_best():
    book = Book([(D(90), D(10))], [(D(110), D(10))])
    priced, largest, ends = world(book, book)
    found = capacity(priced, [D(100)], largest, ends, None)
    assert (found.best_notional, found.best_net, found.notional_at_hurdle) == (0, 0, None)


def test_a_makers_legs_do_not_end_the_reach():
    deep, thin = Book([(D(99), D(50))], [(D(101), D(50))]), Book([(D(99), D(1))], [(D(101), D(1))])
    assert world(deep, thin)[1] == 100
    assert world(deep, thin, roles=("taker", "maker", "taker", "maker"))[1] == 5000


@pytest.mark.parametrize(
    ("low", "high", "sizes"),
    [
        ("10000", "10000000", "10000 20000 50000 100000 200000 500000 1000000 2000000 5000000 10000000"),
        ("30", "450", "30 50 100 200 450"), ("7", "7", "7"),
    ],
)  # fmt: skip
def test_sizes_between_are_round(low, high, sizes):
    assert [f"{size:f}" for size in sizes_between(D(low), D(high))] == sizes.split()


GAPS = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 9)), min_size=1, max_size=5)


def _side(gaps, sign):
    places = list(accumulate(gap for gap, _ in gaps))
    return [(100 + sign * D(place) / 50, D(size)) for place, (_, size) in zip(places, gaps, strict=True)]


@settings(max_examples=40, deadline=None)
@given(GAPS, GAPS, GAPS, GAPS, st.integers(0, 12), st.booleans(), st.booleans())
def test_no_size_earns_more_than_the_optimum(
    spot_bids, spot_asks, perp_bids, perp_asks, basis_points, inverse, fee_in_base
):
    spot = Book(_side(spot_bids, -1), _side(spot_asks, 1))
    sides = (_side(perp_bids, -1), _side(perp_asks, 1))
    perp = Book(*([(price, size * 100) for price, size in side] if inverse else side for side in sides))
    priced, largest, ends = world(
        spot, perp, rate=f"0.000{basis_points:02d}", symbol="BTC/USD:BTC" if inverse else "BTC/USDT:USDT",
        fee="0.001" if fee_in_base else "0", spot_fee_in_base=fee_in_base,
    )  # fmt: skip
    found = capacity(priced, [], largest, ends, None)
    tried = [priced(largest).net, *(priced(largest * i / 97).net for i in range(1, 97))]
    assert found.best_net >= max(tried) - D("1e-15")
    if found.best_notional:
        assert priced(found.best_notional).net == found.best_net
