"""Two writers and ten readers at once: no error, no wait for readers, no lost row."""

import subprocess
import sys

import pytest

from fundcli.errors import DataError
from fundcli.lake import reader
from fundcli.lake.records import from_ms
from fundcli.lake.writer import writer
from tests.lake.conftest import HOUR, JANUARY

BLOCK, BLOCKS = 20, 15
WRITER = f"""
import sys
from decimal import Decimal
from pathlib import Path
from fundcli.lake.records import Settlement
from fundcli.lake.writer import writer
root, name = Path(sys.argv[1]), sys.argv[2]
for block in range({BLOCKS}):
    rows = [
        Settlement(symbol=name, time_ms={JANUARY} + (block * {BLOCK} + i) * {HOUR}, rate=Decimal("0.0001"),
                   interval_hours=1, source="test", fetched_ms={JANUARY})
        for i in range({BLOCK})
    ]
    with writer(root, "binance") as writing:
        done = writing.add(rows)
    assert (done.added, done.known, done.revised) == ({BLOCK}, 0, 0), done
"""
READER = """
import sys, time
from pathlib import Path
from fundcli.lake import reader
root, end = Path(sys.argv[1]), Path(sys.argv[2])
seen, reads = {}, 0
while not end.exists() or not reads:
    for held in reader.contracts(root):
        assert held.settlements % %d == 0, held
        assert held.settlements >= seen.get(held.symbol, 0), (held, seen)
        seen[held.symbol] = held.settlements
    reads += 1
print(reads)
""".replace("%d", str(BLOCK))


def test_two_writers_and_ten_readers_at_once_lose_nothing(tmp_path):
    """Readers see whole writes of twenty rows, and never fewer than before."""
    lake, end = tmp_path / "lake", tmp_path / "end"
    readers = [_start(READER, lake, end) for _ in range(10)]
    writers = [_start(WRITER, lake, name) for name in ("A/USDT:USDT", "B/USDT:USDT")]
    codes = [process.wait(timeout=120) for process in writers]
    end.touch()
    for process in (*writers, *readers):
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        if process in readers:
            assert int(out) >= 1
    assert codes == [0, 0]
    assert [(held.symbol, held.settlements) for held in reader.contracts(lake)] == [
        ("A/USDT:USDT", BLOCK * BLOCKS), ("B/USDT:USDT", BLOCK * BLOCKS)
    ]  # fmt: skip
    held = reader.settlements(lake, "binance", "A/USDT:USDT", 0, 4_000_000_000_000)
    assert [row.time_ms for row in held] == [JANUARY + i * HOUR for i in range(BLOCK * BLOCKS)]
    assert not list(lake.rglob("*.part"))


def _start(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_reader_does_not_wait_for_a_writer_and_a_second_writer_does(run, lake, table):
    file = table("a.csv", "symbol,time,rate", [("BTCUSDT", JANUARY, "0.0001")])
    assert run("history", "import", file, "-e", "binance").code == 0
    with writer(lake, "binance"):
        # a reader that took the lock would find it held until its own end
        assert run("history", "list", "-o", "json").rows[0]["first"] == f"{from_ms(JANUARY):%Y-%m-%dT%H:%M:%SZ}"
        code = (
            "import sys; from pathlib import Path; from fundcli.lake.writer import writer\n"
            "with writer(Path(sys.argv[1]), 'binance', 0.2): pass"
        )
        done = subprocess.run([sys.executable, "-c", code, str(lake)], capture_output=True, text=True, check=False)
        assert "another fundcli has been writing binance" in done.stderr
        with writer(lake, "okx", 0.2):
            pass


def test_what_a_killed_writer_left_is_no_data_and_goes_with_the_next_write(run, lake, table):
    file = table("a.csv", "symbol,time,rate", [("BTCUSDT", JANUARY, "0.0001")])
    run("history", "import", file, "-e", "binance")
    part = lake / "kind=funding" / "exchange=binance" / "year=2024" / ".99.0.part"
    part.write_bytes(b"half")
    spilt = lake / ".locks" / "binance.spill" / "duckdb_temp_storage-0.tmp"
    spilt.parent.mkdir()
    spilt.write_bytes(b"set aside")
    assert run("history", "list", "-o", "json").rows[0]["settlements"] == 1
    run("history", "import", file, "-e", "binance")
    assert not part.exists() and not spilt.parent.exists()


def test_an_import_that_fails_halfway_through_its_writing_leaves_no_parts(lake, tmp_path):
    from fundcli.lake import imports

    file = tmp_path / "a.csv"
    lines = [f"BTCUSDT,{JANUARY + i * HOUR * 24 * 30},0.0001" for i in range(20)]
    file.write_text("\n".join(["symbol,time,rate", *lines]))
    sheet = imports.read(file, "binance", "BTC/USDT:USDT", None, {})
    blocked = lake / "kind=funding" / "exchange=binance" / "year=2025"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("")
    with pytest.raises(DataError, match="year=2025"), writer(lake, "binance") as writing:
        imports.put(writing, sheet, JANUARY)
    assert not list(lake.rglob("*.part"))
