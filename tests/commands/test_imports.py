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


def test_a_prediction_offline_needs_none_either_and_a_chart_needs_its_library():
    assert _imported("predict", "--premium", "0", "-o", "json") & HEAVY == set()
    assert _imported("explain", "--sweep", "-1%..1%", "--chart") & HEAVY == {"rich", "plotille"}


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
