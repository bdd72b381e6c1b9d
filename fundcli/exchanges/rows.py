"""Rows as they stand on the wire, for venues where ccxt reads only a part of them, or loses all to one bad row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from fundcli.exchanges.client import Client
from fundcli.exchanges.market import Market
from fundcli.exchanges.reading import MOST_PLAUSIBLE_INTERVAL, Reading, number
from fundcli.exchanges.venue import Venue

Row = Mapping[str, Any]
AnyRow = TypeVar("AnyRow")
# Far beyond any plausible time, and small enough to count with.
_BEYOND_TIME = Decimal(10**15)


def rows_at(client: Client, answer: Any, *path: str) -> list[Row]:
    """The list of rows at a path of the answer that this thread got last; an error where there is none."""
    client.promised_list(*path)
    node = answer
    for key in path:
        node = node[key]
    found: list[Row] = node
    return found


def lists_at(client: Client, answer: Any, *path: str) -> list[list[Any]]:
    """The same where each row is a list."""
    client.promised_list(*path, of=list)
    node = answer
    for key in path:
        node = node[key]
    found: list[list[Any]] = node
    return found


def dicts(node: Any) -> list[Row]:
    """The mappings in a list within a row, none where it is null; a TypeError where it is something else."""
    if node is not None and not isinstance(node, list):
        raise TypeError("no list")
    return [item for item in node or [] if isinstance(item, dict)]


def by_id(venue: Venue, family: str, rows: Sequence[Row]) -> dict[str, Row]:
    """Rows by the exchange's own name of their contract; the venue remembers which contracts were named."""
    found = {str(row["symbol"]): row for row in rows if row.get("symbol")}
    known = {market.id: market.symbol for market in venue.loaded(family)}
    venue.named.update(known.get(name, name) for name in found)
    return found


def readings_by_id(
    venue: Venue,
    family: str,
    rows: Mapping[str, AnyRow],
    markets: Sequence[Market],
    read: Callable[[AnyRow, Market], Reading],
) -> list[Reading]:
    """The readings of these markets out of rows by the exchange's own id; a market without a row has no rate.

    A row whose id the market list does not know is remembered under its id: it may have been listed since.
    """
    known = {m.id: m.symbol for m in venue.loaded(family)}
    venue.named.update(known.get(name, name) for name in rows)
    return [read(rows[m.id], m) if m.id in rows else Reading(market=m, rate=None, problem="absent") for m in markets]


def hours_of(value: Any, units_per_hour: int, unit: str) -> tuple[Decimal | None, str]:
    """Hours of an interval in another unit, and what is wrong with it where it cannot be one."""
    if value is None or value == "":
        return None, ""
    amount = number(value)
    hours = None if amount is None else amount / units_per_hour
    if hours is None or not 0 < hours <= MOST_PLAUSIBLE_INTERVAL:
        return None, f"the interval '{value}' {unit} is unknown"
    return hours, ""


def milliseconds(value: Any, units_per_ms: int = 1) -> int | None:
    """A time on the wire; one that cannot be a time stays implausible, for `checked` to name."""
    time = number(value)
    if time is None:
        return None
    return int(min(max(time / units_per_ms, Decimal(-1)), _BEYOND_TIME))
