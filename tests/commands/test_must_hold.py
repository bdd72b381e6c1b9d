"""The numbers that the first issue fixes, to the last digit, as a script reads them."""

from decimal import Decimal as D
from fractions import Fraction

import pytest

from tests.commands.expect import answered, refused


@pytest.fixture
def ask(run):
    """A command's JSON result."""
    return lambda line: answered(run(*line.split(), "-o", "json"))


def _has(result, **expected):
    found = {name: result[name] for name in expected}
    assert found == {name: None if value is None else D(str(value)) for name, value in expected.items()}


def test_five_times_leverage_at_the_baseline(ask):
    """W3: 0.01 % x 5 = 0.05 % per settlement, x 3 = 0.15 % a day, x 1095 = 54.75 % a year, of margin."""
    result = ask("cost --leverage 5")
    _has(result, apr_on_margin="0.5475", apr_on_notional="0.1095", margin=2000, notional=10000)
    assert result["per_day"]["of_margin"] == D("0.0015")
    assert result["per_settlement"]["of_margin"] == D("0.0005")
    assert result["per_year"]["of_margin"] == D("0.5475")


def test_ten_bitcoin_at_ten_thousand_pay_ten(ask):
    """W4."""
    _has(ask("cost --size 10 --price 10000 --rate 0.01% --hold 8h"), funding=10, settlements=1, notional=100_000)


def test_a_position_flat_at_every_settlement_pays_nothing(ask):
    """W11."""
    result = ask("cost --open 2026-01-05T08:01Z --close 2026-01-05T15:59Z")
    _has(result, settlements=0, settlements_min=0, settlements_max=0, funding=0)
    assert result["schedule"] == []


def test_a_short_pays_a_negative_rate(ask):
    """10,000 x 0.01 % x 3 = 3."""
    _has(ask("cost --side short --rate=-0.01% --hold 1d --notional 10k"), funding=3, rate="-0.0001")


def test_w5_leaves_four(ask):
    """20 - 4 x 4 = 4; on 10,000 notional and 20,000 capital."""
    result = ask("carry --rate 0.20% --hold 8h --spot-fee 0.04% --perp-fee 0.04% --slippage 0 --notional 10000")
    _has(
        result, gross_funding=20, fees=16, net=4, net_on_notional="0.0004", net_on_capital="0.0002", capital=20_000,
        break_even_settlements=1, break_even_hours=8,
    )  # fmt: skip


def test_thirty_basis_points_take_thirty_settlements(ask):
    """0.10 % spot and 0.05 % perp, twice: 30 bp at 1 bp each."""
    _has(ask("carry --rate 0.01%"), fees=30, break_even_settlements=30, break_even_hours=240)


def test_half_a_day_is_one_and_a_half_settlements(ask):
    _has(
        ask("cost --hold 12h --notional 10k"),
        settlements="1.5", settlements_min=1, settlements_max=2, funding="1.5", funding_min=1, funding_max=2,
    )  # fmt: skip


def test_a_4_hour_contract_has_half_the_rate_and_the_same_year(ask):
    """0.03 % x 4 / 24 = 0.005 %; x 2190 = 10.95 %."""
    _has(ask("cost --exchange binance --interval 4h"), rate="0.00005", apr_on_notional="0.1095", interval_hours=4)


def test_a_tenth_of_a_percent_a_day_compounded_and_less_friction(ask):
    """W8: 1.001^365 - 1 = 0.440251..., less 0.06."""
    result = ask("apy --rate 0.1% --interval 1d --principal 100000 --friction 6%")
    exact = Fraction(1001, 1000) ** 365 - 1
    assert abs(Fraction(result["apy"]) - exact) < Fraction(1, 10**30)
    assert abs(Fraction(result["net_apy"]) - (exact - Fraction(6, 100))) < Fraction(1, 10**30)
    assert str(result["apy"]).startswith("0.44025")
    assert str(result["net_apy"]).startswith("0.38025")
    assert abs(Fraction(result["final_value"]) - 100_000 * (1 + exact - Fraction(6, 100))) < Fraction(1, 10**25)


def test_three_hundredths_of_a_percent_a_day_are_10_95_percent(ask):
    """W1."""
    _has(ask("apy --rate 0.03% --interval 1d"), apr="0.1095", periods=365)


def test_a_bare_hundredth_is_asked_about(run):
    refused(run("cost", "--rate", "0.01"), 2, "0.01%", "1%")
    assert answered(run("cost", "--rate", "1%", "-o", "json"))["rate"] == D("0.01")


@pytest.mark.parametrize("command", ["cost", "carry", "apy"])
def test_a_command_without_options_answers_offline(run, command):
    result = run(command)
    assert (result.code, result.err) == (0, "")
    assert result.out


def test_a_misspelt_exchange_gets_the_nearest_one(run):
    refused(run("rates", "--exchange", "binanse"), 2, "binanse", "Did you mean binance?")


@pytest.mark.parametrize(
    ("exchange", "rate"),
    [("binance", "0.0001"), ("bybit", "0.0001"), ("okx", "0.0001"), ("hyperliquid", "0.0000125")],
)
def test_the_baseline_of_every_exchange_is_ten_ninety_five_a_year(ask, exchange, rate):
    """0.03 % a day: 0.01 % per 8 h, 0.00125 % an hour."""
    _has(ask(f"cost -e {exchange}"), rate=rate, apr_on_notional="0.1095")
