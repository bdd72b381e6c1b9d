"""Market lists on disk, for a day: what makes a second run fast."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from fundcli.exchanges.market import Market
from fundcli.exchanges.session import Network

_SECONDS_KEPT = 86_400
_FORMAT = 4
Listing = TypeVar("Listing", bound=msgspec.Struct)


class Kept(msgspec.Struct, Generic[Listing]):
    """A market list. `others`: names in the exchange's rates that are no perpetuals of the list (dated futures)."""

    format: int
    saved_at: float
    markets: list[Listing]
    others: list[str] = []


def load(
    network: Network, exchange: str, family: str, kind: type[Listing], any_age: bool = False
) -> Kept[Listing] | None:
    """The list of this kind of market saved within a day; None where there is none, or it cannot be read."""
    file = _file(network, exchange, family)
    if file is None:
        return None
    try:
        kept = msgspec.json.decode(file.read_bytes(), type=Kept[kind])  # type: ignore[valid-type]
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    age = time.time() - kept.saved_at
    young = age >= 0 and (any_age or age < _SECONDS_KEPT)
    return kept if kept.format == _FORMAT and young and kept.markets else None


def save(network: Network, exchange: str, family: str, markets: list[Listing], others: Iterable[str] = ()) -> None:
    """Save a list, all or nothing; a disk that refuses costs speed and nothing else."""
    file = _file(network, exchange, family)
    if file is None:
        return
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        for stray in file.parent.glob(f".{file.name}.*.part"):  # of a killed run
            stray.unlink(missing_ok=True)
        part.write_bytes(msgspec.json.encode(Kept(_FORMAT, time.time(), markets, sorted(others))))
        part.replace(file)


def known_symbols(cache_folder: Path, exchange: str) -> list[str]:
    """Perpetuals in any kept list of an exchange, for completion: never asks the network."""
    symbols: set[str] = set()
    for file in (cache_folder / "markets").glob(f"{exchange}-*.json"):
        with contextlib.suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
            symbols |= {m.symbol for m in msgspec.json.decode(file.read_bytes(), type=Kept[Market]).markets if m.active}
    return sorted(symbols)


def _file(network: Network, exchange: str, family: str) -> Path | None:
    """A gateway may lead to another world (a test network, a recording): its lists are kept apart."""
    if network.cache_folder is None:
        return None
    apart = f"-{hashlib.sha256(network.gateway.encode()).hexdigest()[:12]}" if network.gateway else ""
    return network.cache_folder / "markets" / f"{exchange}-{family.lower()}{apart}.json"
