"""Many small jobs at once, within a deadline, on threads that never keep the program from ending."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fundcli.exchanges.session import Deadline, DeadlineError

T = TypeVar("T")

# A thread that hangs in a socket is given this long past the deadline before it is left behind.
_GRACE_SECONDS = 0.5


def run_all(
    jobs: Sequence[Callable[[], T]],
    workers: int,
    deadline: Deadline,
    done: Callable[[int], None] | None = None,
) -> list[T | BaseException]:
    """Run every job on at most `workers` daemon threads; each result or exception, in the order of the jobs.

    `done` is called in the caller's thread with the number of jobs finished. A job that is not finished when the
    deadline has passed counts as `DeadlineError` and is left behind.
    """
    results: list[Any] = [DeadlineError("not finished in time")] * len(jobs)
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    finished: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    for index in range(len(jobs)):
        waiting.put(index)

    def work() -> None:
        while True:
            try:
                index = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                finished.put((index, jobs[index]()))
            except BaseException as error:  # noqa: BLE001 - it is handed to the caller, who raises or reports it
                finished.put((index, error))

    for _ in range(min(workers, len(jobs))):
        threading.Thread(target=work, daemon=True).start()
    for count in range(1, len(jobs) + 1):
        answer = _next(finished, deadline)
        if answer is None:
            break
        index, result = answer
        results[index] = result
        if done is not None:
            done(count)
    return results


def _next(finished: queue.SimpleQueue[tuple[int, Any]], deadline: Deadline) -> tuple[int, Any] | None:
    """What is finished next; None when the deadline, which may move meanwhile, has passed."""
    while True:
        left = deadline.left
        try:
            return finished.get(timeout=left + _GRACE_SECONDS)
        except queue.Empty:
            if deadline.left <= 0:
                return None
