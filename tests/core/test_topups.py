"""Capital along the path of a hold: paths worked by hand, and accounts booked one by one beside them."""

from __future__ import annotations

from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.carry import carry
from fundcli.core.carry_answer import CarryResult
from fundcli.core.carry_plan import Plan, planned
from fundcli.core.history import Settled
from fundcli.core.odds import Terms, replay
from fundcli.core.odds_result import odds
from fundcli.core.schedule import Grid
from fundcli.core.topups import Backing, Prices, Tied, backing_of, tied_up
from fundcli.core.units import MS_PER_HOUR
from fundcli.core.used import UsedRate
from tests.core.booked import BORROWED, HAIRCUT, booked, booked_in_coin

EIGHT = 8 * MS_PER_HOUR
PATHS = st.lists(st.tuples(st.integers(20, 500), st.integers(-300, 300)), min_size=2, max_size=24)
LEVERAGES = st.sampled_from(["1", "2", "3", "5", "7.5"])


def answered(price: D, *, notional: str = "1300", basis: str = "0", **terms: object) -> tuple[Plan, CarryResult]:
    """A carry without costs, and its answer."""
    asked = {"symbol": "BTC/USDT:USDT", "direction": "cash-and-carry", "leverage": D(1)} | terms
    plan = planned(
        exchange="x", notional=D(notional), spot_price=price, basis_open=D(basis), basis_close=None,
        fee_rates=[D(0)] * 4, slippages=[D(0)] * 4, hold_hours=D(24), settlements=D(3), grid=Grid(EIGHT), **asked,
    )  # fmt: skip
    used = UsedRate(rate=D(0), interval_hours=D(8), interval_basis="given", kind="given", source="", interval_source="")
    return plan, carry(plan, used)


def backed(leverage: str = "1", buffer: str = "0", **terms: object) -> tuple[Backing, D]:
    """What stands behind a carry, and its capital at the open per unit of notional; buffer is a share of notional."""
    coin = str(terms.get("symbol", "")).endswith(":BTC")
    spare = D(buffer) * 1300 / (100 if coin else 1)
    plan, result = answered(D(100), leverage=D(leverage), buffer=spare, **terms)
    return backing_of(plan, result), result.capital / result.notional


def settled(rates: list[str]) -> list[Settled]:
    """Settlements 8 h apart, the first of them 8 h after an open at 0."""
    return [Settled((i + 1) * EIGHT, D(rate), 8) for i, rate in enumerate(rates)]


def held(prices: str, rates: str = "", **terms: str) -> Tied:
    """The capital of one hold from the first price to the last, a settlement at each after the first."""
    path = [D(price) for price in prices.split()]
    rows = settled(rates.split() or ["0"] * (len(path) - 1))
    backing, capital = backed(**terms)
    sign = -1 if terms.get("direction") == "reverse" else 1
    found = replay(rows, D(8 * len(rows)), Terms(sign=sign))
    (tied,) = tied_up(rows, found, {i * EIGHT: price for i, price in enumerate(path)}, backing, capital)
    return tied


def test_a_short_at_1x_in_a_rally_of_a_tenth():
    """Equity 1 - 0.1 = 0.9 of the 1.1 needed: 0.2 comes to 2, half-way through the hold."""
    assert held("100 110 110") == (D("2.2"), D("2.1"))


def test_a_short_at_5x_in_a_rally_of_a_tenth():
    """Equity 0.2 - 0.1 = 0.1 of the 0.22 needed: 0.12 comes to 1.2."""
    assert held("100 110 110", leverage="5") == (D("1.32"), D("1.26"))


def test_what_was_added_stays_when_the_price_comes_back():
    """1x: at 120 lacks 0.4; at 90 nothing; at 130 it lacks 0.6, of which 0.4 is there. The last counts for no time."""
    tied = held("100 120 90 130")
    assert tied.peak == D("2.6")
    assert round(tied.mean, 20) == round(D("2") / 3 + D("2.4") * 2 / 3, 20)


def test_the_hold_goes_on_after_its_last_settlement():
    """20 h cross settlements after 8 h and 16 h: 2 for 8 h, 2.2 for 8 h, 2.6 for 4 h."""
    rows = settled(["0", "0", "0"])
    backing, capital = backed()
    at = {i * EIGHT: D(price) for i, price in enumerate((100, 110, 130, 500))}
    (tied,) = tied_up(rows, replay(rows, D(20), Terms(sign=1)), at, backing, capital)
    assert tied == (D("2.6"), (D(2) * 8 + D("2.2") * 8 + D("2.6") * 4) / 20)


