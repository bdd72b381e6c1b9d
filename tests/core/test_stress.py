"""Price paths, by hand: one coin at 100, maintenance 1 %, no fee."""

from dataclasses import replace
from decimal import Decimal as D
from decimal import localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.days import named
from fundcli.core.liquidation import MaintenanceTier
from fundcli.core.numbers import CONTEXT
from fundcli.core.position import Position
from fundcli.core.stress import SHOCKS, default_floor, shocks_between, stressed
from fundcli.core.stress_plan import planned
from fundcli.errors import UsageError

ROUND = D("1e-12")


def _plan(
    direction="cash-and-carry", leverage="5", side=None, symbol="BTC/USDT:USDT", rate="0.01", price=D(100), **more
):  # fmt: skip
    """One coin at a price, or 100 USD of an inverse contract."""
    inverse = symbol.endswith(":BTC")
    with localcontext(CONTEXT):
        notional = 100 / price if inverse else price
    position = Position(
        exchange="x", symbol=symbol, side=side or ("long" if direction == "reverse" else "short"),
        notional=notional, leverage=D(leverage), currency="BTC" if inverse else "USDT",
        size=D(100) if inverse else D(1), price=price,
    )  # fmt: skip
    given = {
        "tiers": (MaintenanceTier(D(rate)),), "closing_fee": D(0), "margin": None, "funding_paid": D(0),
        "spot_is_collateral": False, "haircut": D(0), "floor": None,
    } | more  # fmt: skip
    return planned(position, direction, **given)


def _paths(plan, *moves, days=()):
    return stressed(plan, [D(m) for m in moves], days, "", "").paths


def _near(found, expected):
    assert abs(found - D(expected)) < ROUND, found


def test_a_carry_gains_on_one_leg_what_it_loses_on_the_other():
    """+10 %: the short loses 10 of its 20, the initial margin at 110 is 22 and 1.75 of it 38.5."""
    (path,) = _paths(_plan(), "0.1")
    assert (path.perp_pnl, path.spot_pnl, path.pnl, path.net) == (-10, 10, 0, 0)
    assert (path.equity, path.maintenance_margin, path.price) == (10, D("1.1"), 110)
    _near(path.margin_ratio, D(10) / 22)
    assert (path.transfer, path.below_floor, path.liquidated, path.closed_leg) == (D("28.5"), True, False, None)
    assert path.unhedged_pnl is None


def test_a_squeeze_kills_the_short_and_the_spot_that_is_left_rides_back_to_the_entry():
    """The short dies at 120 / 1.01 = 118.81; spot has gained 18.81 by then and loses it again; the margin is gone."""
    (path,) = _paths(_plan(), "0.5")
    assert (path.liquidated, path.closed_leg, path.closed_by) == (True, "perp", "liquidation")
    _near(path.closed_move, D(120) / D("101") - 1)
    _near(path.unhedged_pnl, -(D(12000) / 101 - 100))
    assert path.net == -20
    assert (path.equity, path.pnl) == (-30, 0)  # as if nothing had been closed


def test_after_auto_deleveraging_the_spot_goes_on_alone():
    """-20 %: the short is closed with 20 gained, spot at 80 goes on to 40 and ends 60 down."""
    plan = _plan(deleveraged=True, final_move=D("-0.6"))
    fall, squeeze = _paths(plan, "-0.2", "0.5")
    assert (fall.closed_leg, fall.closed_by, fall.closed_move) == ("perp", "auto-deleveraging", D("-0.2"))
    assert (fall.unhedged_pnl, fall.net, fall.liquidated) == (-40, -40, False)
    assert (squeeze.closed_by, squeeze.net) == ("liquidation", -80)  # the margin, and spot from 100 to 40
    _near(squeeze.unhedged_pnl, -(D(12000) / 101 - 40))


