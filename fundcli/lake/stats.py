"""What a contract's settlements amount to over a window: the query, and its sums handed to core."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from fundcli.core.moments import ContractStats, Sums, contract_stats
from fundcli.lake.scope import Scope


def stats(scope: Scope, by_year: bool = False) -> Iterator[ContractStats]:
    """The statistics of every contract in scope, by exchange, symbol and year."""
    for row in scope.in_parts("stats", by_year=by_year):
        yield _of(*row)


def _of(
    exchange: str, symbol: str, year: int | None, settlements: int, known: int, hours: int | None,
    rates: int | None, quantiles: list[float] | None, steps: int | None, squares: int | None, positive: int,
    highest: float, lowest: float, shortest: int | None, longest: int | None, first: datetime, last: datetime,
) -> ContractStats:  # fmt: skip
    sums = Sums(
        settlements=settlements, known=known, hours=hours or 0, rates=rates or 0, quantiles=quantiles or (),
        steps=steps or 0, squares=squares or 0, positive=positive, highest=highest, lowest=lowest,
    )  # fmt: skip
    interval = shortest if shortest == longest else None
    return contract_stats(exchange, symbol, year, interval, first.replace(tzinfo=UTC), last.replace(tzinfo=UTC), sums)
