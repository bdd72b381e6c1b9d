"""A lake filled by its own writer, out of rows written by hand or recorded."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from pathlib import Path

from fundcli.core.history import Stamp, clean
from fundcli.lake.records import Asked, Settlement
from fundcli.lake.spacing import spaced
from fundcli.lake.writer import writer

HOUR = 3_600_000
BTC = "BTC/USDT:USDT"


def ms(text: str) -> int:
    """Milliseconds of an ISO time in UTC, or of a number of them."""
    if text.isdigit():
        return int(text)
    value = datetime.fromisoformat(text)
    return round((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp() * 1000)


def every(hours: int, first: str, rates: str) -> list[tuple[int, str]]:
    """(time, rate) of settlements so many hours apart; `-` leaves one out."""
    return [(ms(first) + i * hours * HOUR, rate) for i, rate in enumerate(rates.split()) if rate != "-"]


def fill(root: Path, rows, symbol=BTC, exchange="binance", fetched="2026-11-01", asked=None, price=None) -> None:
    """Write (time, rate) rows of a contract as they came at a time, with the window that was asked for."""
    settled = [
        Settlement(symbol=symbol, time_ms=time, rate=D(rate), price=price, source="by hand", fetched_ms=ms(fetched))
        for time, rate in rows
    ]
    windows = [
        Asked(symbol=symbol, since_ms=ms(since), until_ms=ms(until), fetched_ms=ms(fetched))
        for since, until in ([asked] if asked else [])
    ]
    with writer(root, exchange) as lake:
        changed = spaced(lake, settled)
        lake.add(settled, windows)
        lake.respace(changed)


def recorded(shared: Path, name: str, time: str = "fundingTime") -> list[tuple[int, str]]:
    """(time, rate) of a recorded history, keyed by the scheduled instant."""
    with (shared / "history" / name).open(newline="") as file:
        stamps = [Stamp(ms(row[time]), D(row["fundingRate"])) for row in csv.DictReader(file)]
    return [(row.time_ms, str(row.rate)) for row in clean(stamps).settled]


def at(text: str) -> datetime:
    """A clock."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def later(text: str, **span: float) -> str:
    """An ISO time a span later."""
    return (at(text) + timedelta(**span)).isoformat()