def test_funding_paid_lowers_the_equity_and_funding_received_raises_it():
    """Flat at 1x: -0.1 % is topped up. +1 % of 1 and of 1.01 are 0.0201: they cover the 0.02 that 101 asks for."""
    assert held("100 100 100", "-0.001 0.001") == (D("2.001"), D("2.0005"))
    assert held("100 100 101", "0.01 0.01") == (2, 2)
    assert held("100 100 101", "0.0099 0.01").peak == 2  # 0.0099 + 0.0101: just enough
    assert held("100 100 101", "0.0098 0.01").peak == D("2.0001")


def test_a_long_in_a_crash():
    """Reverse at 5x, 3x borrowed, from 0.5 + 0.2: at 80 equity is 0 of the 0.16 needed; the short spot has gained."""
    assert held("100 80 80", direction="reverse", leverage="5") == (D("0.86"), D("0.78"))
    assert held("100 50", direction="reverse", leverage="1").peak == D("1.5")  # 1 - 0.5 is just the 0.5 needed


def test_a_short_of_borrowed_spot_in_a_rally():
    """At 120 there are 1.5 less a debt of 1.2, and 0.6 is needed; the long at 5x has 0.4 of 0.24 and helps nobody."""
    assert held("100 120 120", direction="reverse", leverage="5") == (1, D("0.85"))


def test_both_legs_of_the_reverse_are_topped_up_and_share_the_buffer():
    """Up to 120, down to 80: 0.3 and then 0.16. A buffer of 0.4 leaves 0.06 of them."""
    there_and_back = {"prices": "100 120 80 80", "direction": "reverse", "leverage": "5"}
    tied = held(**there_and_back)
    assert (tied.peak, round(tied.mean, 20)) == (D("1.16"), round((D("0.7") + 1 + D("1.16")) / 3, 20))
    tied = held(**there_and_back, buffer="0.4")
    assert (tied.peak, round(tied.mean, 20)) == (D("1.16"), round((D("1.1") * 2 + D("1.16")) / 3, 20))


def test_funding_of_the_reverse_goes_the_other_way():
    """A long at 1x pays +0.1 %: 0.001 is missing; borrowed spot has no funding."""
    assert held("100 100 100", "0.001 0", direction="reverse") == (D("1.501"), D("1.5005"))
    assert held("100 100 100", "-0.001 0", direction="reverse") == (D("1.5"), D("1.5"))


def test_the_buffer_is_used_up_first():
    """Of the 0.2 that a rally of a tenth asks for at 1x."""
    assert held("100 110 110", buffer="0.15") == (D("2.2"), D("2.175"))
    assert held("100 110 110", buffer="0.2") == (D("2.2"), D("2.2"))
    assert held("100 110 110", buffer="0.25") == (D("2.25"), D("2.25"))


def test_spot_as_collateral_gains_what_the_short_loses_less_the_haircut():
    """5x, haircut 10 %, no margin beside the coin. At 300: 1 - 3 + 2.7 = 0.7 of 0.6. At 400: 0.6 of 0.8."""
    spot = {"leverage": "5", "collateral": "spot", "haircut": D("0.1")}
    assert held("100 300 300", **spot) == (1, 1)
    assert held("100 400 400", **spot) == (D("1.2"), D("1.1"))
    # 1x, no haircut: equity stays 1, and 1.3 is needed.
    assert held("100 130 130", collateral="spot") == (D("1.3"), D("1.15"))


def test_one_account_for_both_legs():
    """Cash-and-carry as with spot as collateral. Reverse at 5x, 3x borrowed: at 120 there are 0.4 + 0.3 of the 0.24 +
    0.6 needed; at 80 0 + 0.7 of 0.16 + 0.4."""
    assert held("100 400 400", leverage="5", collateral="unified", haircut=D("0.1")) == (D("1.2"), D("1.1"))
    assert held("100 120 120", direction="reverse", leverage="5", collateral="unified") == (D("0.84"), D("0.77"))
    assert held("100 80 80", direction="reverse", leverage="5", collateral="unified") == (D("0.7"), D("0.7"))