def test_a_reverse_carry_dies_on_both_sides():
    """3x borrowed spot at a level of 1.1 dies at 150 / 1.1 = 136.36 with its 50; the 2x long at 50 / 0.99 = 50.51."""
    plan = _plan("reverse", "2", borrow_leverage=D(3), liquidation_level=D("1.1"))
    rally, crash = _paths(plan, "1", "-0.6")
    assert (rally.closed_leg, rally.net) == ("spot", -50)
    _near(rally.closed_move, D("1.5") / D("1.1") - 1)
    _near(rally.unhedged_pnl, -(D(150) / D("1.1") - 100))
    assert (crash.closed_leg, crash.net) == ("perp", -50)
    _near(crash.unhedged_pnl, -(100 - D(50) / D("0.99")))
    result = stressed(plan, SHOCKS, (), "", "")
    _near(result.spot_liquidation_price, D(150) / D("1.1"))
    _near(result.perp_liquidation_price, D(50) / D("0.99"))


def test_the_perp_that_is_left_alone_cannot_lose_more_than_its_margin():
    plan = replace(_plan("reverse", "2", borrow_leverage=D(3), liquidation_level=D("1.1")), final_move=D("-0.6"))
    (path,) = _paths(plan, "1")
    _near(path.unhedged_pnl, -(50 + D(150) / D("1.1") - 100))
    assert path.net == -100


def test_without_a_known_level_borrowed_spot_is_left_out():
    result = stressed(_plan("reverse", "2"), SHOCKS, (), "", "")
    assert result.spot_liquidation_move is None
    assert not any(path.closed_leg == "spot" for path in result.paths)


def test_a_perp_alone_has_no_spot_leg():
    crash, small = _paths(_plan("perp", "10", side="long"), "-0.5", "-0.05")
    assert (crash.spot_pnl, crash.pnl, crash.net, crash.unhedged_pnl) == (0, -50, -10, None)
    assert (small.net, small.closed_leg) == (-5, None)


def test_an_inverse_carry_keeps_its_value_in_the_coin():
    """100 USD short on one coin: at 50 the contract has gained a coin and the coin is worth one coin less of 100."""
    (path,) = _paths(_plan(leverage="2", symbol="BTC/USD:BTC"), "-0.5")
    assert (path.perp_pnl, path.spot_pnl, path.pnl) == (1, -1, 0)
    assert path.equity == D("1.5")


def test_spot_as_collateral_puts_the_liquidation_far_away():
    """0.9 P + 100 - P = 0.01 P: 100 / 0.11; of an inverse contract 99 / (1 - 0.9) = 990."""
    linear = stressed(_plan(leverage="2", spot_is_collateral=True, haircut=D("0.1")), SHOCKS, (), "", "")
    _near(linear.perp_liquidation_price, D(100) / D("0.11"))
    assert (linear.margin, linear.collateral, linear.liquidated_paths) == (0, "spot", 0)
    coin = _plan(leverage="2", symbol="BTC/USD:BTC", spot_is_collateral=True, haircut=D("0.1"))
    _near(stressed(coin, SHOCKS, (), "", "").perp_liquidation_price, "990")


def test_spot_collateral_that_does_not_follow_the_perp_kills_sooner():
    """Perp to 737 / 180, spot to 550 / 180: S = 100 + (P - 100) 370/557; dead where 0.9 S + 100 - P = 0.01 P."""
    plan = _plan(leverage="2", spot_is_collateral=True, haircut=D("0.1"))
    (path,) = _paths(plan, days=named("trb-2023"))
    pace = D(370) / 557
    dies = (100 + 90 * (1 - pace)) / (D("1.01") - D("0.9") * pace)
    assert (path.path, path.day, path.closed_leg) == ("trb-2023 high", "trb-2023", "perp")
    _near(path.closed_move, dies / 100 - 1)
    _near(path.net, -(dies - 100))  # the perp's loss; spot is back at its entry
    _near(path.spot_pnl, D(37000) / 180)
    _near(path.perp_pnl, -D(55700) / 180)


