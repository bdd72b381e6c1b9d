"""Questions to several exchanges at once, whose answers are taken one by one: each may lead to the next question."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fundcli.exchanges import SpotVenue, Venue

# Of a question.
Name = tuple[Any, ...]
# A thread that hangs in a socket is given this long past the deadline before it is left behind.
_GRACE_SECONDS = 0.5


@dataclass
class _Side:
    """What one exchange's perpetuals, or its spot markets, are being asked.

    under_way: names of questions without an answer, in the order in which they were asked. silent: it let its deadline
    pass with a question under way.
    """

    venue: Venue | SpotVenue
    under_way: dict[Name, None] = field(default_factory=dict)
    questions: queue.SimpleQueue[tuple[Name, Callable[[], Any]] | None] = field(default_factory=queue.SimpleQueue)
    threads: int = 0
    silent: bool = False


class Desk:
    """Asks each exchange on threads of its own, at most `workers`, which never keep the program from ending."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._sides: dict[int, _Side] = {}
        self._came: queue.SimpleQueue[tuple[_Side, Name, Any]] = queue.SimpleQueue()
        self._given_up: deque[tuple[Name, Any]] = deque()

    def silent(self, venue: Venue | SpotVenue) -> bool:
        """Whether it let its deadline pass when it was asked before."""
        return id(venue) in self._sides and self._sides[id(venue)].silent

    def ask(self, venue: Venue | SpotVenue, name: Name, question: Callable[[], Any]) -> None:
        """Have a question asked; `answer` tells its name."""
        from fundcli.exchanges import Silence

        side = self._sides.setdefault(id(venue), _Side(venue))
        if not side.under_way and not side.silent and isinstance(venue.deadline, Silence):
            venue.deadline.renew()  # it was not asked anything meanwhile
        side.under_way[name] = None
        side.questions.put((name, question))
        if side.threads < min(self._workers, len(side.under_way)):
            side.threads += 1
            threading.Thread(target=self._work, args=(side,), daemon=True).start()

    def answer(self) -> tuple[Name, Any]:
        """The name of a question that was answered, and what came: an ExchangeError where it failed.

        What an exchange has not answered when its deadline has passed, has failed.
        """
        while not self._given_up:
            waited = [(side, side.venue.deadline.left) for side in self._sides.values() if side.under_way]
            began = time.monotonic()
            try:
                side, name, result = self._came.get(timeout=min(left for _, left in waited) + _GRACE_SECONDS)
            except queue.Empty:
                self._give_up([side for side, left in waited if began + left + _GRACE_SECONDS <= time.monotonic()])
                continue
            if name in side.under_way:  # else it comes too late
                del side.under_way[name]
                side.silent = side.silent or side.venue.deadline.left <= 0
                return name, side.venue.failure(result) if isinstance(result, BaseException) else result
        return self._given_up.popleft()

    def close(self) -> None:
        """Nothing more will be asked."""
        for side in self._sides.values():
            for _ in range(side.threads):
                side.questions.put(None)

    def _give_up(self, sides: list[_Side]) -> None:
        for side in sides:
            if side.venue.deadline.left > 0:  # it moved meanwhile
                continue
            side.silent = True
            failed = side.venue.failure(TimeoutError("not finished in time"))
            self._given_up += [(name, failed) for name in side.under_way]
            side.under_way.clear()

    def _work(self, side: _Side) -> None:
        while (asked := side.questions.get()) is not None:
            name, question = asked
            try:
                self._came.put((side, name, question()))
            except BaseException as error:  # noqa: BLE001 - it is handed to the caller, who reports it
                self._came.put((side, name, error))
