"""The ledger of a carry, by hand: fees, basis, capital in every mode of MATH.md, borrow."""

from decimal import Decimal as D
from fractions import Fraction

import pytest

from fundcli.errors import UsageError
from tests.core.plans import answer


def test_w5_one_settlement_pays_four_fills_and_leaves_four_hundredths_of_a_percent():
    """W5: 0.20 % received, 4 x 0.04 % paid: 20 - 16 = 4 on 10,000 notional and 20,000 capital."""
    result = answer("0.002", hold=8, fees="0.0004")
    assert (result.gross_funding, result.fees, result.net) == (20, 16, 4)
    assert (result.capital, result.net_on_notional, result.net_on_capital) == (20_000, D("0.0004"), D("0.0002"))


def test_w12_funding_of_a_hedge_is_what_its_short_receives():
    assert answer("0.0001", hold=24).gross_funding == 3
    assert answer("-0.0001", hold=24).gross_funding == -3
    assert answer("-0.0001", hold=24, direction="reverse").gross_funding == 3


def test_w13_a_spread_of_half_a_percent_with_five_percent_slippage_loses():
    """0.5 % received against 5 % of slippage: -4.5 % of notional."""
    result = answer("0.005", hold=8, slippage=[D("0.05"), D(0), D(0), D(0)])
    assert result.net_on_notional == D("-0.045")


def test_a_fee_is_charged_on_the_notional_of_its_own_fill():
    """100 coins, spot 100, perp 101 in and 100.2 out: 10 + 5.05 + 10 + 5.01 = 30.06."""
    fees = [D("0.001"), D("0.0005"), D("0.001"), D("0.0005")]
    result = answer(notional="10100", basis_open="0.01", basis_close="0.002", fees=fees)
    assert [leg.fee for leg in result.legs] == [10, D("5.05"), 10, D("5.01")]
    assert result.fees == D("30.06")
    assert [leg.price for leg in result.legs] == [100, 101, 100, D("100.2")]


def test_the_four_legs_open_and_close_both_sides():
    legs = answer().legs
    assert [(leg.leg, leg.side) for leg in legs] == [
        ("open spot", "buy"), ("open perp", "sell"), ("close spot", "sell"), ("close perp", "buy"),
    ]  # fmt: skip
    assert [leg.side for leg in answer(direction="reverse").legs] == ["sell", "buy", "buy", "sell"]


@pytest.mark.parametrize(
    ("direction", "close", "pnl"),
    [
        ("cash-and-carry", "0.002", 80),
        ("reverse", "0.002", -80),
        ("cash-and-carry", "0.018", -80),
        ("reverse", "0.018", 80),
    ],
)
def test_a_basis_that_narrows_pays_the_cash_and_carry_and_costs_the_reverse(direction, close, pnl):
    """100 coins: 100 x [(101 - 100) - (100.2 - 100)] = 80."""
    result = answer(notional="10100", basis_open="0.01", basis_close=close, direction=direction)
    assert result.basis_pnl == pnl


def test_without_an_exit_basis_it_stays_as_it_was():
    assert answer(basis_open="0.01").basis_pnl == 0


def test_both_legs_hold_the_same_quantity_and_not_the_same_notional():
    """Perp 125, spot 100, notional 10,000 on the perp: 80 coins on each side, 8,000 of spot."""
    result = answer(basis_open="0.25")
    assert result.quantity == 80
    assert {leg.quantity for leg in result.legs} == {D(80)}
    assert [leg.notional for leg in result.legs[:2]] == [8000, 10_000]


def test_a_spot_fee_taken_in_coin_shrinks_the_hedge():
    """Buy 10 at 10,000 with 0.1 % in coin, hold 9.99: funding 9.99 x 10,000 x 0.01 % x 3 = 29.97."""
    fees = [D("0.001"), D(0), D(0), D(0)]
    result = answer(notional="100000", spot_price="10000", fees=fees, hold=24, spot_fee_in_base=True)
    assert result.quantity == D("9.99")
    assert [leg.quantity for leg in result.legs] == [10, D("9.99"), D("9.99"), D("9.99")]
    assert result.notional == 99_900
    assert (result.gross_funding, result.fees) == (D("29.97"), 100)


