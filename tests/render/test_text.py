"""The plain formats: tab-separated, CSV, Markdown, lines of JSON; and what a table does with text from outside."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from fundcli.render.answer import Answer, Column, Table
from fundcli.render.terminal import as_tables
from fundcli.render.text import as_csv, as_markdown, as_ndjson, as_tsv

NOW = datetime(2026, 11, 21, 22, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    name: str
    rate: D | None
    tags: tuple[str, ...] = ()


def _answer(*rows, title="a title"):
    columns = [Column("name", "name"), Column("rate", "RATE", "rate")]
    table = Table(columns, [(row.name, row.rate) for row in rows], title)
    return Answer(
        command="x",
        as_of=NOW,
        inputs={},
        sign="good",
        is_list=True,
        content_type=Row,
        content=rows,
        tables=lambda: [table],
    )


@pytest.mark.parametrize("start", ["=", "+", "@", "-"])
def test_a_cell_that_a_spreadsheet_would_run_is_disarmed(start):
    (_, row) = csv.reader(io.StringIO(as_csv(_answer(Row(f"{start}cmd|' /C calc'!A0", D(1))))))
    assert row[0] == f"'{start}cmd|' /C calc'!A0"


def test_a_negative_number_is_no_formula():
    (_, row) = csv.reader(io.StringIO(as_csv(_answer(Row("a", D("-0.0001"))))))
    assert row[1] == "-0.0001"


def test_csv_quotes_what_holds_commas_and_quotes():
    (head, row) = csv.reader(io.StringIO(as_csv(_answer(Row('a,"b"', None, ("x", "y"))))))
    assert head == ["name", "rate", "tags"]
    assert row == ['a,"b"', "", '["x","y"]']


def test_no_rows_are_a_header_alone():
    assert as_csv(_answer()) == "name,rate,tags\n"
    assert as_tsv(_answer()) == "name\trate\n"
    assert as_ndjson(_answer()) == b""


def test_a_tab_or_a_line_end_in_a_name_cannot_break_a_row():
    text = as_tsv(_answer(Row("a\tb\nc\x1b[31m", D(1)), Row("d", None)))
    assert text == "name\trate\na bc\t1\nd\t\n"


def test_a_pipe_in_a_name_cannot_break_a_markdown_row():
    text = as_markdown(_answer(Row("a|b\\c\nd", D("0.0001"))))
    assert "| a\\|b\\\\cd | 0.01% |\n" in text
    assert "|---|---:|\n" in text


@pytest.mark.parametrize(
    "name", ["[red]x[/red]", "[/api]", "[binance]", "1:100:5", ":rocket:", "[link=https://x.test]y[/link]"]
)
def test_markup_and_emoji_codes_are_shown_as_they_are(name):
    """STYLE: rich's markup eats [binance], raises on [/api] and turns 1:100:5 into an emoji."""
    for colour in (False, True):
        assert name in as_tables(_answer(Row(name, D(1))), 80, colour, NOW)


@pytest.mark.parametrize("name", ["a\x1b[31mb", "a\x1b]0;t\x07b", "a\u202eb", "a\nb"])
def test_nothing_from_outside_acts_in_a_table(name):
    assert "ab" in as_tables(_answer(Row(name, D(1))), 80, False, NOW)


def test_a_title_from_outside_is_made_harmless_too():
    shown = _answer(Row("a", D(1)), title="x\x1b[31m\u202ey[red]")
    for text in (as_tables(shown, 80, False, NOW), as_markdown(shown)):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "[red]" in text


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_narrow_table_folds_and_loses_nothing(width):
    """Every letter of the name is there, in its order, if need be over several lines."""
    name = "ABCDEFGHIJKLMNOPQRSTUVWXYZ/USDT:USDT"
    text = as_tables(_answer(Row(name, D("0.0001"))), width, False, NOW)
    assert all(len(line) <= width for line in text.splitlines())
    head = text.index("─")
    letters = "".join(char for char in text[head:] if char in set(name))
    assert letters.startswith(name)


def test_negative_numbers_are_marked_by_their_sign_and_not_by_colour_alone():
    answer = _answer(Row("a", D("-0.0001")))
    assert "-0.01%" in as_tables(answer, 80, True, NOW)
    assert "-0.01%" in as_tables(answer, 80, False, NOW)