def test_spot_bought_on_margin_is_topped_up_in_a_fall():
    """Half of the coin is borrowed money: at 80 it is worth 0.8 less 0.5, and 0.4 is needed. A rally asks 0.2 of 1x."""
    assert held("100 80 80", spot_leverage=D(2)) == (D("1.6"), D("1.55"))
    assert held("100 110 110", spot_leverage=D(2)) == (D("1.7"), D("1.6"))


def test_margin_kept_in_an_asset_counts_less_its_haircut():
    """At 1x with a haircut of a half 2 is posted beside the spot, and 1 counts: a rally of a tenth asks for 0.2."""
    assert held("100 110 110", haircut=D("0.5"), collateral_yield=D("0.05")) == (D("3.2"), D("3.1"))


def test_what_was_set_aside_for_a_shock_is_a_buffer():
    """A shock of 10 % sets its loss aside, 0.1 beside 2: half of what a rally of 10 % asks for."""
    assert held("100 110 110", shock=D("0.1")) == (D("2.2"), D("2.15"))


def test_spot_bought_on_margin_that_is_collateral_counts_less_what_is_owed():
    """1x, half of the coin borrowed, haircut 10 %: 0.9 - 0.5 counts, 0.6 is added to 0.5 of own money. At 120 there are
    0.6 - 0.5 + 1.08 - 0.2 of the 1.2 needed: 0.22. In a fall to 80 0.6 - 0.5 + 0.72 + 0.2 is more than 0.8."""
    for kind in ("spot", "unified"):
        terms = {"collateral": kind, "spot_leverage": D(2), "haircut": D("0.1")}
        assert held("100 120 120", **terms) == (D("1.32"), D("1.21"))
        assert held("100 80 80", **terms) == (D("1.1"), D("1.1"))


def test_the_reverse_of_an_inverse_contract_is_topped_up_in_coin():
    """Long 100 USD, worth a coin, on 0.2 at 5x; a coin sold short for 100 USD on 0.5 of its own.

    Down to 80 the long has 0.2 + 1 - 1.25 of the 0.25 needed, 0.3 is added, and 1.25 coins stand beside the debt. Up to
    125 the 100 USD are 0.8 coins, 0.2 are added, and the long has 0.2 + 0.2.
    """
    terms = {"symbol": "BTC/USD:BTC", "direction": "reverse", "leverage": "5"}
    assert held("100 80 80", **terms) == (D("1.0"), D("0.85"))
    assert held("100 125 125", **terms) == (D("0.9"), D("0.8"))
    assert held("100 125 80", buffer="0.4", **terms) == (D("1.2"), D("1.1"))  # 0.2 and 0.3, of which 0.4 are set aside
    one = {"collateral": "unified", **terms}  # 0.7 + 1.25 - 1.25 + 1 - 1 of 0.25 + 0.5: 0.05
    assert held("100 80 80", **one) == (D("0.75"), D("0.725"))
    assert held("100 125 125", **one) == (D("0.7"), D("0.7"))


def test_an_inverse_long_pays_its_funding_in_coin():
    """1 % at 80 on 100 USD: 0.0125 coins beside the 0.3."""
    terms = {"symbol": "BTC/USD:BTC", "direction": "reverse", "leverage": "5"}
    assert held("100 80 80", "0.01 0", **terms).peak == D("1.0125")


def test_the_coin_held_backs_an_inverse_carry_at_any_price():
    """No price is needed: in coin the capital is the coin and the buffer (here 0.5 of it)."""
    backing, capital = backed(symbol="BTC/USD:BTC", buffer="0.5")
    rows = settled(["-0.01"] * 4)
    assert tied_up(rows, replay(rows, D(16), Terms(sign=1)), {}, backing, capital) == [(D("1.5"), D("1.5"))] * 3


def test_a_hold_without_a_price_on_its_way_is_left_out():
    """Six settlements, holds of two, no price at the fourth: the holds that cross it, and the one that opens there."""
    rows = settled(["0"] * 6)
    at = {i * EIGHT: D(100 + i) for i in range(7) if i != 4}
    backing, capital = backed()
    tied = tied_up(rows, replay(rows, D(16), Terms(sign=1)), at, backing, capital)
    assert [each is None for each in tied] == [False, False, True, True, True]
    found = odds(rows, D(16), Terms(sign=1), capital, D(720), 100, None, backing, Prices(at, "by hand"))
    assert (found.capital.starts, found.capital.unpriced, found.capital.price_source) == (2, 3, "by hand")
    none = odds(rows, D(16), Terms(sign=1), capital, D(720), 100, None, backing, Prices({}, "by hand"))
    assert none.capital is None


