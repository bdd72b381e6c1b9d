"""A position in a perpetual, and what it pays at one settlement.

Payment of the holder: s x q x P x r for a linear contract (in quote), s x (Q / P) x r in coin for an inverse position
of Q quote units; s = +1 long, -1 short. Positive: the holder pays.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from fundcli.core.numbers import exact, ledger
from fundcli.errors import UsageError

Side = Literal["long", "short"]
_LARGEST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A position to price; notional is in the settlement currency (quote for linear, coin for inverse).

    size is in base coin for a linear contract and in contracts for an inverse one; price is the entry price.
    """

    exchange: str
    symbol: str
    side: Side
    notional: Decimal
    leverage: Decimal
    currency: str
    size: Decimal | None = None
    price: Decimal | None = None

    @property
    def sign(self) -> int:
        """+1 long, -1 short."""
        return 1 if self.side == "long" else -1

    @property
    def inverse(self) -> bool:
        """Whether it is margined and paid in the coin."""
        return is_inverse(self.symbol)


def is_inverse(symbol: str) -> bool:
    """Whether a unified symbol settles in its base coin: `BTC/USD:BTC`."""
    return symbol.partition("/")[0] == symbol.rpartition(":")[2]


@exact
def open_position(
    *,
    exchange: str,
    symbol: str,
    side: Side,
    leverage: Decimal,
    notional: Decimal,
    size: Decimal | None = None,
    price: Decimal | None = None,
    contract_value: Decimal | None = None,
) -> Position:
    """A position from what was typed: `size` times `price`, or a notional in quote money.

    Inverse: size counts contracts of `contract_value` quote units, and a price is needed to state coin. Raises
    UsageError where price or contract value is missing. Bybit's example, 10,000 contracts of 1 USD at 8,000:

    >>> held = open_position(exchange="bybit", symbol="BTC/USD:BTC", side="long", leverage=Decimal(1),
    ...     notional=Decimal(0), size=Decimal(10000), price=Decimal(8000), contract_value=Decimal(1))
    >>> held.notional, held.currency
    (Decimal('1.25'), 'BTC')
    """
    currency = symbol.rpartition(":")[2]
    if is_inverse(symbol):
        if price is None:
            raise UsageError(f"{symbol} is paid in {currency}, which needs a price", "Give it with --price.")
        if size is not None and contract_value is None:
            raise UsageError(
                f"the value of one {symbol} contract is not in the profile", "Use --notional in quote money."
            )
        quote_money = notional if size is None or contract_value is None else size * contract_value
        contracts = quote_money / contract_value if contract_value else size
        amount = quote_money / price
        return Position(
            exchange=exchange, symbol=symbol, side=side, notional=amount, leverage=leverage, currency=currency,
            size=contracts, price=price,
        )  # fmt: skip
    if size is not None and price is None:
        raise UsageError("--size needs a price to become money", "Add --price, or ask with --live.")
    if size is not None and price is not None:
        notional = size * price
        if notional > _LARGEST:
            raise UsageError(f"{size} x {price} is beyond any market", "Write a position up to 1e15.")
    elif price is not None:
        size = notional / price
    return Position(
        exchange=exchange, symbol=symbol, side=side, notional=notional, leverage=leverage, currency=currency, size=size,
        price=price,
    )  # fmt: skip


@exact
def payment(position: Position, rate: Decimal, price: Decimal | None = None) -> Decimal:
    """Payment at one settlement: s x q x P x r, or s x (Q / P) x r in coin for an inverse position.

    `price` is the one at the settlement; without it, or without an entry price, the notional at entry stands.
    Bybit's example: 10,000 USD of BTCUSD at 8,000 and 0.01 % pay 0.000125 BTC.

    >>> held = Position(exchange="bybit", symbol="BTC/USD:BTC", side="long", notional=Decimal("1.25"),
    ...                 leverage=Decimal(1), currency="BTC", size=Decimal(10000), price=Decimal(8000))
    >>> payment(held, Decimal("0.0001")) == Decimal("0.000125")
    True
    """
    notional = position.notional
    if price is not None and position.price is not None:
        notional = notional * position.price / price if position.inverse else notional * price / position.price
    return ledger(position.sign * notional * rate)


@exact
def inverse_pnl(contracts: Decimal, contract_value: Decimal, entry: Decimal, exit_price: Decimal) -> Decimal:
    """Profit of a long inverse position in coin: contracts x value x (1 / entry - 1 / exit); negate it for a short.

    BitMEX's example: 15,000 contracts of 1 USD from 750 to 800 earn 1.25 XBT.

    >>> inverse_pnl(Decimal(15000), Decimal(1), Decimal(750), Decimal(800))
    Decimal('1.25')
    """
    return contracts * contract_value / entry - contracts * contract_value / exit_price
