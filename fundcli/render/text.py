"""The plain formats: tab-separated, CSV, Markdown. Full precision, nothing cut off."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from fundcli.render.answer import Answer, Table
from fundcli.render.encode import flat, to_json
from fundcli.render.human import person, script
from fundcli.render.safe import harmless, harmless_lines


def as_tsv(answer: Answer) -> str:
    """The columns of the tables, tab-separated, names in the first line; tables are parted by an empty line."""
    blocks = []
    for table in answer.tables():
        lines = ["\t".join(column.name for column in table.columns)]
        lines += ["\t".join(script(value) for value in row) for row in table.rows]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def as_csv(answer: Answer) -> str:
    """The rows alone with every field, or the one result as a row; nested records have dotted names."""
    records = answer.content if answer.is_list else [answer.content]
    rows = [{name: _cell(value) for name, value in flat(record).items()} for record in records]
    header = list(rows[0]) if rows else [field.name for field in _fields(answer.content_type)]
    out = StringIO()
    writer = csv.DictWriter(out, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_ndjson(answer: Answer) -> bytes:
    """One JSON object a line: the rows alone, or the one result."""
    records = answer.content if answer.is_list else [answer.content]
    return b"".join(to_json(record) + b"\n" for record in records)


def as_markdown(answer: Answer) -> str:
    """The tables as GitHub Markdown, as a person reads them."""
    blocks = [_markdown(table.for_people, answer) for table in answer.tables()]
    return "\n".join([*blocks, f"Positive: {answer.sign}.\n"])


def _markdown(table: Table, answer: Answer) -> str:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("\\", "\\\\").replace("|", "\\|") for cell in cells) + " |\n"

    title = harmless_lines(table.title).replace("\n", "  \n")
    text = f"**{title}**\n\n" if title else ""
    text += line(harmless(column.heading) for column in table.columns)
    text += "|" + "|".join("---" if column.kind == "text" else "---:" for column in table.columns) + "|\n"
    for row in table.rows:
        text += line(person(v, column.kind, answer.as_of) for v, column in zip(row, table.columns, strict=True))
    return text


def _cell(value: Any) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return to_json(value).decode()
    text = script(value)
    # A spreadsheet runs a cell that begins like this; text from an exchange must not.
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "@", "-") else text


def _fields(record_type: type) -> Sequence[Any]:
    from dataclasses import fields

    return fields(record_type)
