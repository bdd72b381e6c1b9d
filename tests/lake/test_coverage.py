"""What has been asked for: windows that touch are one, each kind has its own, and none is lost."""

from __future__ import annotations

from pathlib import Path

from fundcli.lake import reader
from fundcli.lake.layout import COVERAGE, FUNDING, MARK, files
from fundcli.lake.records import Asked
from fundcli.lake.writer import writer
from fundcli.market.sync_plan import windows
from tests.lake.filling import HOUR, ms

DAY = 24 * HOUR


def ask(root: Path, since: str, until: str, fetched: str, covers: str = FUNDING, symbol: str = "A/USDT:USDT") -> None:
    window = Asked(covers=covers, symbol=symbol, since_ms=ms(since), until_ms=ms(until), fetched_ms=ms(fetched))
    with writer(root, "okx") as lake:
        lake.add((), [window])


def known(root: Path, covers: str = FUNDING) -> list[tuple[str, int, int]]:
    return [(found.symbol, found.since_ms, found.until_ms) for found in reader.asked(root, "okx", covers=covers)]


def test_windows_that_touch_or_overlap_are_one_and_others_are_not(tmp_path: Path):
    for since, until in (("01", "03"), ("03", "05"), ("04", "06"), ("08", "09"), ("02", "03")):
        ask(tmp_path, f"2026-01-{since}", f"2026-01-{until}", "2026-02-01")
    ask(tmp_path, "2026-01-05", "2026-01-20", "2026-02-01", symbol="B/USDT:USDT")
    assert known(tmp_path) == [
        ("A/USDT:USDT", ms("2026-01-01"), ms("2026-01-06")),
        ("A/USDT:USDT", ms("2026-01-08"), ms("2026-01-09")),
        ("B/USDT:USDT", ms("2026-01-05"), ms("2026-01-20")),
    ]


def test_a_thousand_hourly_syncs_leave_one_window_to_look_at(tmp_path: Path):
    start = ms("2026-01-01")
    asked = [
        Asked(symbol="A/USDT:USDT", since_ms=time, until_ms=time + HOUR, fetched_ms=time)
        for time in range(start, start + 1000 * HOUR, HOUR)
    ]  # fmt: skip
    with writer(tmp_path, "okx") as lake:
        lake.add((), asked)
    assert known(tmp_path) == [("A/USDT:USDT", start, start + 1000 * HOUR)]


def test_settlements_that_were_asked_for_say_nothing_of_prices(tmp_path: Path):
    ask(tmp_path, "2026-01-01", "2026-02-01", "2026-02-01")
    assert known(tmp_path, MARK) == []
    assert windows(reader.asked(tmp_path, "okx", covers=MARK), 0, DAY) == [(0, DAY)]


def test_it_lies_in_the_year_in_which_it_was_asked_for(tmp_path: Path):
    ask(tmp_path, "2020-01-01", "2024-01-01", "2025-12-31T23:59")
    ask(tmp_path, "2024-01-01", "2025-01-01", "2026-01-01")
    assert [file.parent.name for file in files(tmp_path, COVERAGE, "okx")] == ["year=2025", "year=2026"]
    assert known(tmp_path) == [("A/USDT:USDT", ms("2020-01-01"), ms("2025-01-01"))]
