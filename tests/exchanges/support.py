"""What the online tests share: the exchanges, what the world says a row must be, and what every failure owes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Result
from tests.exchange_server import Contract, Settlement, World
from tests.exchange_server.world import HOUR_MS

EXCHANGES = (
    "binance", "binancecoinm", "okx", "bybit", "gate", "htx", "weex", "bitget", "hyperliquid", "krakenfutures",
    "bingx",
    "kucoinfutures",
    "mexc",
    "phemex",
    "woo",
    "bitfinex",
    "deribit",
    "dydx",
    "aster",
    "paradex",
    "backpack",
    "lighter",
)  # fmt: skip
#: These give mark and index beside the rate; OKX and HTX do not.
WITH_PRICES = (
    "binance", "binancecoinm", "bybit", "gate", "weex", "bitget", "hyperliquid", "krakenfutures",
    "bingx",
    "kucoinfutures",
    "mexc",
    "phemex",
    "woo",
    "deribit",
    "aster",
    "paradex",
    "backpack",
    "lighter",
)  # fmt: skip
#: Where no endpoint gives the history of coin-margined contracts, nor their interval.
WITHOUT_COIN_HISTORY = ("bingx",)
#: These give one of the two.
MARK_ALONE = ("bitfinex",)
INDEX_ALONE = ("dydx",)
#: The rate shown is the one that the next settlement will pay, computed a period before.
FIXED = ("krakenfutures", "bitfinex")
#: Nothing on their wire says the interval.
UNSAID = ("hyperliquid", "krakenfutures", "bitfinex", "deribit", "dydx", "lighter")
#: Their rates are computed from what the wire has: Kraken's by a price, Lighter's by the unit.
DERIVED = ("krakenfutures", "lighter")
#: They keep no list of payments, so settled rates are refused.
WITHOUT_HISTORY = ("paradex",)
#: Nothing settles at an instant there: a rate now has no settlement to come.
TIMELESS = ("deribit", "paradex")
#: Their profiles have no spot fee, so a carry must be given one.
WITHOUT_SPOT = (
    "deribit",
    "dydx",
    "aster",
    "paradex",
    "backpack",
)
#: Their history is kept by these hours, whatever unit the rate now has.
HISTORY_HOURS = {"deribit": 1}
WITH_HISTORY = tuple(name for name in EXCHANGES if name not in WITHOUT_HISTORY)


def spread(exchanges: Iterable[str], kinds: Iterable[Any], each: int) -> list[Any]:
    """Pairs of exchange and kind for parametrize: every exchange meets at least `each` kinds and every kind several
    exchanges; the rest of the product is marked `slow`."""
    chosen = list(kinds)
    step = max(1, len(chosen) // each)
    return [
        pytest.param(exchange, kind, marks=() if (i + j) % step == 0 else pytest.mark.slow)
        for i, exchange in enumerate(exchanges)
        for j, kind in enumerate(chosen)
    ]


def held(world: World, exchange: str) -> list[Contract]:
    """The active perpetuals that the exchange really trades: what `rates` must show."""
    every = world.of("binance" if exchange == "binancecoinm" else exchange)
    funded = [c for c in every if c.perpetual and c.active and not c.demo and not c.pre_launch]
    return [c for c in funded if not c.linear] if exchange == "binancecoinm" else funded


def remembered(world: World, exchange: str) -> list[Contract]:
    """Those of the held contracts whose settlements the exchange tells."""
    return [c for c in held(world, exchange) if c.linear or exchange not in WITHOUT_COIN_HISTORY]


def symbol_of(c: Contract) -> str:
    """ccxt's unified symbol: currency codes in capitals, also Hyperliquid's kPEPE."""
    return f"{c.base}/{c.quote}:{c.settle}".upper()


def iso(time_ms: int) -> str:
    """As fundcli writes an instant."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(time_ms: int) -> str:
    """An instant for the command line."""
    return iso(time_ms)


def scheduled(s: Settlement) -> int:
    """The full hour that a jittered stamp belongs to."""
    return round(s.time_ms / HOUR_MS) * HOUR_MS


def by_symbol(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows by symbol; each symbol once."""
    found = {row["symbol"]: row for row in rows}
    assert len(found) == len(rows), "a symbol stands twice"
    return found


def same_rate(given: object, text: str) -> bool:
    """Equal to the last digit."""
    return Decimal(str(given)) == Decimal(text)


def close_rate(given: object, text: str) -> bool:
    """Equal as far as a float on the wire (Kraken) can carry it: 15 digits."""
    wanted = Decimal(text)
    return abs(Decimal(str(given)) - wanted) <= abs(wanted) * Decimal("1e-14")


def assert_failed(result: Result, code: int = 4) -> str:
    """One line on stderr with a remedy, nothing on stdout; returns the line."""
    assert result.code == code, (result.code, result.err, result.out[:300])
    assert result.out == ""
    lines = result.err.splitlines()
    assert len(lines) == 1, result.err
    assert lines[0].startswith("fundcli: error: ")
    assert "Traceback" not in result.err
    # message and remedy: two sentences at least
    assert re.search(r"\. [A-Z`]", lines[0]), f"no remedy: {lines[0]}"
    return lines[0]


def assert_partial(result: Result) -> str:
    """Exit 5, an answer, and one line that says what is missing; returns the line."""
    assert result.code == 5, (result.code, result.err)
    assert result.out != ""
    assert "Traceback" not in result.err
    lines = [line for line in result.err.splitlines() if line.startswith("fundcli: error: ")]
    assert len(lines) == 1, result.err
    return lines[0]
