"""The payment at one settlement, on the exchanges' own worked examples."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundcli.core.position import open_position, payment
from fundcli.errors import UsageError


def _linear(size, price, side="long", leverage=1):
    return open_position(
        exchange="x",
        symbol="BTC/USDT:USDT",
        side=side,
        leverage=D(leverage),
        notional=D(0),
        size=D(size),
        price=D(price),
    )


def _inverse(contracts, value, price, side="long"):
    return open_position(
        exchange="x", symbol="BTC/USD:BTC", side=side, leverage=D(1), notional=D(0), size=D(contracts), price=D(price),
        contract_value=D(value),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("size", "price", "rate", "paid"),
    [
        ("10", "10000", "0.0001", "10"),  # W4
        ("10", "8000", "0.0001", "8"),  # Binance's funding FAQ: mark x size x rate
        ("1", "60000", "0.0000125", "0.75"),  # Hyperliquid, one hour
        ("1", "20000", "0.0001", "2"),  # FTX, one hour
        ("1", "27000", "0.00017875", "4.82625"),  # dYdX test: 1,430 ppm / 8
    ],
)
def test_a_linear_long_pays_size_times_price_times_rate(size, price, rate, paid):
    assert payment(_linear(size, price), D(rate)) == D(paid)


@pytest.mark.parametrize(
    ("contracts", "value", "price", "rate", "paid"),
    [
        ("10000", "1", "8000", "0.0001", "0.000125"),  # Bybit: 10,000 USD at 8,000
        ("100", "100", "50000", "0.0001", "0.00002"),  # Binance COIN-M: 10,000 / 50,000 x 0.01 %
        ("10000", "1", "5000", "0.00025", "0.0005"),  # KuCoin: 2 BTC x 0.025 %
    ],
)
def test_an_inverse_long_pays_contract_value_over_price_times_rate_in_coin(contracts, value, price, rate, paid):
    held = _inverse(contracts, value, price)
    assert payment(held, D(rate)) == D(paid)
    assert held.currency == "BTC"


@pytest.mark.parametrize(
    ("side", "rate", "sign"),
    [("long", "0.0001", 1), ("short", "0.0001", -1), ("long", "-0.0001", -1), ("short", "-0.0001", 1)],
)
def test_longs_pay_shorts_when_the_rate_is_positive_and_the_reverse_when_negative(side, rate, sign):
    """TRAPS 8: all four cases. 10 x 10,000 x 0.01 % = 10."""
    assert payment(_linear("10", "10000", side), D(rate)) == sign * 10


def test_a_linear_payment_follows_the_price_at_the_settlement():
    """2 coins bought at 10,000, settled at 11,000: 2 x 11,000 x 0.01 % = 2.2."""
    assert payment(_linear("2", "10000"), D("0.0001"), D(11000)) == D("2.2")


def test_an_inverse_payment_shrinks_when_the_price_at_the_settlement_is_higher():
    """10,000 USD opened at 8,000, settled at 10,000: 1 BTC x 0.01 % = 0.0001 BTC."""
    assert payment(_inverse("10000", "1", "8000"), D("0.0001"), D(10000)) == D("0.0001")


def test_leverage_does_not_change_what_is_paid():
    assert payment(_linear("10", "10000", leverage=20), D("0.0001")) == payment(_linear("10", "10000"), D("0.0001"))


def test_an_inverse_position_of_quote_money_is_held_in_coin():
    held = open_position(
        exchange="x", symbol="BTC/USD:BTC", side="long", leverage=D(1), notional=D(10000), price=D(8000),
        contract_value=D(100),
    )  # fmt: skip
    assert (held.notional, held.size, held.currency) == (D("1.25"), 100, "BTC")


def test_an_inverse_position_needs_a_price():
    with pytest.raises(UsageError, match="price"):
        open_position(exchange="x", symbol="BTC/USD:BTC", side="long", leverage=D(1), notional=D(10000))


def test_a_size_in_contracts_needs_the_value_of_a_contract():
    with pytest.raises(UsageError, match="contract"):
        open_position(
            exchange="x", symbol="ETH/USD:ETH", side="long", leverage=D(1), notional=D(0), size=D(1), price=D(9)
        )


def test_a_size_in_coin_needs_a_price():
    with pytest.raises(UsageError, match="price"):
        open_position(exchange="x", symbol="BTC/USDT:USDT", side="long", leverage=D(1), notional=D(0), size=D(1))


@given(
    st.decimals("0.001", "1000", places=3),
    st.decimals("0.01", "99999", places=2),
    st.decimals("-0.03", "0.03", places=8),
)
def test_swapping_sides_negates_the_payment(size, price, rate):
    assert payment(_linear(size, price), rate) == -payment(_linear(size, price, "short"), rate)