def test_a_spot_fee_in_coin_leaves_a_reverse_carry_alone():
    """It sells first; what it buys back is the coin it owes."""
    assert answer(direction="reverse", fees="0.001", spot_fee_in_base=True).quantity == 100


def test_a_maker_rebate_is_a_negative_fee_and_adds_to_the_net():
    """2 x 10,000 x -0.005 % = -1."""
    result = answer(hold=8, fees=[D(0), D("-0.00005"), D(0), D("-0.00005")])
    assert (result.fees, result.net) == (-1, 2)


def test_linear_capital_is_the_spot_the_margin_and_the_buffer():
    """q S0 + q F0 / L + buffer = 80 x 100 + 80 x 125 / 4 + 500 = 11,000."""
    result = answer(basis_open="0.25", leverage="4", buffer=D(500))
    assert (result.capital_spot, result.capital_perp_margin, result.capital_buffer) == (8000, 2500, 500)
    assert result.capital == 11_000


@pytest.mark.parametrize(
    ("leverage", "haircut", "shock", "capital"),
    [
        ("2", "0.1", "0.5", 11_000),  # 10,000 + max(0, 5,000 + 5,000 - 9,000)
        ("2", "0.1", "0.3", 10_000),  # 5,000 + 3,000 < 9,000: the coin carries it
        ("1", "0.05", "0", 10_500),  # 10,000 + (10,000 - 9,500)
        ("1", "1", "1", 30_000),  # worthless as margin: 10,000 + 10,000 + 10,000
    ],
)
def test_spot_as_collateral_needs_only_what_its_haircut_value_does_not_cover(leverage, haircut, shock, capital):
    result = answer(leverage=leverage, haircut=D(haircut), shock=D(shock), collateral="spot")
    assert result.capital == capital


def test_a_rally_makes_spot_collateral_pay_interest_on_its_debit():
    """At 2x the coin carries margin and loss: 10,000 x 50 % = 5,000 owed at 7.3 % a year for 720 h are 30.

    At 1x 10,000 + 5,000 - 10,000 of money is put up, which pays the loss; with a buffer of 2,000 at 2x 3,000 are owed.
    """
    owing = {"collateral": "spot", "shock": D("0.5"), "borrow_rate": D("0.073")}
    assert answer(leverage="2", **owing).borrow == 30
    assert answer(leverage="1", **owing).borrow == 0
    assert answer(leverage="2", buffer=D(2000), **owing).borrow == 18
    assert answer(leverage="2", collateral="spot", borrow_rate=D("0.073")).borrow == 0


def test_cash_and_carry_with_cash_margin_borrows_nothing():
    assert answer(borrow_rate=D("0.073")).borrow == 0


def test_an_inverse_carry_ties_up_the_coin_alone():
    """10,000 USD at 50,000 is 0.2 BTC; funding 0.2 x 0.01 % x 3 = 0.00006 BTC; fees 4 x 0.2 x 0.05 % = 0.0004."""
    result = answer(symbol="BTC/USD:BTC", spot_price="50000", hold=24, fees="0.0005")
    assert (result.currency, result.notional, result.capital) == ("BTC", D("0.2"), D("0.2"))
    assert (result.gross_funding, result.fees) == (D("0.00006"), D("0.0004"))


def test_an_inverse_perp_is_a_fixed_amount_of_money():
    """Q = 10,100 at 101 is 100 coins, at 98 it is 10,100 / 98: that less 100 is the gain of the short.

    The fee of the closing fill is on the coins of that fill. Funding is Q / 101 x 0.01 %, three times.
    """
    fees = [D(0), D("0.001"), D(0), D("0.002")]
    result = answer(symbol="BTC/USD:BTC", notional="10100", basis_open="0.01", basis_close="-0.02", hold=24, fees=fees)
    closing = Fraction(10_100, 98)
    assert (result.notional, result.quantity, result.capital) == (100, 100, 100)
    assert result.gross_funding == D("0.03")
    assert abs(Fraction(result.basis_pnl) - (closing - 100)) < Fraction(1, 10**18)
    assert abs(Fraction(result.fees) - (Fraction("0.1") + closing * Fraction("0.002"))) < Fraction(1, 10**18)
    assert abs(Fraction(result.legs[3].quantity) - closing) < Fraction(1, 10**40)