def test_what_all_holds_tied_up():
    """Holds of two settlements at 1x through 100 110 110 121 100: lacking 2 x (0.1; 0.1; 0), in shares of 2.

    First: 0.2 half-way. Second: from 110, 0.1 of it on the close alone. Third: from 110, 0.1 half-way.
    Peaks of 2: 2.2, 2.2, 2.2. Means: 2.1, 2, 2.1. A basis gain of 0.01 is all they earn: on 2.1, 2 and 2.1.
    """
    rows = settled(["0"] * 4)
    at = {i * EIGHT: D(price) for i, price in enumerate((100, 110, 110, 121, 100))}
    backing, capital = backed()
    terms = Terms(sign=1, fixed=D("-0.01"))
    path = odds(rows, D(16), terms, capital, D(720), 100, None, backing, Prices(at, None)).capital
    assert (path.starts, path.unpriced, path.initial_on_notional, path.topped_up) == (3, 0, 2, 1)
    assert (path.peak_capital_p50, path.peak_capital_p95, path.peak_capital_max) == (D("1.1"),) * 3
    assert (path.mean_capital_p50, path.mean_capital_p95) == (D("1.05"), D("1.05"))
    assert path.worst_topup_start.timestamp() == 0  # the first of three alike
    assert round(path.net_on_mean_capital_p50, 20) == round(D("0.01") / D("2.1"), 20)
    # from the middle to the greatest of three is half the way: nine tenths of it
    assert round(path.net_on_mean_capital_p95, 20) == round(
        D("0.01") / D("2.1") + (D("0.01") / 2 - D("0.01") / D("2.1")) * D("0.9"), 20
    )


STILL = {
    "cash": {},
    "asset": {"collateral_yield": D("0.04")},
    "spot": {"collateral": "spot"},
    "unified": {"collateral": "unified"},
    "on margin": {"spot_leverage": D(3)},
    "reverse": {"direction": "reverse"},
    "reverse, unified": {"direction": "reverse", "collateral": "unified"},
    "owed": {"collateral": "spot", "spot_leverage": D(3)},
    "owed, unified": {"collateral": "unified", "spot_leverage": D(7)},
    "inverse": {"direction": "reverse", "symbol": "BTC/USD:BTC"},
    "inverse, unified": {"direction": "reverse", "symbol": "BTC/USD:BTC", "collateral": "unified"},
}


@given(
    st.integers(1, 10**9), st.integers(1, 12), LEVERAGES, st.sampled_from(["1.5", "3", "7"]), st.integers(0, 99),
    st.integers(-50, 50), st.sampled_from(list(STILL)),
)  # fmt: skip
def test_where_nothing_moves_nothing_is_added(price, crossed, leverage, borrowed, haircut, basis, kind):
    """At any price, leverage, haircut and basis, though a third of it cannot be written in digits."""
    plan, result = answered(
        D(price), notional="7000", basis=str(D(basis) / 1000), leverage=D(leverage), haircut=D(haircut) / 100,
        borrow_leverage=D(borrowed), **STILL[kind],
    )  # fmt: skip
    rows = settled(["0"] * crossed)
    at = {i * EIGHT: D(price) for i in range(crossed + 1)}
    capital = result.capital / result.notional
    found = replay(rows, D(8 * crossed), Terms(sign=plan.sign))
    assert tied_up(rows, found, at, backing_of(plan, result), capital) == [(capital, capital)]


@given(PATHS, LEVERAGES)
def test_without_funding_capital_follows_the_highest_price_at_any_leverage(path, leverage):
    """Spot 1, margin 1 / L; at its peak p it lacks (p - 1)(1 + 1 / L): p times what it was."""
    prices = [price for price, _ in path]
    tied = held(" ".join(map(str, prices)), leverage=leverage)
    at_open = 1 + 1 / D(leverage)
    assert abs(tied.peak / at_open - max(D(max(prices)) / prices[0], D(1))) < D("1e-15")


