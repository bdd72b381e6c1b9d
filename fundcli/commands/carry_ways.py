"""What `carry` says beyond one ledger: net against size, and whether to hold, close or switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING

from fundcli.commands.carry_price import Asked, Priced, price
from fundcli.commands.shared import Shared
from fundcli.core.capacity import capacity
from fundcli.core.capacity_answer import Capacity
from fundcli.core.choices import choices, funding_to_date
from fundcli.core.choices_answer import Choices
from fundcli.core.filling import reach
from fundcli.core.units import to_ms
from fundcli.errors import FundcliError, UsageError
from fundcli.market.carrying import Trade

if TYPE_CHECKING:
    from fundcli.core.depth import Book


def capacity_of(priced: Priced, sizes: Sequence[Decimal], trade: Trade) -> Capacity:
    """Net against size out of the books that were read."""
    quotes, plan = priced.quotes, priced.plan
    largest, _ = reach(plan, quotes.spot, quotes.perp, trade.roles)
    if largest is None:
        raise UsageError(
            "--notionals needs an order book to be walked", "Add --live, with a taker's leg, no --slippage."
        )
    perp_unit = Decimal(1) if plan.inverse else plan.perp_price
    ends = [size * plan.perp_price for size in _ends(quotes.spot)] + [size * perp_unit for size in _ends(quotes.perp)]
    return capacity(priced.result_at, sizes, largest, ends, trade.hurdle)


def _ends(book: Book | None) -> list[Decimal]:
    """The sizes at which a level of a side is used up."""
    if book is None:
        return []
    return [size for side in (book.bids, book.asks) for size in accumulate(size for _, size in side)]


def choices_of(
    shared: Shared, trade: Trade, asked: Asked, priced: Priced, entered: datetime,
    switch: tuple[str | None, str | None], switch_rate: Decimal | None,
) -> tuple[Choices, list[str]]:  # fmt: skip
    """Hold, close or switch, what settled since the entry, and what to say about both."""
    now = shared.env.now()
    if entered >= now:
        raise UsageError("--entered lies in the future", "Name the time at which the carry was opened.")
    notes: list[str] = []
    other = None
    to_exchange, to_symbol = switch
    if to_exchange is not None or to_symbol is not None:
        if asked.rate is not None and switch_rate is None:
            raise UsageError("--rate says nothing of the contract to move to", "Add --switch-rate, or ask with --live.")
        moved = replace(
            asked, exchange=to_exchange or asked.exchange, symbol=to_symbol or asked.symbol, rate=switch_rate,
            spot_exchange=None if to_exchange else asked.spot_exchange, price=None,
        )  # fmt: skip
        found = price(shared, replace(trade, basis_open=None, basis_close=None), moved)
        other = found.result
        notes += [f"{found.profile.id}: {note}" for note in found.source.warnings]
        priced.source.unreported += found.source.unreported
    to_date, note = _to_date(shared, asked, priced, entered, now)
    return choices(priced.result, other, entered, to_date), [*notes, *note]


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