def test_what_died_on_the_way_stays_dead_at_the_end():
    """A 5x long at 100; 10 % above 85, 1 % up to there: dead at 80 / 0.9, and its 20 are gone, though at 84 its equity
    of 4 would do."""
    tiers = (MaintenanceTier(D("0.01"), D(0), D(85)), MaintenanceTier(D("0.1")))
    (path,) = _paths(_plan("perp", side="long", tiers=tiers), "-0.16")
    assert (path.liquidated, path.net, path.equity) == (True, -20, 4)
    _near(path.closed_move, D(80) / 90 - 1)


def test_spot_enters_at_its_own_price_and_the_basis_is_earned_where_it_closes():
    """Perp at 101 on spot at 100, one coin of each, closed at par: 1 is earned wherever the price goes.

    At 90.9: perp + 10.1, spot - 9.1. MATH: q [(F0 - S0) - (F1 - S1)].
    """
    plan = _plan("cash-and-carry", price=D(101), basis=D("0.01"), basis_close=D(0))
    result = stressed(plan, [D("-0.1"), D("0.1")], (), "", "")
    assert (result.spot_price, result.price, result.basis_open, result.basis_close) == (100, 101, D("0.01"), 0)
    down, up = result.paths
    assert (down.perp_pnl, down.spot_pnl, down.net) == (D("10.1"), D("-9.1"), 1)
    assert (up.perp_pnl, up.spot_pnl, up.net) == (D("-10.1"), D("11.1"), 1)
    _near(result.capital, 100 + D("20.2"))  # q S0 + q F0 / L


def test_a_basis_that_is_kept_grows_with_the_price():
    """101 on 100 to 202 on 200: the short loses 101, spot gains 100."""
    (path,) = _paths(replace(_plan(price=D(101), basis=D("0.01"), leverage="1"), floor=D(0)), "0.9")
    _near(path.perp_pnl, "-90.9")
    assert path.spot_pnl == 90


def test_a_reverse_carry_owes_spot_at_its_own_price():
    """Spot sold at 100 at 3x with 50 of one's own dies at 150 / 1.1, whatever the perp stands at."""
    plan = _plan("reverse", "2", price=D(99), basis=D("-0.01"), liquidation_level=D("1.1"))
    result = stressed(plan, [D(1)], (), "", "")
    _near(result.spot_price, 100)
    _near(result.spot_liquidation_price, D(150) / D("1.1"))
    _near(result.paths[0].net, -50)
    _near(result.capital, 50 + D(99) / 2)


def test_spot_as_collateral_counts_at_its_own_price():
    """Perp 110 on spot 100, haircut 10 %: 0.9 S + 110 - P = 0.01 P with S = P / 1.1; to par at the end, S = 100 + (P -
    110) k with k = (121 - 100) / (121 - 110) on the way to 121."""
    more = {"price": D(110), "basis": D("0.1"), "spot_is_collateral": True, "haircut": D("0.1")}
    kept = stressed(_plan(**more), SHOCKS, (), "", "")
    _near(kept.margin_ratio, 5 * D(90) / 110)
    _near(kept.perp_liquidation_price, D(110) / (D("1.01") - D("0.9") / D("1.1")))
    (path,) = _paths(_plan(**more, basis_close=D(0)), "0.1")
    _near(path.equity, D("0.9") * 121 - 11)


def test_the_basis_of_an_inverse_carry_is_earned_in_coin():
    """100 USD short at 101, 100 / 101 coins bought at 100, to 202 at par: s Q (1 / E - 1 / P) and q (1 - S0 / S)."""
    plan = _plan(leverage="2", symbol="BTC/USD:BTC", price=D(101), basis=D("0.01"), basis_close=D(0))
    (path,) = _paths(plan, "1")
    coins = D(100) / 101
    _near(path.perp_pnl, -(D(100) / 101 - D(100) / 202))
    _near(path.spot_pnl, coins * (1 - D(100) / 202))