@pytest.mark.parametrize("direction", ["cash-and-carry", "reverse"])
@given(path=PATHS, buffers=st.tuples(st.integers(0, 100), st.integers(0, 100)))
def test_a_larger_buffer_is_never_topped_up_more_and_never_ties_up_less(direction, path, buffers):
    prices = " ".join(str(price) for price, _ in path)
    rates = " ".join(str(D(rate) / 10**5) for _, rate in path[1:])
    less, more = (
        held(prices, rates, direction=direction, leverage="3", buffer=str(D(b) / 100)) for b in sorted(buffers)
    )
    assert less.peak <= more.peak + D("1e-20") and less.mean <= more.mean + D("1e-20")
    at_open = backed(direction=direction, leverage="3")[1]
    small, large = (D(b) / 100 for b in sorted(buffers))
    assert less.peak - at_open - small >= more.peak - at_open - large - D("1e-20")


@pytest.mark.parametrize("direction", ["cash-and-carry", "reverse"])
@given(path=PATHS)
def test_more_leverage_never_ties_up_more_at_the_peak(direction, path):
    """The margin put up is the greatest of 1 / L and of p / L less gains and funding: all of them fall with L."""
    prices = " ".join(str(price) for price, _ in path)
    rates = " ".join(str(D(rate) / 10**5) for _, rate in path[1:])
    peaks = [held(prices, rates, direction=direction, leverage=leverage).peak for leverage in ("1", "2", "3", "5")]
    assert all(more <= less + D("1e-15") for less, more in pairwise(peaks))


@given(path=PATHS, leverage=LEVERAGES, buffer=st.integers(0, 80), crossed=st.integers(1, 8),
       kind=st.sampled_from(["cash", "spot", "owed", "reverse"]))  # fmt: skip
def test_every_hold_is_as_accounts_booked_one_by_one(path, leverage, buffer, kind, crossed):
    rates = [D(rate) / 10**5 for _, rate in path[1:]]
    rows = settled([str(rate) for rate in rates])
    crossed = min(crossed, len(rows))
    extra = {"collateral": "spot", "haircut": HAIRCUT} if kind in ("spot", "owed") else {}
    extra |= {"spot_leverage": D(BORROWED)} if kind == "owed" else {}
    direction = "reverse" if kind == "reverse" else "cash-and-carry"
    backing, capital = backed(direction=direction, leverage=leverage, buffer=str(D(buffer) / 100), **extra)
    prices = [D(price) for price, _ in path]
    found = replay(rows, D(8 * crossed), Terms(sign=-1 if kind == "reverse" else 1))
    tied = tied_up(rows, found, {i * EIGHT: price for i, price in enumerate(prices)}, backing, capital)
    assert len(tied) == len(rows) - crossed + 1
    for start, got in enumerate(tied):
        window = prices[start : start + crossed + 1]
        peak, mean = booked(window, rates[start : start + crossed], D(leverage), D(buffer) / 100, kind)
        assert abs(got.peak - peak) < D("1e-14") and abs(got.mean - mean) < D("1e-14")


@given(path=PATHS, leverage=LEVERAGES, buffer=st.integers(0, 80), crossed=st.integers(1, 8))
def test_every_hold_in_coin_is_as_accounts_booked_one_by_one(path, leverage, buffer, crossed):
    rates = [D(rate) / 10**5 for _, rate in path[1:]]
    rows = settled([str(rate) for rate in rates])
    crossed = min(crossed, len(rows))
    terms = {"symbol": "BTC/USD:BTC", "direction": "reverse", "borrow_leverage": D(BORROWED)}
    backing, capital = backed(leverage=leverage, buffer=str(D(buffer) / 100), **terms)
    prices = [D(price) for price, _ in path]
    found = replay(rows, D(8 * crossed), Terms(sign=-1))
    tied = tied_up(rows, found, {i * EIGHT: price for i, price in enumerate(prices)}, backing, capital)
    for start, got in enumerate(tied):
        window = prices[start : start + crossed + 1]
        # the buffer is set aside in coins, a share of the coins that the notional is at the open of the carry
        peak, mean = booked_in_coin(window, rates[start : start + crossed], D(leverage), D(buffer) / 100)
        assert abs(got.peak - peak) < D("1e-14") and abs(got.mean - mean) < D("1e-14")
