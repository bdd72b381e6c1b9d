"""One record of an export, what it says of a payment, and what a known export is."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal

import msgspec

from fundcli.core.units import parse_number
from fundcli.errors import UsageError

_NONE = ("", "--", "null", "none")


class Row(msgspec.Struct, frozen=True):
    """One record of a file: where it stands, and its cells by lower-case name."""

    line: int
    cells: Mapping[str, str]

    def text(self, *names: str) -> str:
        """The first of some cells that is filled."""
        return next((v for n in names if (v := self.cells.get(n, "")).lower() not in _NONE), "")

    def number(self, *names: str) -> Decimal | None:
        """The number in the first of some cells that is filled."""
        text = self.text(*names)
        return parse_number(text, names[0]) if text else None

    def needed(self, *names: str) -> Decimal:
        """A number that must be there."""
        value = self.number(*names)
        if value is None:
            raise UsageError(f"there is no {names[0]}", "Every payment needs one.")
        return value


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What a format says of one payment, before its symbol and time are read; zone: as the name of a column has it."""

    time: str
    zone: str = ""
    symbol: str
    amount: Decimal
    currency: str = ""
    size: Decimal | None = None
    rate: Decimal | None = None
    price: Decimal | None = None
    samples: Decimal = Decimal(1)
    receives: bool | None = None
    contracts: bool = False
    prices: Mapping[str, Decimal] = {}


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """A known export: the columns that tell it, and how a row is read (None: a row of another kind).

    header: the columns by which it is known; others: what they were called before, or are elsewhere. digits: behind the
    point of an amount at the least; fewer in one file are a matter of chance.
    """

    exchanges: Sequence[str]
    header: Sequence[str]
    others: Sequence[Sequence[str]] = ()
    read: Callable[[Row], Cell | None]
    digits: int
    has_size: bool = False

    def lacks(self, have: Collection[str]) -> list[str]:
        """The columns that the lower-case names of a header lack, by the spelling of the format that comes nearest."""
        lacking = [[one for one in each if one.lower() not in have] for each in (self.header, *self.others)]
        return min(lacking, key=len)


def utc(text: str) -> str:
    """A time whose column says that it is UTC.

    >>> utc("2024-01-01 00:00:00"), utc("")
    ('2024-01-01 00:00:00Z', '')
    """
    return f"{text}Z" if text and not text.endswith("Z") else text


def with_century(text: str) -> str:
    """A time with its year in full: Binance's exports write `23-08-06 02:34:03`.

    >>> with_century("23-08-06 02:34:03"), with_century("2023-08-06 02:34:03")
    ('2023-08-06 02:34:03', '2023-08-06 02:34:03')
    """
    return f"20{text}" if re.match(r"\d\d-\d\d-\d\d\b", text) else text


def day_last(text: str) -> str:
    """A time with its day in front: Bybit's trade history writes `08:00 2026-01-11`.

    >>> day_last("08:00 2026-01-11"), day_last("2026-01-11 08:00")
    ('2026-01-11 08:00', '2026-01-11 08:00')
    """
    clock, _, day = text.partition(" ")
    return f"{day} {clock}" if ":" in clock and day else text
