"""What the wire formats share: the call, windows of history, candles."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from tests.exchange_server.world import DAY_MS, HOUR_MS, MINUTE_MS, Contract, Level, Settlement, Spot, Tier, World

Row = dict[str, object]

STEPS_MS = {
    "1m": MINUTE_MS, "1": MINUTE_MS, "1min": MINUTE_MS, "MINUTE_1": MINUTE_MS,
    "5m": 5 * MINUTE_MS, "5": 5 * MINUTE_MS, "5min": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS, "15": 15 * MINUTE_MS, "15min": 15 * MINUTE_MS,
    "1h": HOUR_MS, "60": HOUR_MS, "60min": HOUR_MS, "1H": HOUR_MS,
    "4h": 4 * HOUR_MS, "240": 4 * HOUR_MS, "4hour": 4 * HOUR_MS, "4H": 4 * HOUR_MS,
    "1d": DAY_MS, "D": DAY_MS, "1day": DAY_MS, "1D": DAY_MS, "1Dutc": DAY_MS,
}  # fmt: skip


class WireError(Exception):
    """An answer that is not 200."""

    def __init__(self, status: int, payload: object) -> None:
        super().__init__(status, payload)
        self.status = status
        self.payload = payload


@dataclass(frozen=True)
class Call:
    """One request as the exchange would see it."""

    host: str
    path: str
    query: Mapping[str, str]
    body: bytes = b""

    def text(self, name: str, default: str = "") -> str:
        return self.query.get(name, default)

    def number(self, name: str) -> int | None:
        try:
            return int(float(self.query[name]))
        except (KeyError, ValueError):
            return None

    def limit(self, name: str, default: int, most: int) -> int:
        """A page size: cut to what the exchange allows, as the exchanges do, without a word."""
        return max(1, min(self.number(name) or default, most))

    def json(self) -> Mapping[str, object]:
        parsed = json.loads(self.body or b"{}")
        return parsed if isinstance(parsed, dict) else {}


def unknown_path(call: Call) -> WireError:
    return WireError(404, {"error": "the test server has no such path", "host": call.host, "path": call.path})


def window(contract: Contract, start_ms: int | None = None, end_ms: int | None = None) -> list[Settlement]:
    """Settlements from `start_ms` to `end_ms`, both included, ascending."""
    history = contract.history
    first = 0 if start_ms is None else bisect_left(history, start_ms, key=_time)
    last = len(history) if end_ms is None else bisect_right(history, end_ms, key=_time)
    return list(history[first:last])


def _time(settlement: Settlement) -> int:
    return settlement.time_ms


def page(rows: list[Settlement], start_ms: int | None, limit: int) -> list[Settlement]:
    """As Binance pages: the oldest `limit` rows after a start time, the newest ones without."""
    return rows[:limit] if start_ms is not None else rows[-limit:]


@dataclass(frozen=True)
class Candle:
    """A price, or the premium index, over [time_ms, end_ms]."""

    time_ms: int
    end_ms: int
    open: str
    high: str
    low: str
    close: str


def candles(
    contract: Contract, now_ms: int, step: str, start_ms: int | None, end_ms: int | None, limit: int,
    newest: bool = False, kind: str = "mark",
) -> list[Candle]:  # fmt: skip
    """Candles of the mark or index price, or of the premium index, that open within [start_ms, end_ms], ascending.

    More than `limit`: the oldest ones where a start was given and `newest` is not asked for.
    """
    step_ms = STEPS_MS.get(step)
    if step_ms is None:
        raise WireError(400, {"error": "the test server has no such candles", "step": step})
    end = min(now_ms, now_ms if end_ms is None else end_ms) // step_ms * step_ms
    start = end - (limit - 1) * step_ms
    if start_ms is not None:
        start = -(-start_ms // step_ms) * step_ms
        if newest:
            start = max(start, end - (limit - 1) * step_ms)
    stamps = range(start, end + 1, step_ms)[:limit]
    return [_candle(contract, now_ms, stamp, step_ms, kind) for stamp in stamps]


def _candle(contract: Contract, now_ms: int, stamp: int, step_ms: int, kind: str) -> Candle:
    if kind != "premium":
        return Candle(stamp, stamp + step_ms - 1, *contract.hour(kind, stamp, stamp + step_ms, now_ms))
    first, last = (contract.premium_at(t) for t in (stamp, min(stamp + step_ms, now_ms)))
    low, high = sorted((first, last), key=float)
    return Candle(stamp, stamp + step_ms - 1, first, high, low, last)


@dataclass(frozen=True)
class Interest:
    """Open interest at a full hour, as text: coins, and money in the quote currency."""

    time_ms: int
    coins: str
    money: str
    _counted: Decimal

    def contracts(self, size: str) -> str:
        """In contracts of so many coins (inverse: of so many USD)."""
        return f"{(self._counted / Decimal(size)).normalize():f}"


def interests(
    contract: Contract, now_ms: int, start_ms: int | None, end_ms: int | None, limit: int, newest: bool = False
) -> list[Interest]:
    """Open interest at the full hours within [start_ms, end_ms], ascending; too many: as with candles."""
    end = min(now_ms, now_ms if end_ms is None else end_ms) // HOUR_MS * HOUR_MS
    start = end - (limit - 1) * HOUR_MS
    if start_ms is not None:
        start = max(start, -(-start_ms // HOUR_MS) * HOUR_MS) if newest else -(-start_ms // HOUR_MS) * HOUR_MS
    found = []
    for stamp in range(start, end + 1, HOUR_MS)[:limit]:
        coins, money = contract.interest_at(stamp, now_ms)
        found.append(Interest(stamp, f"{coins:f}", f"{money:f}", coins if contract.linear else money))
    return found


def book(contract: Contract, unit: str, limit: int) -> tuple[list[list[str]], list[list[str]]]:
    """Bids and asks as [price, size] in text, the size in units of so many coins (inverse: of quote currency)."""
    return _texts(contract.book(), unit, limit)


def spot_book(world: World, exchange: str, spot: Spot, limit: int) -> tuple[list[list[str]], list[list[str]]]:
    """Bids and asks of a spot market as [price, size] in text, the size in coins."""
    return _texts(world.spot_book(exchange, spot), "1", limit)


def spot_called(world: World, exchange: str, name: str, called: Callable[[Spot], str]) -> Spot | None:
    """The spot market that the exchange calls so."""
    return next((s for s in world.spot.get(exchange, ()) if called(s) == name), None)


def _texts(sides: tuple[list[Level], list[Level]], unit: str, limit: int) -> tuple[list[list[str]], list[list[str]]]:
    bids, asks = (
        [[f"{price}", f"{(size / Decimal(unit)).normalize():f}"] for price, size in side[:limit]] for side in sides
    )
    return bids, asks


def counted(text: str, unit: str) -> str:
    """An amount in units (contracts) of so much each, as text."""
    return f"{(Decimal(text) / Decimal(unit)).normalize():f}"


def levels(contract: Contract, unit: str = "1") -> list[tuple[str, str, Tier]]:
    """The margin tiers with where each begins and ends, in units of so much each."""
    starts = ["0", *(tier.end for tier in contract.tiers)]
    pairs = zip(starts, contract.tiers, strict=False)
    return [(counted(start, unit), counted(tier.end, unit), tier) for start, tier in pairs]


def iso(time_ms: int) -> str:
    """2026-06-12T08:00:00.000Z"""
    seconds = datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{seconds}.{time_ms % 1000:03d}Z"


def day(time_ms: int) -> str:
    """20260612"""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y%m%d")


def tick(price: str) -> str:
    """The smallest step that a price written like this can make."""
    places = len(price.partition(".")[2])
    return f"{10.0**-places:.{places}f}"
