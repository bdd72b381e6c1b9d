"""What a command may import: an offline answer in a shell loop pays for nothing that it does not need."""

import subprocess
import sys

import pytest

PROBE = """
import io, sys
from fundcli.app import main
from fundcli.settings import Environment
out = io.TextIOWrapper(io.BytesIO())
code = main(sys.argv[1:], Environment(stdout=out))
assert code == 0, code
print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""
HEAVY = {
    "rich",
    "ccxt",
    "requests",
    "duckdb",
    "pydantic",
    "click",
    "aiohttp",
    "numpy",
    "pandas",
    "asyncio",
    "jsonschema",
    "plotille",
}


def _imported(*arguments):
    done = subprocess.run([sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("command", ["cost", "apy", "carry", "stress", "explain"])
def test_json_needs_none_of_the_heavy_packages(command):
    found = _imported(command, "-o", "json")
    assert "msgspec" in found  # the probe sees what is imported
    assert found & HEAVY == set()


@pytest.mark.parametrize("output", ["tsv", "csv", "ndjson", "md"])
def test_plain_formats_do_not_need_rich(output):
    assert _imported("cost", "-o", output) & HEAVY == set()


def test_a_hedge_ratio_of_typed_numbers_needs_none_and_one_of_a_file_no_database(tmp_path):
    numbers = ("--sigma-exposure", "4%", "--sigma-instrument", "3%", "--correlation", "0.86")
    assert _imported("hedge", *numbers, "-o", "json") & HEAVY == set()
    file = tmp_path / "prices.csv"
    file.write_text("time,exposure,instrument\n2026-01-01,1,1\n2026-01-02,2,3\n2026-01-03,3,2\n2026-01-04,1,2\n")
    assert _imported("hedge", "--file", str(file), "--frequency", "1d", "-o", "json") & HEAVY == set()


def test_a_book_of_a_file_needs_none(tmp_path):
    file = tmp_path / "book.yaml"
    position = "{exchange: binance, symbol: BTC, side: short, size: 1, entry: 5, leverage: 2, opened: 2026-01-01}"
    file.write_text(f"positions: [{position}]\n")
    assert _imported("book", str(file), "--offline", "-o", "json") & HEAVY == set()


def test_a_prediction_offline_needs_none_either_and_a_chart_needs_its_library():
    assert _imported("predict", "--premium", "0", "-o", "json") & HEAVY == set()
    found = _imported("explain", "--sweep", "-1%..1%", "--chart") & HEAVY
    assert found - {"numpy"} == {"rich", "plotille"}  # plotille takes NumPy where there is one


@pytest.mark.parametrize("command", ["cost", "profiles"])
def test_a_table_needs_rich_and_no_exchange(command):
    found = _imported(command, "-o", "table")
    assert "rich" in found
    assert found & (HEAVY - {"rich"}) == set()


def test_help_imports_no_exchange():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "fundcli", "cost", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("Usage: fundcli cost")
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "typer" in imported
    assert imported & HEAVY == set()
