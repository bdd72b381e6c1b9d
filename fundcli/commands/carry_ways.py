"""What `carry` says beyond one ledger: net against size, and whether to hold, close or switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from fundcli.commands.carry_price import Asked, Priced, price
from fundcli.commands.shared import Shared
from fundcli.core.capacity import capacity
from fundcli.core.capacity_answer import Capacity
from fundcli.core.carry_answer import CarryResult
from fundcli.core.choices import choices, funding_to_date, in_money_of
from fundcli.core.choices_answer import Choices
from fundcli.core.filling import level_ends, reach
from fundcli.core.symbols import is_dollar
from fundcli.core.units import to_ms
from fundcli.errors import FundcliError, UsageError
from fundcli.market.carrying import Trade


def capacity_of(priced: Priced, sizes: Sequence[Decimal], trade: Trade) -> Capacity:
    """Net against size out of the books that were read."""
    quotes, plan = priced.quotes, priced.plan
    largest, _ = reach(plan, quotes.spot, quotes.perp, trade.roles)
    if largest is None:
        raise UsageError(
            "--notionals needs an order book to be walked", "Add --live, with a taker's leg, no --slippage."
        )
    ends = level_ends(plan, quotes.spot, quotes.perp, trade.roles)
    return capacity(priced.result_at, sizes, largest, ends, trade.hurdle)


def choices_of(
    shared: Shared, trade: Trade, asked: Asked, priced: Priced, entered: datetime,
    switch: tuple[str | None, str | None], switch_rate: Decimal | None,
) -> tuple[Choices, list[str]]:  # fmt: skip
    """Hold, close or switch, what settled since the entry, and what to say about both."""
    now = shared.env.now()
    if entered >= now:
        raise UsageError("--entered lies in the future", "Name the time at which the carry was opened.")
    notes: list[str] = []
    other, worth = None, Decimal(1)
    to_exchange, to_symbol = switch
    if to_exchange is not None or to_symbol is not None:
        if asked.rate is not None and switch_rate is None:
            raise UsageError("--rate says nothing of the contract to move to", "Add --switch-rate, or ask with --live.")
        moved = replace(
            asked, exchange=to_exchange or asked.exchange, symbol=to_symbol or asked.symbol, rate=switch_rate,
            spot_exchange=None if to_exchange else asked.spot_exchange,
            price=asked.price if _is_coin_of(to_symbol, priced.result.symbol) else None,
        )  # fmt: skip
        found = price(shared, replace(trade, basis_open=None, basis_close=None), moved)
        other = found.result
        worth, said = _comparable(priced.result, other)
        notes += said
        notes += _named(found.profile.id, found.source.warnings, priced.source.warnings)
        priced.source.unreported += found.source.unreported
    to_date, note = _to_date(shared, asked, priced, entered, now)
    return choices(priced.result, other, entered, to_date, worth), [*notes, *note]


def _named(exchange: str, notes: Sequence[str], said: Sequence[str]) -> list[str]:
    """What is to be said of the other contract, each note with its exchange, without what has been said of it."""
    named = [note if note.startswith(f"{exchange}: ") else f"{exchange}: {note}" for note in notes]
    return [note for note in named if note not in said]


def _is_coin_of(typed: str | None, symbol: str) -> bool:
    """Whether what is typed names a contract of the same coin, so that a typed price is its price, too."""
    return typed is None or typed.partition("/")[0].upper() == symbol.partition("/")[0]


def _comparable(held: CarryResult, other: CarryResult) -> tuple[Decimal, list[str]]:
    """What the other contract's money is worth in that of the one held, and what is to be said of it.

    Refuses a contract that is no other one, and money whose worth is not known here (of another fiat currency).
    """
    if (other.exchange, other.symbol, other.spot_exchange) == (held.exchange, held.symbol, held.spot_exchange):
        raise UsageError(f"{held.exchange} {held.symbol} is the contract that is open", "Name another one to move to.")
    if other.currency == held.currency:
        return Decimal(1), []
    paid = f"{other.symbol} pays in {other.currency} and {held.symbol} in {held.currency}"
    worth = in_money_of(held, other)
    if worth is None:
        raise UsageError(
            f"{paid}: what one is worth in the other is not known", "Name a contract that pays in the same."
        )
    if is_dollar(other.currency) and is_dollar(held.currency):
        return worth, [f"{paid}: taken at par"]
    return worth, [f"{paid}: the switch is told in {held.currency}, at the spot prices now"]


def _to_date(
    shared: Shared, asked: Asked, priced: Priced, entered: datetime, now: datetime
) -> tuple[tuple[int, Decimal] | None, list[str]]:
    """What settled since the entry: out of the lake, and from the exchange where one is asked anyway."""
    from fundcli.market.past import past_rate

    store = shared.store
    asks = asked.online or priced.source.past is not None
    network = shared.network if asks and not store.alone else None
    if network is None and not store.holds(priced.profile.id):
        return None, ["what settled since the entry is not known: the lake holds nothing of it (--live, history sync)"]
    since = entered - timedelta(hours=25)
    try:
        past = past_rate(
            priced.profile, priced.result.symbol, since, now, network, shared.progress, store, (entered, now)
        )
    except FundcliError as error:
        return None, [f"what settled since the entry is not known: {error.message}"]
    notes = [f"{past.missing} settlements since the entry are missing"] if past.missing else []
    return funding_to_date(past.settled, past.prices, priced.result, to_ms(entered), to_ms(now)), notes
