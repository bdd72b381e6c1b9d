"""How far a sync over several exchanges has come, and how long it will still take."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from fundcli.market.gather import Progress


@dataclass
class _Share:
    total: int = 0
    done: int = 0
    since: float = field(default_factory=time.monotonic)

    @property
    def left_seconds(self) -> float | None:
        """By the pace so far; None before the first contract is done."""
        if not self.done:
            return None if self.total else 0.0
        return (time.monotonic() - self.since) / self.done * (self.total - self.done)


class Tally:
    """Contracts done and to be done; exchanges run side by side, so the slowest one says how long it takes."""

    def __init__(self, progress: Progress, exchanges: list[str]) -> None:
        self._progress = progress
        self._name = exchanges[0] if len(exchanges) == 1 else f"{len(exchanges)} exchanges"
        self._shares: dict[str, _Share] = {}
        self._lock = threading.Lock()
        progress.begin(", ".join(exchanges))

    def expect(self, exchange: str, contracts: int) -> None:
        """So many contracts of an exchange are to be done."""
        with self._lock:
            self._shares[exchange] = _Share(contracts)

    def step(self, exchange: str, done: int) -> None:
        """So many of them are done."""
        with self._lock:
            self._shares[exchange].done = done
            shares = list(self._shares.values())
            left = [share.left_seconds for share in shares]
        known = [seconds for seconds in left if seconds is not None]
        self._progress.step(
            self._name,
            sum(share.done for share in shares),
            sum(share.total for share in shares),
            max(known) if len(known) == len(left) else None,
        )
