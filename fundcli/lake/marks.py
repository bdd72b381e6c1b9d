"""Hourly mark prices of the lake: whose there are, and what they were."""

from __future__ import annotations

from fundcli.lake.layout import MARK
from fundcli.lake.scope import Scope


def marked(scope: Scope) -> list[str]:
    """The contracts of a scope's exchanges of which a mark price was known, whatever its symbols and its window."""
    return [symbol for _, symbol, _ in scope.ask("names", scope.files(MARK, windowed=False))]


def marks(scope: Scope) -> dict[str, dict[int, float]]:
    """The mark prices of a scope's symbols within its window: symbol → start of an hour in milliseconds → its open.

    The open of an hour is the price at the instant at which it begins. An hour that is not held is not there.
    """
    rows = scope.ask("marks", scope.files(MARK))
    return {symbol: dict(zip(times, opens, strict=True)) for symbol, times, opens in rows}
