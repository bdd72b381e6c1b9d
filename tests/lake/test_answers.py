"""The answers' form: schemas, layouts and what they import."""

import json

import pytest
from jsonschema import Draft202012Validator

from tests.commands.expect import numbers_are_plain
from tests.commands.test_imports import HEAVY, _imported
from tests.lake.filling import BTC, every, fill

LINES = {
    "history-list": "history list",
    "history-show": "history show -s BTC --since 2026-01-01 --until 2026-01-02",
    "history-gaps": "history gaps",
    "history-stats": "history stats --by year",
}
FIELDS = {
    "history-list": "exchange symbol settlements first last interval_hours intervals fetched_at missing_hours",
    "history-show": "exchange symbol time rate interval_hours apr rate_8h price source fetched_at",
    "history-gaps": "exchange symbol where after before missing interval_hours",
    "history-stats": "exchange symbol year settlements hours mean_rate_8h apr p5_apr p50_apr p95_apr volatility "
    "positive highest_rate lowest_rate first last",
}


@pytest.fixture(autouse=True)
def _filled(lake):
    rates = "0.0001 0.00007311 -0.0000213 0.0001 - 0.0003 0.00025"
    fill(lake, every(8, "2025-12-31", rates), asked=("2025-12-30", "2026-01-02"), price=97843)
    fill(lake, every(1, "2026-01-01", "0.0000125 0.00002 0.0000125"), exchange="okx", symbol="BTC/USDC:USDC")
    fill(lake, every(8, "2026-01-01", "0.0001"), symbol="ETH/USDT:USDT")


@pytest.mark.parametrize("name", LINES)
def test_an_answer_is_valid_under_the_schema_that_it_names(run, name):
    result = run(*LINES[name].split(), "-o", "json")
    document = json.loads(result.out)
    assert document["schema"] == f"fundcli/{name}@1"
    schema = json.loads(run("schema", name).out)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)
    assert not Draft202012Validator(schema).is_valid(document | {"rows": [{}]})
    assert set(FIELDS[name].split()) <= set(document["rows"][0])
    numbers_are_plain(result.out)


@pytest.mark.parametrize("name", LINES)
def test_a_table_fills_a_terminal_of_80_columns(run, snapshot, name):
    result = run(*LINES[name].split(), "--no-color", "-q", terminal=True)
    assert (result.code, result.err) == (0, "")
    assert max(map(len, result.out.splitlines())) <= 80
    assert result.out == snapshot


@pytest.mark.parametrize("output", ["tsv", "json", "ndjson", "csv", "md"])
@pytest.mark.parametrize("name", LINES)
def test_a_plain_format_is_as_it_was(run, snapshot, name, output):
    result = run(*LINES[name].split(), "-q", "-o", output)
    assert (result.code, result.err) == (0, "")
    assert result.out == snapshot


@pytest.mark.parametrize("name", LINES)
def test_an_answer_needs_neither_an_exchange_nor_rich_nor_the_package_around_the_engine(name):
    found = _imported(*LINES[name].split(), "-o", "json")
    assert "_duckdb" in found
    assert found & HEAVY == set()


@pytest.mark.parametrize("page", ["list", "show", "gaps", "stats"])
def test_every_page_of_help_has_examples_that_are_understood(run, capsys, page):
    assert run("history", page, "--help").code == 0
    examples = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("  fundcli history")]
    assert examples
    assert all(words[2] == page for words in examples)
    for words in (["history", "stats", "-s", "BTC", "--by", "year"], ["history", "list", "-e", "binance"]):
        assert run(*words).code == 0


def test_the_symbol_in_every_row_is_the_unified_one(run):
    assert {row["symbol"] for row in run("history", "show", "-s", "btcusdt", "-o", "json").rows} == {BTC}
