"""What a command hands over to be written: one result, many views."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

Kind = Literal["text", "rate", "percent", "money", "price", "number", "hours", "time", "day", "until"]


class Column(msgspec.Struct, frozen=True):
    """A column: its name for scripts, its heading for people and how a person reads its values."""

    name: str
    heading: str
    kind: Kind = "text"


class Cell(msgspec.Struct, frozen=True):
    """A value read otherwise than the rest of its column; `unit` follows it for people."""

    value: Any
    kind: Kind
    unit: str = ""


class Chart(msgspec.Struct, frozen=True):
    """A line to draw on a screen, with what its axes are called."""

    x: Sequence[Decimal]
    y: Sequence[Decimal]
    x_name: str
    y_name: str


class Table(msgspec.Struct, frozen=True):
    """Rows of raw values under columns, with a title for people, who are shown `chart` or `brief` in place of them.

    chart: on a screen alone. brief: the same, shorter.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    chart: Chart | None = None
    brief: Table | None = None

    @property
    def for_people(self) -> Table:
        """What a person reads."""
        return self if self.brief is None else self.brief


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a command.

    `content` is a frozen dataclass (a result) or a sequence of such rows, of type `content_type`. `sign` says what a
    positive number means. `tables` lays the content out, and is called for the formats that show tables alone.
    `unreported` names what nobody reported (refused under --strict), `missing` the sources that failed (exit 5 after
    the rest is printed), `broken` what is wrong with stored data (exit 3 after the rest is printed), `warnings` what
    the reader should know. `raw` is a document of its own kind (a JSON Schema), printed as it is.
    """

    command: str
    version: int = 1
    as_of: datetime
    inputs: Mapping[str, Any]
    content: Any
    content_type: type
    is_list: bool = False
    sign: str
    tables: Callable[[], Sequence[Table]]
    warnings: Sequence[str] = ()
    unreported: Sequence[str] = ()
    missing: Sequence[str] = ()
    broken: Sequence[str] = ()
    raw: Mapping[str, Any] | None = None

    @property
    def schema_name(self) -> str:
        """`fundcli/cost@1`."""
        return f"fundcli/{self.command}@{self.version}"
