"""Settled rates out of the lake: what a command need not ask an exchange for, or must not (--offline, --as-of)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fundcli.core.history import Settled, Stamp
from fundcli.core.symbols import unified
from fundcli.core.units import MS_PER_HOUR, to_ms
from fundcli.errors import DataError, UsageError, did_you_mean
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.lake.records import Asked


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """The lake as a command may use it: beside the exchanges, or (`alone`) in their place."""

    root: Path
    offline: bool = False
    as_of: datetime | None = None

    @property
    def alone(self) -> bool:
        """Whether no exchange may be asked."""
        return self.offline or self.as_of is not None

    def holds(self, exchange: str, kind: str = "funding") -> bool:
        """Whether there are files of an exchange; without any, DuckDB is not even loaded."""
        return (self.root / f"kind={kind}" / f"exchange={exchange}").is_dir()


def kept_symbols(store: Store, profile: Profile, symbols: Sequence[str]) -> list[str]:
    """The unified symbols that typed ones mean among the contracts of the lake; all of them where none is typed."""
    from fundcli.lake import reader

    held = [found.symbol for found in reader.contracts(store.root, [profile.id])] if store.holds(profile.id) else []
    if not held:
        raise DataError(
            f"the lake holds nothing of {profile.id} ({store.root})",
            f"Run `fundcli history sync -e {profile.id} --all` first.",
        )
    return [_meant(symbol, held, profile) for symbol in symbols] if symbols else held


def _meant(symbol: str, held: Sequence[str], profile: Profile) -> str:
    name = unified(symbol, profile.contracts.main)
    if name in held:
        return name
    base = name.partition("/")[0]
    alike = [other for other in held if other.partition("/")[0] == base]
    if len(alike) == 1 and "/" not in symbol:
        return alike[0]
    hint = did_you_mean(name, held, "`fundcli history list` shows what there is.")
    raise UsageError(f"the lake holds no '{symbol}' of {profile.id}", hint)


def kept_stamps(store: Store, exchange: str, symbol: str, since_ms: int, until_ms: int) -> list[Stamp]:
    """The settlements of a contract that the lake holds within a window, as they were known at --as-of."""
    if not store.holds(exchange):
        return []
    from fundcli.lake import reader

    as_of_ms = None if store.as_of is None else to_ms(store.as_of)
    rows = reader.settlements(store.root, exchange, symbol, since_ms, until_ms, as_of_ms)
    return [Stamp(row.time_ms, row.rate, row.price) for row in rows]


def kept_prices(store: Store, profile: Profile, symbol: str, instants_ms: Sequence[int]) -> dict[int, Decimal]:
    """The prices that payments use, at full hours, out of the lake's hours of that price."""
    kind = profile.funding.payment_price
    if kind not in ("mark", "index") or not instants_ms or not store.holds(profile.id, kind):
        return {}
    from fundcli.lake import reader

    as_of_ms = None if store.as_of is None else to_ms(store.as_of)
    return reader.prices(store.root, kind, profile.id, symbol, instants_ms, as_of_ms)


def path_prices(store: Store, profile: Profile, symbol: str, rows: Sequence[Settled]) -> tuple[dict[int, Decimal], str]:
    """The price at each settlement of a contract and at the open of its interval, and in words where they come from.

    That of the payment where the exchange told it, else the same kind of price at that hour, out of the lake.
    """
    found = {row.time_ms: row.price for row in rows if row.price is not None and row.price > 0}
    instants = {row.time_ms for row in rows}
    instants |= {row.time_ms - row.interval_hours * MS_PER_HOUR for row in rows if row.interval_hours}
    hourly = kept_prices(store, profile, symbol, sorted(instants - found.keys()))
    hourly = {time: price for time, price in hourly.items() if price > 0}
    kind = profile.funding.payment_price
    source = f"{kind} prices: {len(found):,} as paid, {len(hourly):,} of the lake's hours"
    return found | hourly, source


def wider(since: datetime, until: datetime) -> tuple[int, int]:
    """Stamps stray around their instant: a little wider than asked, then what is scheduled in the window is kept."""
    slack = MS_PER_HOUR // 2 - 1
    return to_ms(since) - slack, to_ms(until) + slack


class Known(msgspec.Struct, frozen=True):
    """What the lake holds of a contract within a window, and what of it is left to ask an exchange for."""

    stamps: list[Stamp]
    left: list[tuple[int, int]]


def known_of(store: Store, exchange: str, symbols: Sequence[str], since: datetime, until: datetime) -> dict[str, Known]:
    """What the lake holds of many contracts, in one reading; empty where the lake holds nothing of the exchange.

    What is left to ask has a full hour, not after `until`, at which something can have settled.
    """
    if not store.holds(exchange):
        return {}
    from fundcli.lake import reader
    from fundcli.market.sync_plan import windows

    window = wider(since, until)
    as_of_ms = None if store.as_of is None else to_ms(store.as_of)
    rows = reader.settlements_of(store.root, exchange, symbols, *window, as_of_ms)
    asked: dict[str, list[Asked]] = {}
    for each in reader.asked(store.root, exchange, symbols):
        asked.setdefault(each.symbol, []).append(each)
    return {
        symbol: Known(
            [Stamp(row.time_ms, row.rate, row.price) for row in rows.get(symbol, ())],
            windows(asked.get(symbol, ()), window[0], to_ms(until)),
        )
        for symbol in symbols
    }


def left_to_ask(store: Store, exchange: str, symbol: str, since_ms: int, until_ms: int) -> list[tuple[int, int]]:
    """What of a window no earlier sync has asked the exchange for."""
    if not store.holds(exchange):
        return [(since_ms, until_ms)]
    from fundcli.lake import reader

    return reader.missing(reader.asked(store.root, exchange, [symbol]), since_ms, until_ms)