def test_an_inverse_carry_borrows_no_money_in_a_rally():
    """Its perp loses coin, which is its margin."""
    owing = {"symbol": "BTC/USD:BTC", "shock": D("0.5"), "borrow_rate": D("0.073")}
    assert [answer(collateral=kind, **owing).borrow for kind in ("cash", "spot", "unified")] == [0, 0, 0]


def test_a_reverse_carry_ties_up_the_short_margin_and_the_perp_margin():
    """MATH.md: L_b = 3, L = 1, 10 % gross on notional is 6.667 % on 5,000 + 10,000 of capital."""
    result = answer("-0.1", hold=8, direction="reverse", borrow_leverage=D(3))
    assert (result.capital_spot, result.capital_perp_margin, result.capital) == (5000, 10_000, 15_000)
    assert result.net_on_notional == D("0.1")
    assert round(result.net_on_capital, 5) == D("0.06667")


def test_borrow_is_simple_interest_on_the_coin_sold_short():
    """10,000 x 7.3 % x 720 / 8760 = 60, charged by the time itself."""
    result = answer("-0.0001", direction="reverse", borrow_rate=D("0.073"))
    assert (result.borrow, result.borrow_hours) == (60, 720)
    assert result.net == 90 - 60


def test_returns_name_their_base_and_scale_the_hold_to_a_year():
    """60 net of 10,000 notional and 20,000 capital in 30 d: x 365 / 30 = 7.3 % and 3.65 %; gross 10.95 %."""
    result = answer(fees="0.00075")
    assert result.net == 60
    assert result.gross_apr_on_notional == D("0.1095")
    assert abs(result.net_apr_on_notional - D("0.073")) < D("1e-27")
    assert abs(result.net_apr_on_capital - D("0.0365")) < D("1e-27")


def test_apy_on_capital_compounds_the_hold_and_is_null_below_thirty_days():
    """1.003^(365 / 30) - 1."""
    result = answer(fees="0.00075")
    assert abs(float(result.net_apy_on_capital) - (1.003 ** (365 / 30) - 1)) < 1e-13
    assert answer(hold=719).net_apy_on_capital is None


def test_a_loss_of_all_capital_has_no_apy():
    assert answer("-0.03").net_apy_on_capital is None


def test_the_break_even_rate_is_the_rate_at_which_the_hold_just_pays():
    result = answer("0.0001", fees="0.00075")
    again = answer(result.break_even_rate, fees="0.00075")
    assert abs(Fraction(again.net)) < Fraction(1, 10**15)
    assert round(result.break_even_rate, 10) == D("0.0000333333")


@pytest.mark.parametrize(("opened", "closed"), [("-1", None), ("0", "-1"), ("-2", None)])
def test_a_basis_that_leaves_no_price_is_refused(opened, closed):
    with pytest.raises(UsageError, match="basis"):
        answer(basis_open=opened, basis_close=closed)


def test_without_a_spot_price_the_money_is_the_same_and_the_legs_show_none():
    priced, unpriced = (
        answer(fees="0.0005", basis_open="0.25"),
        answer(fees="0.0005", basis_open="0.25", spot_price=None),
    )
    assert (priced.net, priced.capital, priced.fees) == (unpriced.net, unpriced.capital, unpriced.fees)
    assert {leg.price for leg in unpriced.legs} == {None}
    assert unpriced.quantity is None


def test_a_reverse_with_the_fee_in_coin_buys_back_enough_to_repay_the_loan():
    """9.99 coins are owed and the fee is 0.1 % of the coin bought: 10 are bought at 100, and 0.01 coin is 1 USDT."""
    result = answer(
        "-0.001",
        hold=8,
        notional="999",
        direction="reverse",
        fees=[D(0), D(0), D("0.001"), D(0)],
        spot_fee_in_base=True,
    )
    close_spot = result.legs[2]
    assert (close_spot.side, close_spot.quantity, close_spot.fee) == ("buy", 10, 1)
    assert result.net == D("0.999") - 1
