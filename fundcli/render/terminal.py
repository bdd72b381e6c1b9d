"""Tables for a person, through rich: colour decided here, text never read as markup."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from fundcli.render.answer import Answer, Table
from fundcli.render.human import person
from fundcli.render.safe import harmless, harmless_lines

# A rule under the head, and nothing else.
_HEAD = box.Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
_STYLES = {"extreme": "bold red", "act": "red", "observe": "yellow"}


def wants_colour(environ: Mapping[str, str], is_terminal: bool, no_color: bool) -> bool:
    """--no-color, then NO_COLOR, FORCE_COLOR, TERM=dumb, then whether it is a terminal."""
    if no_color or environ.get("NO_COLOR"):
        return False
    forced = environ.get("FORCE_COLOR")
    if forced is not None and forced != "":
        return forced != "0"
    return environ.get("TERM") != "dumb" and is_terminal


def as_tables(answer: Answer, width: int | None, colour: bool, now: datetime) -> str:
    """The tables of an answer as text for a screen of this width."""
    out = StringIO()
    console = Console(
        file=out,
        width=width,
        color_system="standard" if colour else None,
        force_terminal=colour,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    for number, table in enumerate(table.for_people for table in answer.tables()):
        if number:
            console.print()
        if table.title:
            console.print(Text(harmless_lines(table.title), style="bold" if colour else ""))
        if table.chart is not None:
            from fundcli.render.chart import drawn

            console.print(Text(drawn(table.chart, console.width)))
            continue
        console.print(_rich(table, now, colour))
    console.print()
    console.print(Text(f"Positive: {answer.sign}.", style="dim" if colour else ""))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _rich(table: Table, now: datetime, colour: bool) -> RichTable:
    headed = any(column.heading for column in table.columns)
    rich = RichTable(
        box=_HEAD if headed else None,
        header_style="bold" if colour else "",
        pad_edge=False,
        padding=(0, 1, 0, 0),
        show_header=headed,
        show_edge=False,
    )
    for column in table.columns:
        rich.add_column(
            Text(harmless(column.heading)), justify="left" if column.kind == "text" else "right", overflow="fold"
        )
    for row in table.rows:
        cells = []
        for value, column in zip(row, table.columns, strict=True):
            kind = column.kind
            style = _STYLES.get(value, "") if colour and isinstance(value, str) else ""
            if colour and isinstance(value, Decimal) and value < 0:
                style = "cyan"
            cells.append(Text(person(value, kind, now), style=style))
        rich.add_row(*cells)
    return rich
