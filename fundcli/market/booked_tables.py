"""Exports as records of text: a CSV, perhaps below a preamble or zipped, or what an API answered as JSON."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from fundcli.errors import DataError
from fundcli.lake.zips import unpacked
from fundcli.market.booked_rows import Row

_MOST_BYTES = 256 * 1024 * 1024
_SEPARATORS = (",", ";", "\t")
_PREAMBLE_LINES = 5
IsHeader = Callable[[set[str]], bool]


class Table(msgspec.Struct, kw_only=True):
    """A file as records; `header` as it is written, `zone` as a preamble or the file's name has it."""

    header: list[str]
    rows: list[Row]
    zone: str = ""


def read_table(file: Path, is_header: IsHeader) -> Table:
    """The records of a CSV (also zipped) or JSON file; `is_header` tells the header from a preamble by its names."""
    name, text = _text(file)
    if text.lstrip()[:1] in ("[", "{"):
        return _json_table(file, text)
    table = _csv_table(file, text, is_header)
    table.zone = table.zone or _zone_of(name) or _zone_of(file.name)
    return table


def _csv_table(file: Path, text: str, is_header: IsHeader) -> Table:
    lines = text.splitlines()
    if not any(line.strip() for line in lines):
        bad(file, "is empty", "It is a CSV or JSON export of funding payments.")
    starts = [i for i, line in enumerate(lines[:_PREAMBLE_LINES]) if line.strip()]
    start = next((i for i in starts if is_header(_names(lines[i]))), starts[0] if starts else 0)
    separator = max(_SEPARATORS, key=lines[start].count)
    reader = None
    try:
        header = [_clean(name) for name in next(csv.reader([lines[start]], delimiter=separator))]
        reader = csv.reader(io.StringIO("\n".join(lines[start + 1 :])), delimiter=separator, strict=True)
        rows = []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            line = start + 1 + reader.line_num
            if len(cells) < len(header) and any(cell.strip() for cell in header[len(cells) :]):
                bad(f"{file}:{line}:", f"{len(cells)} cells of {len(header)}", "The line is cut off.")
            rows.append(
                Row(
                    line,
                    {
                        name.lower(): _plain(_clean(cell), separator)
                        for name, cell in zip(header, cells, strict=False)
                        if name
                    },
                )
            )
    except csv.Error as error:
        line = start + 1 + (reader.line_num if reader is not None else 0)
        raise DataError(f"{file}:{line}: the table is damaged: {error}", "Export it again.") from None
    zone = re.search(r"Time Zone:\s*(UTC[+-]\d{1,2}(?::\d\d)?)", _clean(" ".join(lines[:start])), re.IGNORECASE)
    return Table(header=[name for name in header if name], rows=rows, zone=zone[1] if zone else "")


def _names(line: str) -> set[str]:
    """The lower-case names in a line, were it a header."""
    separator = max(_SEPARATORS, key=line.count)
    try:
        return {_clean(name).lower() for name in next(csv.reader([line], delimiter=separator), [])}
    except csv.Error:
        return set()


def _json_table(file: Path, text: str) -> Table:
    try:
        data = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        if not text.lstrip().startswith("{"):
            bad(file, "is not valid JSON", "Check where it was cut off.")
        data = [_json_line(file, place, line) for place, line in enumerate(text.splitlines(), 1) if line.strip()]
    for wrapper in ("result", "data", "list", "rows"):
        if isinstance(data, dict) and wrapper in data:
            data = data[wrapper]
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        bad(file, "is not a list of payments", "It is what the exchange's API answered, as JSON.")
    rows = []
    for place, item in enumerate(data, 1):
        flat = {**item, **item["delta"]} if isinstance(item.get("delta"), dict) else item
        cells = {
            str(k).lower(): "" if v is None else _clean(str(v))
            for k, v in flat.items()
            if not isinstance(v, dict | list)
        }
        rows.append(Row(place, cells))
    header = list(dict.fromkeys(str(k) for item in data for k in {**item, **_delta(item)}))
    return Table(header=header, rows=rows)


def _delta(item: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = item.get("delta")
    return inner if isinstance(inner, dict) else {}


def _json_line(file: Path, place: int, line: str) -> Any:
    try:
        return json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        bad(f"{file}:{place}:", "is not valid JSON", "Check where it was cut off.")


def _text(file: Path) -> tuple[str, str]:
    """The name and the text of a file, or of the one that a zip holds."""
    try:
        if file.stat().st_size > _MOST_BYTES:
            bad(file, "is larger than 256 MB", "Split it.")
        if file.suffix.lower() != ".zip":
            return file.name, file.read_text(encoding="utf-8-sig")
        with unpacked(file, "one export", _MOST_BYTES) as (name, raw):
            return name, raw.read().decode("utf-8-sig")
    except OSError as error:
        raise DataError(
            f"{file} cannot be read: {error.strerror or error}", "Check the path and its permissions."
        ) from None
    except UnicodeDecodeError:
        bad(file, "is not text", "It is a CSV or JSON file in UTF-8.")
    except (zipfile.BadZipFile, zlib.error, EOFError):
        bad(file, "is damaged", "Export it again.")


def _zone_of(name: str) -> str:
    """The zone in the name of a file: Binance writes `…(UTC+9).csv`, and `…(UTC--6)_….zip` for six hours behind.

    >>> _zone_of("Binance-Futures-Transaction-History-202603230525(UTC--6)_ab.csv"), _zone_of("income.csv")
    ('UTC-6', '')
    """
    found = re.search(r"\((?:UTC|GMT)([+-]{1,2})(\d{1,2}(?::?\d\d)?)\)", name)
    return f"UTC{found[1][-1]}{found[2]}" if found else ""


def _plain(text: str, separator: str) -> str:
    """A number without its thousands marks, and with a point: a table of semicolons has decimal commas.

    >>> _plain("1,234.5", ","), _plain("-10,5", ";"), _plain("1.234,5", ";"), _plain("BTC,USDT", ",")
    ('1234.5', '-10.5', '1234.5', 'BTC,USDT')
    """
    if separator == ";" and re.fullmatch(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+", text):
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", "") if separator != ";" and re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text) else text


def _clean(text: str) -> str:
    return text.replace("\ufeff", "").strip()


def few(header: Sequence[str]) -> str:
    """The names of a header, the first of them."""
    return ", ".join(name[:40] for name in header[:12])


def bad(file: object, problem: str, remedy: str) -> NoReturn:
    """Refuse a file."""
    raise DataError(f"{file} {problem}", remedy)
