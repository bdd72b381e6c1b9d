"""Break-even: the smallest n >= 0 with n r N >= fees + slippage + borrow(hours(n)) - basis P&L."""

from decimal import Decimal as D

import pytest

from fundcli.core.schedule import MS_PER_HOUR
from tests.core.plans import answer


def test_thirty_basis_points_of_fees_take_thirty_settlements_at_the_baseline():
    """MATH.md: 30 / 1 = 30 settlements, 240 h at most, more than 232 h."""
    result = answer("0.0001", fees="0.00075")
    assert (result.break_even_settlements, result.break_even_hours, result.break_even_hours_min) == (30, 240, 232)


def test_w5_breaks_even_at_its_first_settlement():
    assert answer("0.002", hold=8, fees="0.0004").break_even_settlements == 1


@pytest.mark.parametrize(("rate", "settlements"), [("0.0001", 30), ("0.00011", 28), ("0.003", 1), ("0.0015", 2)])
def test_a_part_of_a_settlement_is_rounded_up(rate, settlements):
    """30 / 1.1 = 27.3 becomes 28; 30 / 30 is exactly 1."""
    assert answer(rate, fees="0.00075").break_even_settlements == settlements


@pytest.mark.parametrize("price", ["61234.5", "63111.7", "43210.9", "0.7", "3"])
@pytest.mark.parametrize("symbol", ["BTC/USDT:USDT", "BTC/USD:BTC"])
def test_a_price_with_no_end_does_not_cost_a_settlement(symbol, price):
    """30 x 0.01 % covers 4 x 0.075 % exactly, whatever is rounded on the way from notional to coins and back."""
    assert answer(fees="0.00075", symbol=symbol, spot_price=price).break_even_settlements == 30
    assert answer(fees="0.000750000001", symbol=symbol, spot_price=price).break_even_settlements == 31


def test_an_open_time_counts_the_hours_to_the_settlement_itself():
    """Opened 07:00: the first settlement after 1 h, the thirtieth 29 x 8 h later: 233 h."""
    result = answer("0.0001", fees="0.00075", open_ms=7 * MS_PER_HOUR)
    assert (result.break_even_settlements, result.break_even_hours, result.break_even_hours_min) == (30, 233, 233)


def test_an_open_at_the_settlement_instant_waits_a_whole_interval():
    assert answer("0.002", fees="0.0004", open_ms=8 * MS_PER_HOUR).break_even_hours == 8


@pytest.mark.parametrize("rate", ["0", "-0.0001"])
def test_costs_that_funding_never_covers_have_no_break_even(rate):
    result = answer(rate, fees="0.0005")
    assert (result.break_even_settlements, result.break_even_hours, result.break_even_hours_min) == (None, None, None)


def test_nothing_to_cover_is_even_from_the_start():
    assert answer("0", fees="0").break_even_settlements == 0
    assert answer("0.0001", fees="-0.0001").break_even_settlements == 0
    assert answer("0.0001", fees="-0.0001").break_even_hours == 0


def test_a_basis_gain_shortens_the_wait():
    """Fees 30, basis gain 20 on 100 coins (100.2 to 100): 10 / 1.002 a settlement: 10."""
    fees = [D("0.001"), D("0.0005"), D("0.001"), D("0.0005")]
    result = answer("0.0001", notional="10020", basis_open="0.002", basis_close="0", fees=fees)
    assert result.basis_pnl == 20
    assert result.break_even_settlements == 10


def test_borrow_lengthens_the_wait():
    """5 a settlement, fees 30, 7.3 % on 10,000 is 0.08333 an hour: 5 n >= 30 + 0.6667 n gives 6.9: 7."""
    result = answer("-0.0005", direction="reverse", fees="0.00075", borrow_rate=D("0.073"))
    assert (result.break_even_settlements, result.break_even_hours) == (7, 56)


def test_the_extra_hour_that_binance_charges_counts():
    """Fees 29.9, gain 4.3333 n, borrow 0.08333 for the first hour: n = 7 needs 30.33 >= 29.983; 9 coins at 26: 6."""
    tight = answer("-0.0005", direction="reverse", fees=[D("0.0026"), D(0), D(0), D(0)], borrow_rate=D("0.073"))
    assert tight.break_even_settlements == 6  # 26 / 4.3333 = 6.0 exactly
    marks = answer(
        "-0.0005", direction="reverse", fees=[D("0.0026"), D(0), D(0), D(0)], borrow_rate=D("0.073"),
        borrow_counting="hour_marks",
    )  # fmt: skip
    assert marks.break_even_settlements == 7


def test_a_long_wait_for_a_thin_gain_is_counted_exactly():
    """0.81 received, 0.8 paid for the coin (8.76 % a year is 0.1 an hour), fees 30 and one hour more: 30.1 / 0.01."""
    result = answer(
        "-0.000081", direction="reverse", fees="0.00075", borrow_rate=D("0.0876"), borrow_counting="hour_marks"
    )
    assert (result.break_even_settlements, result.break_even_hours) == (3010, 24_080)


def test_a_gain_thinner_than_the_extra_hour_of_a_year_still_breaks_even():
    """0.80005 received, 0.8 paid: 30.1 / 0.00005 = 602,000 settlements."""
    result = answer(
        "-0.000080005", direction="reverse", fees="0.00075", borrow_rate=D("0.0876"), borrow_counting="hour_marks"
    )
    assert result.break_even_settlements == 602_000


def test_an_open_just_before_a_settlement_saves_the_borrow_of_the_first_interval():
    """0.805 received each 8 h, the first after a minute, 0.1 an hour for the coin, fees 30.

    0.805 n >= 30 + 0.1 x (8 (n - 1) + 1 / 60), so 0.005 n >= 29.2016667: n = 5841, where n x 8 h would give 6000.
    """
    result = answer(
        "-0.0000805", direction="reverse", fees="0.00075", borrow_rate=D("0.0876"), open_ms=8 * MS_PER_HOUR - 60_000
    )
    assert result.break_even_settlements == 5841


def test_a_settlement_just_before_a_rollover_may_pay_where_the_next_does_not():
    """1.2 an hour received, 4 at the opening and after each 4 h (1 an hour), fees 0.3.

    After 7 h 8.4 against 8.3; after 8 h 9.6 against 12.3; from 11 h on (13.2 against 12.3) it pays again.
    """
    fees = [D("0.00003"), D(0), D(0), D(0)]
    result = answer(
        "-0.00012", interval=1, direction="reverse", fees=fees, borrow_rate=D("0.876"),
        borrow_counting="four_hour_rollovers",
    )  # fmt: skip
    assert result.break_even_settlements == 7


def test_rollovers_that_never_pay():
    """0.99 an hour received, 1 an hour paid in steps of 4: after 3 h 2.97 against 4, and no better later."""
    result = answer(
        "-0.000099", interval=1, direction="reverse", borrow_rate=D("0.876"), borrow_counting="four_hour_rollovers",
        fees=[D("0.00001"), D(0), D(0), D(0)],
    )  # fmt: skip
    assert result.break_even_settlements is None


def test_borrow_above_funding_never_breaks_even():
    """0.1 a settlement received, 0.6667 paid for the coin."""
    result = answer("-0.00001", direction="reverse", fees="0.0001", borrow_rate=D("0.073"))
    assert result.break_even_settlements is None