def test_a_day_on_which_spot_had_a_high_of_its_own_keeps_it():
    plan = _plan(basis_close=D("0.02"))
    (trb,) = _paths(plan, days=named("trb-2023"))
    _near(trb.spot_move, D(550) / 180 - 1)
    low = next(path for path in _paths(plan, days=named("ftx-2022")) if path.path == "ftx-2022 low")
    _near(low.spot_move, D(15588) / D("18545.38") / D("1.02") - 1)


def test_the_buffer_pays_transfers_and_moves_the_liquidation_price():
    """Margin 20 and a buffer of 10: transfers beyond 10 are missing; with it the short dies at 130 / 1.01."""
    result = stressed(_plan(buffer=D(10)), [D("0.1")], (), "", "")
    assert result.paths[0].transfer_beyond_buffer == D("18.5")
    _near(result.perp_liquidation_price_with_buffer, D(130) / D("1.01"))
    _near(result.perp_liquidation_price, D(120) / D("1.01"))


def test_funding_paid_comes_off_the_margin():
    result = stressed(_plan(funding_paid=D(5)), SHOCKS, (), "", "")
    assert (result.margin, result.margin_ratio, result.initial_margin) == (15, D("0.75"), 20)
    _near(result.perp_liquidation_price, D(115) / D("1.01"))


def test_a_margin_that_is_gone_at_entry_is_refused():
    for more in ({"margin": D(1)}, {"funding_paid": D(19)}, {"leverage": "100"}):
        with pytest.raises(UsageError, match="maintenance margin of 1 USDT"):
            _plan(**more)


def test_the_worst_path_is_named():
    result = stressed(_plan(), [D("0.1"), D("0.5"), D("-0.5")], (), "", "")
    assert (result.worst_path, result.worst_net, result.liquidated_paths, result.paths_below_floor) == (
        "+50%",
        -20,
        1,
        2,
    )


def test_floors_are_150_percent_and_175_from_five_times_on():
    assert [default_floor(D(x)) for x in ("1", "4.9", "5", "20")] == [D("1.5"), D("1.5"), D("1.75"), D("1.75")]
    assert _plan(floor=D("1.2")).floor == D("1.2")


def test_shocks_go_both_ways_and_up_to_three_hundred_percent():
    assert (SHOCKS[0], SHOCKS[-1], len(SHOCKS)) == (D("-0.5"), D(3), 15)
    assert list(SHOCKS) == sorted(SHOCKS)
    assert shocks_between(D("-0.07"), D(4))[:2] == (D("-0.07"), D("-0.05"))
    assert shocks_between(D("-0.07"), D(4))[-2:] == (D(3), D(4))


@given(st.decimals("-0.99", "5", places=4), st.decimals("1", "20", places=1), st.booleans(), st.booleans())
def test_both_legs_sum_to_nothing_until_one_of_them_is_closed(move, leverage, reverse, inverse):
    symbol = "BTC/USD:BTC" if inverse else "BTC/USDT:USDT"
    plan = _plan("reverse" if reverse else "cash-and-carry", str(leverage), symbol=symbol, liquidation_level=D("1.1"))
    (path,) = _paths(plan, move)
    assert abs(path.pnl) <= D("2e-18")
    if path.closed_leg is None:
        assert path.net == path.pnl
    else:
        assert path.net < 0
        assert 0 < path.closed_move / path.spot_move <= 1


@given(st.decimals("-0.99", "5", places=3), st.decimals("-0.99", "5", places=3), st.decimals("1", "20", places=1))
def test_a_path_that_goes_further_never_undoes_a_liquidation(one, other, leverage):
    near, far = sorted((abs(one), abs(other)))
    plan = _plan("cash-and-carry", str(leverage))
    first, second = _paths(plan, near, far)
    assert second.liquidated or not first.liquidated
