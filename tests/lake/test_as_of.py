"""--as-of: what an answer would have been then, byte for byte the same whenever it is asked."""

from decimal import Decimal as D

import pytest

from fundcli.lake.records import Settlement
from fundcli.lake.spacing import spaced
from fundcli.lake.writer import writer
from tests.lake.filling import BTC, at, every, fill, ms

QUESTIONS = [
    "list", "show -s BTC", "show -s BTC/USDT:USDT --last 2d", "gaps", "gaps --since 30d", "stats", "stats --by year",
    "stats --last 2d --sort apr --top 1",
]  # fmt: skip
THEN = "2026-01-03T12:00"


@pytest.mark.parametrize("output", ["json", "csv", "tsv"])
@pytest.mark.parametrize("line", QUESTIONS)
def test_what_came_later_does_not_show_and_no_byte_changes(run, lake, line, output):
    first = every(8, "2026-01-01", "0.0001 0.0002 0.0003 0.0001 - 0.0004")
    fill(lake, first, fetched="2026-01-03", asked=("2025-12-31", "2026-01-03"))
    words = ("history", *line.split(), "-o", output, "--as-of", THEN)
    then = run(*words, now=at(THEN))
    assert then.code == 0, then.err

    fill(lake, every(8, "2025-12-30", "0.5 0.5 0.5"), fetched="2026-03-01", asked=("2025-01-01", "2026-03-01"))
    fill(lake, every(8, "2026-01-01", "0.1 0.1 0.1 0.1 0.0007 0.1 0.1 0.1"), fetched="2026-03-02")
    fill(lake, first, exchange="okx", fetched="2026-03-03", symbol="ETH/USDT:USDT")
    for now in (at("2026-03-04"), at("2026-11-21T22:00")):
        assert run(*words, now=now).out == then.out
    assert run(*words[:-2]).out != then.out


def test_rows_fetched_at_the_very_time_show_and_a_moment_later_not(run, lake):
    fill(lake, every(8, "2026-01-01", "0.0001 0.0002"), fetched="2026-01-02")
    fill(lake, every(8, "2026-01-01T16:00", "0.0003"), fetched="2026-01-02T00:00:00.001")
    shown = run("history", "show", "-s", BTC, "--as-of", "2026-01-02", "-o", "json")
    assert [str(row["rate"]) for row in shown.rows] == ["0.0001", "0.0002"]
    assert shown.json["as_of"] == "2026-01-02T00:00:00Z"


def test_a_revision_that_came_later_changes_no_answer(run, lake):
    fill(lake, every(8, "2026-01-01", "0.0001 0.0002"), fetched="2026-01-02")
    before = run("history", "show", "-s", BTC, "-o", "csv").out
    fill(lake, every(8, "2026-01-01", "0.0009"), fetched="2026-02-02")
    assert run("history", "show", "-s", BTC, "-o", "csv").out == before


def test_many_threads_add_up_to_the_same_bytes(run, lake):
    """Five years of an hourly contract over several files: sums of floats would differ in their last digits."""
    for year in range(2021, 2026):
        rates = " ".join(f"{(n * 7919 % 100_003) / 1e9:.17f}" for n in range(8000))
        fill(lake, every(1, f"{year}-01-01", rates))
    assert len({run("history", "stats", "-o", "json").out for _ in range(8)}) == 1


@pytest.mark.parametrize("line", ["show -s BTC", "list", "stats", "gaps"])
def test_an_interval_is_that_which_the_rows_of_then_showed(run, lake, line):
    """A run of hours and one settlement 8 h later: a hole, until more of them follow."""
    fill(lake, every(1, "2026-01-01", "1e-5 1e-5 1e-5 1e-5"), fetched="2026-01-02")
    fill(lake, every(8, "2026-01-01T11:00", "1e-4"), fetched="2026-01-02")
    words = ("history", *line.split(), "-o", "json", "--as-of", "2026-01-02")
    then = run(*words)
    with writer(lake, "binance") as writing:
        rows = [
            Settlement(symbol=BTC, time_ms=time, rate=D(rate), source="by hand", fetched_ms=ms("2026-01-03"))
            for time, rate in every(8, "2026-01-01T19:00", "1e-4 1e-4 1e-4")
        ]
        changed = spaced(writing, rows)
        assert changed == {(BTC, ms("2026-01-01T11:00")): 8}
        writing.add(rows)
        writing.respace(changed)
    assert run(*words).out == then.out
    shown = run("history", "show", "-s", BTC, "-o", "json").rows
    assert [row["interval_hours"] for row in shown] == [1, 1, 1, 1, 8, 8, 8, 8]
    if line.startswith("show"):
        assert [row["interval_hours"] for row in then.rows] == [1] * 5
