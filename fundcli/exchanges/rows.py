"""Raw rows of a bulk answer, each to its market: for venues whose rows ccxt does not read, or reads wrongly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from fundcli.exchanges.market import Market
from fundcli.exchanges.reading import Reading
from fundcli.exchanges.venue import Venue

Row = TypeVar("Row")


def by_id(
    venue: Venue,
    family: str,
    rows: Mapping[str, Row],
    markets: Sequence[Market],
    read: Callable[[Row, Market], Reading],
) -> list[Reading]:
    """The readings of these markets out of rows by the exchange's own id; a market without a row has no rate.

    A row whose id the market list does not know is remembered under its id: it may have been listed since.
    """
    known = {m.id: m.symbol for m in venue.loaded(family)}
    venue.named.update(known.get(name, name) for name in rows)
    return [read(rows[m.id], m) if m.id in rows else Reading(market=m, rate=None, problem="absent") for m in markets]
