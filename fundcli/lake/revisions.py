"""Rates that came later for settlements that were known already: they never stand in the place of the first."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from fundcli.lake.database import fetch, query
from fundcli.lake.layout import REVISION, files
from fundcli.lake.records import exact_form, from_ms, to_ms

_FOREVER = datetime(9999, 1, 1)


def revised_rates(
    root: Path, exchange: str, symbol: str, since_ms: int, until_ms: int, as_of_ms: int | None = None
) -> dict[int, list[Decimal]]:
    """The revised rates of a contract within a window, by settlement, in the order in which they came."""
    since, until = from_ms(since_ms).replace(tzinfo=None), from_ms(until_ms).replace(tzinfo=None)
    as_of = _FOREVER if as_of_ms is None else from_ms(as_of_ms).replace(tzinfo=None)
    wanted = {"symbol": symbol, "since": since, "until": until, "as_of": as_of}
    found: dict[int, list[Decimal]] = defaultdict(list)
    for time, rate, text in fetch(
        query("revisions"), files(root, REVISION, exchange, (since.year, until.year)), wanted
    ):
        value = exact_form(rate, text)
        if value is not None:
            found[to_ms(time)].append(value)
    return dict(found)
