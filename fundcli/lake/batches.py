"""Rows of many contracts gathered and written together, so that a partition is not replaced for each contract.

One thread writes, one partition at a time, whatever number of exchanges is read: memory stays bounded, and where the
disk is slower than the network, `put` waits. What has been written survives a kill; rows go before their coverage.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fundcli.lake.layout import FUNDING
from fundcli.lake.merging import Written
from fundcli.lake.records import Asked, Row
from fundcli.lake.spacing import spaced
from fundcli.lake.writer import writer

_ROWS = 40_000
_ROWS_IN_MEMORY = 2 * _ROWS
_SECONDS = 1.0
# Between writes so many times as long as the last one took: large partitions are replaced less often.
_REST = 9


@dataclass
class _Batch:
    rows: dict[str, list[Row]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return sum(map(len, self.rows.values()))


class Batches:
    """What waits to be written, by exchange. As a context manager it writes all of it at the end, whatever happened."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # What was done, by exchange and kind.
        self.written: dict[str, dict[str, Written]] = defaultdict(lambda: defaultdict(Written))
        # What an exchange's partitions could not be written for; the others go on.
        self.errors: dict[str, Exception] = {}
        self._waiting: dict[str, _Batch] = {}
        self._not_before = 0.0
        self._in_hand = 0
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Batches:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()

    def put(
        self, exchange: str, kind: str, rows: Sequence[Row], asked: Sequence[Asked], wait: Callable[[], None]
    ) -> None:
        """Add what came of a contract; `wait` is called now and then while the disk is behind."""
        with self._changed:
            while self._rows() > _ROWS_IN_MEMORY and not self._closing and exchange not in self.errors:
                self._changed.wait(0.2)
                wait()
            if exchange in self.errors:
                raise self.errors[exchange]
            if self._closing:
                return
            batch = self._waiting.setdefault(exchange, _Batch())
            batch.rows.setdefault(kind, []).extend(rows)
            batch.asked += asked
            self._changed.notify_all()

    def flush(self, exchange: str) -> None:
        """Write an exchange's batch soon: no more will come."""
        with self._changed:
            if exchange in self._waiting:
                self._waiting[exchange].since = 0.0
                self._changed.notify_all()

    def _rows(self) -> int:
        return self._in_hand + sum(batch.count for batch in self._waiting.values())

    def _due(self) -> str | None:
        """The exchange to be written next, the largest batch first."""
        if not self._waiting:
            return None
        largest = max(self._waiting, key=lambda name: self._waiting[name].count)
        if self._closing or self._rows() >= _ROWS:
            return largest
        now = time.monotonic()
        oldest = min(self._waiting, key=lambda name: self._waiting[name].since)
        since = self._waiting[oldest].since
        is_old = since == 0 or (now - since >= _SECONDS and now >= self._not_before)
        return oldest if is_old else None

    def _work(self) -> None:
        while True:
            with self._changed:
                while (name := self._due()) is None:
                    if self._closing:
                        return
                    self._changed.wait(0.2)
                batch = self._waiting.pop(name)
                self._in_hand = batch.count
            start = time.monotonic()
            try:
                if name not in self.errors:
                    self._write(name, batch)
            except Exception as error:  # noqa: BLE001 - the next `put` and the caller raise it
                self.errors[name] = error
            with self._changed:
                end = time.monotonic()
                self._not_before = end + _REST * (end - start)
                self._in_hand = 0
                self._changed.notify_all()

    def _write(self, exchange: str, batch: _Batch) -> None:
        with writer(self.root, exchange) as lake:
            changed = spaced(lake, batch.rows.get(FUNDING, []))  # type: ignore[arg-type]
            for kind, rows in batch.rows.items():
                lake.put(kind, rows)
            if not changed:
                lake.put_asked(batch.asked)
            for kind, done in lake.merge().items():
                self.written[exchange][kind] += sum(done.values(), Written())
            if changed:
                lake.respace(changed)
                lake.put_asked(batch.asked)
                lake.merge()
