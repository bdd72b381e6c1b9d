"""Progress on stderr, on a terminal alone: one line that is taken away again."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TextIO

from fundcli.render.safe import harmless

_EVERY_SECONDS = 0.1
_BAR = 20


class Silent:
    """Says nothing: stderr is no terminal, or -q."""

    def begin(self, what: str) -> None:
        """Nothing."""

    def step(self, what: str, done: int, total: int, left_seconds: float | None = None) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


class Line:
    """`asking okx, htx …`, then `htx [######....] 120/200`, rewritten in place."""

    def __init__(self, stderr: TextIO, width: int = 79) -> None:
        self._stderr = stderr
        self._width = width
        self._lock = threading.Lock()
        self._what = ""
        self._counts: dict[str, str] = {}
        self._shown = 0.0

    def begin(self, what: str) -> None:
        """Said at once: a request may be slow."""
        self._what = what
        self._write(f"asking {what} …")

    def step(self, what: str, done: int, total: int, left_seconds: float | None = None) -> None:
        """A count, at most ten times a second, and the time left where it is known."""
        with self._lock:
            filled = _BAR * done // max(total, 1)
            self._counts[what] = f"{what} [{'#' * filled}{'.' * (_BAR - filled)}] {done}/{total}"
            if left_seconds is not None:
                self._counts[what] += f", {_span(left_seconds)} left"
            if time.monotonic() - self._shown < _EVERY_SECONDS:
                return
        self._write("  ".join(self._counts.values()))

    def end(self) -> None:
        """Take the line away."""
        self._write("")

    def _write(self, text: str) -> None:
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._shown = time.monotonic()
            self._stderr.write("\r\x1b[2K" + harmless(text)[: self._width])
            self._stderr.flush()


def _span(seconds: float) -> str:
    """A span as a person waits for it.

    >>> _span(7.2), _span(130), _span(7_300)
    ('8s', '2m 10s', '2h 1m')
    """
    whole = -int(-seconds // 1)
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes}m {rest}s" if minutes < 60 else f"{minutes // 60}h {minutes % 60}m"


def progress_for(stderr: TextIO, is_terminal: bool, quiet: bool, width: int) -> Silent | Line:
    """A line on a terminal, silence elsewhere."""
    return Line(stderr, max(20, width - 1)) if is_terminal and not quiet else Silent()
