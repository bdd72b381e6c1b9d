"""Price paths, by hand: one coin at 100, maintenance 1 %, no fee."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.days import named
from fundcli.core.liquidation import MaintenanceTier
from fundcli.core.position import Position
from fundcli.core.stress import SHOCKS, default_floor, shocks_between, stressed
from fundcli.core.stress_plan import planned
from fundcli.errors import UsageError

ROUND = D("1e-12")


def _plan(direction="cash-and-carry", leverage="5", side=None, symbol="BTC/USDT:USDT", rate="0.01", **more):
    inverse = symbol.endswith(":BTC")
    position = Position(
        exchange="x", symbol=symbol, side=side or ("long" if direction == "reverse" else "short"),
        notional=D(1) if inverse else D(100), leverage=D(leverage), currency="BTC" if inverse else "USDT",
        size=D(100) if inverse else D(1), price=D(100),
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
