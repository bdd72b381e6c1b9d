"""Rows of the lake as columns, in the order of the layout, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from fundcli.lake.layout import FUNDING, INDEX, MARK, OPEN_INTEREST, REVISION
from fundcli.lake.records import Asked, InterestHour, PriceHour, Row, Settlement, both_forms, exact_form, to_ms


def settlement(values: Sequence[Any], source: str = "") -> Settlement:
    """A settlement out of the columns of its kind; `source` stands in where a row names none."""
    name, time, rate, text, hours, price, price_text, named, fetched = values
    return Settlement(
        symbol=name, time_ms=to_ms(time), rate=exact_form(rate, text) or Decimal(0), interval_hours=hours,
        price=exact_form(price, price_text), source=named or source, fetched_ms=to_ms(fetched) if fetched else 0,
    )  # fmt: skip


def _settlements(rows: Sequence[Settlement]) -> list[list[Any]]:
    rates, prices = [both_forms(row.rate) for row in rows], [both_forms(row.price) for row in rows]
    return [
        [row.symbol for row in rows],
        [row.time_ms for row in rows],
        [number for number, _ in rates],
        [text for _, text in rates],
        [row.interval_hours for row in rows],
        [number for number, _ in prices],
        [text for _, text in prices],
        [row.source for row in rows],
        [row.fetched_ms for row in rows],
    ]


def _prices(rows: Sequence[PriceHour]) -> list[list[Any]]:
    return [
        [row.symbol for row in rows],
        [row.time_ms for row in rows],
        [row.open for row in rows],
        [row.high for row in rows],
        [row.low for row in rows],
        [row.close for row in rows],
        [row.source for row in rows],
        [row.fetched_ms for row in rows],
    ]


def _interests(rows: Sequence[InterestHour]) -> list[list[Any]]:
    return [
        [row.symbol for row in rows],
        [row.time_ms for row in rows],
        [row.amount for row in rows],
        [row.value for row in rows],
        [row.source for row in rows],
        [row.fetched_ms for row in rows],
    ]


def asked_columns(rows: Sequence[Asked]) -> list[list[Any]]:
    """Windows that were asked for, as columns."""
    return [
        [row.covers for row in rows],
        [row.symbol for row in rows],
        [row.since_ms for row in rows],
        [row.until_ms for row in rows],
        [row.fetched_ms for row in rows],
    ]


_COLUMNS: dict[str, Callable[[Any], list[list[Any]]]] = {
    FUNDING: _settlements,
    REVISION: _settlements,
    MARK: _prices,
    INDEX: _prices,
    OPEN_INTEREST: _interests,
}


def columns_of(kind: str, rows: Sequence[Row]) -> list[list[Any]]:
    """Rows as the columns of their kind, times in milliseconds."""
    return _COLUMNS[kind](rows)
