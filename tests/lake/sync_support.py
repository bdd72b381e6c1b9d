"""What the sync tests share: the world's settlements as rows of a lake, and a lake's rows."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from fundcli.lake import reader
from fundcli.lake.layout import FUNDING, files
from tests.exchange_server import Contract, World
from tests.exchange_server.build import Spec, _build
from tests.exchange_server.world import HOUR_MS
from tests.exchanges.support import scheduled, symbol_of

ROOT = Path(__file__).resolve().parents[2]
Row = tuple[str, int, Decimal]
EVER = 1_300_000_000_000, 4_000_000_000_000


def lake() -> Path:
    """The lake of this test."""
    return Path(os.environ["FUNDCLI_DATA_DIR"]) / "lake"


def rows(exchange: str, root: Path | None = None) -> list[Row]:
    """Every settlement of an exchange in the lake, by symbol and time."""
    root = root or lake()
    symbols = [found.symbol for found in reader.contracts(root, [exchange])]
    return [
        (row.symbol, row.time_ms, row.rate)
        for symbol in symbols
        for row in reader.settlements(root, exchange, symbol, *EVER)
    ]


def whole(exchange: str, root: Path) -> list[tuple[object, ...]]:
    """The rows with all that they hold, but for when they came."""
    symbols = [found.symbol for found in reader.contracts(root, [exchange])]
    return [
        (row.symbol, row.time_ms, row.rate, row.interval_hours, row.price, row.source)
        for symbol in symbols
        for row in reader.settlements(root, exchange, symbol, *EVER)
    ]


def settled(contracts: list[Contract], since_ms: int = 0, until_ms: int = EVER[1]) -> list[Row]:
    """The same as the world has it."""
    return [
        (symbol_of(c), scheduled(s), Decimal(s.rate))
        for c in sorted(contracts, key=symbol_of)
        for s in c.history
        if since_ms <= scheduled(s) <= until_ms
    ]


def strays(folder: Path) -> list[Path]:
    """Files that a killed run left half-written."""
    return [path for path in folder.rglob("*") if path.suffix in (".part", ".spill", ".tmp")]


def intervals(exchange: str, symbol: str) -> list[int | None]:
    """The interval of each row of a contract in the lake."""
    return [row.interval_hours for row in reader.settlements(lake(), exchange, symbol, *EVER)]


def changing(now_ms: int, exchange: str = "binance") -> Contract:
    """A contract of 8 h, then 4 h, then 1 h, then 8 h again: 3,900 settlements in 400 days."""
    schedule = ((400, 8), (250, 4), (120, 1), (10, 8))
    return _build(exchange, Spec("LAYER", hours=8, schedule=schedule), now_ms, 400, None)


def spacing(c: Contract) -> list[int]:
    """The hours from each of a contract's settlements to the one before; the first takes those to the next."""
    steps = [(after - before) // HOUR_MS for before, after in pairwise(scheduled(s) for s in c.history)]
    return [steps[0], *steps]


def until(world: World, exchange: str, contract_id: str, time_ms: int) -> World:
    """The world before a time: a contract without what settled later."""
    c = world.contract(exchange, contract_id)
    return world.with_contract(exchange, contract_id, history=tuple(s for s in c.history if s.time_ms <= time_ms))


def with_rate(world: World, exchange: str, contract_id: str, index: int, rate: str) -> World:
    """The world with another rate for one past settlement."""
    history = list(world.contract(exchange, contract_id).history)
    history[index] = replace(history[index], rate=rate)
    return world.with_contract(exchange, contract_id, history=tuple(history))


def partitions(exchange: str, root: Path | None = None) -> list[Path]:
    return files(root or lake(), FUNDING, exchange)
