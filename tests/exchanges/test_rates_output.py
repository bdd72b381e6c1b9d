"""Filters, orders and forms of `rates` over the wire, and history in the plain forms."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer
from tests.exchanges.support import held, same_rate, symbol_of

OKX = ("rates", "-e", "okx")


def _apr(rate: str, hours: int) -> Decimal:
    return Decimal(rate) * 8760 / hours


def test_rates_stand_by_the_size_of_their_apr_and_not_of_the_bare_rate(run: Run, server: ExchangeServer):
    for contract_id, rate in (("BTC-USDT-SWAP", "0.0004"), ("SOL-USDT-SWAP", "-0.0003"), ("LAYER-USDT-SWAP", "0.0001")):
        server.world = server.world.with_contract("okx", contract_id, rate=rate)
    # per 8 h: LAYER (1 h) 0.0008, SOL (4 h) -0.0006, BTC (8 h) 0.0004
    rows = run(*OKX, "-s", "BTC", "-s", "SOL", "-s", "LAYER", "-o", "json", now=None).rows
    assert [row["base"] for row in rows] == ["LAYER", "SOL", "BTC"]
    assert [row["rate_8h"] for row in rows] == [Decimal("0.0008"), Decimal("-0.0006"), Decimal("0.0004")]


def test_top_is_the_first_of_the_sorted(run: Run, server: ExchangeServer):
    everything = run(*OKX, "-o", "json", now=None).rows
    top = run(*OKX, "--top", "3", "-o", "json", now=None).rows
    assert [row["symbol"] for row in top] == [row["symbol"] for row in everything[:3]]


def test_quote_keeps_only_that_quote(run: Run, server: ExchangeServer):
    rows = run(*OKX, "--quote", "usdc", "-o", "json", now=None).rows
    assert [row["symbol"] for row in rows] == ["ETH/USDC:USDC"]


def test_min_apr_keeps_both_signs(run: Run, server: ExchangeServer):
    rows = run(*OKX, "--min-apr", "50%", "-o", "json", now=None).rows
    wanted = {symbol_of(c) for c in held(server.world, "okx") if abs(_apr(c.rate, c.interval_hours)) >= Decimal("0.5")}
    assert {row["symbol"] for row in rows} == wanted


@pytest.mark.parametrize("output", ["csv", "ndjson"])
def test_csv_and_ndjson_carry_every_digit(run: Run, server: ExchangeServer, output: str):
    out = run(*OKX, "-o", output, now=None).out
    if output == "csv":
        rows = list(csv.DictReader(io.StringIO(out)))
    else:
        rows = [json.loads(line, parse_float=Decimal) for line in out.splitlines()]
    assert len(rows) == len(held(server.world, "okx"))
    found = {row["symbol"]: row["rate"] for row in rows}
    assert all(same_rate(found[symbol_of(c)], c.rate) for c in held(server.world, "okx"))
    assert "E-" not in out


def test_tsv_has_one_line_a_contract(run: Run, server: ExchangeServer):
    lines = run(*OKX, now=None).out.splitlines()
    body = [line for line in lines[1:] if line.startswith("okx\t")]
    assert len(body) == len(held(server.world, "okx"))


def test_out_writes_the_answer_to_a_file_and_nothing_to_stdout(run: Run, server: ExchangeServer, tmp_path):
    file = tmp_path / "rates.json"
    result = run(*OKX, "-o", "json", "--out", str(file), now=None)
    assert (result.code, result.out) == (0, "")
    assert len(json.loads(file.read_text())["rows"]) == len(held(server.world, "okx"))


def test_fail_if_looks_at_any_row(run: Run, server: ExchangeServer):
    server.world = server.world.with_contract("okx", "BTC-USDT-SWAP", rate="0.0012")
    asked = (*OKX, "-o", "json", "--fail-if")
    assert run(*asked, "rate >= 0.0012", now=None).code == 1
    assert run(*asked, "rate > 0.0012", now=None).code == 0


@pytest.mark.parametrize("window", [("--last", "1d"), ("--since", "1d"), ("--since", "2d", "--until", "1d")])
def test_windows_of_history_hold_only_settled_rows(run: Run, server: ExchangeServer, window: tuple[str, ...]):
    result = run(*OKX, "-s", "BTC", *window, "-o", "json", now=None)
    assert result.code == 0, result.err
    assert len(result.rows) == 3
    assert {row["kind"] for row in result.rows} == {"settled"}


@pytest.mark.parametrize(
    "window",
    [
        ("--last", "1d", "--since", "2d"),
        ("--until", "1d"),
        ("--since", "1d", "--until", "2d"),
        ("--since", "2099-01-01"),
    ],
)
def test_windows_that_make_no_sense_are_refused_before_anything_is_asked(
    run: Run, server: ExchangeServer, window: tuple[str, ...]
):
    result = run(*OKX, "-s", "BTC", *window, now=None)
    assert (result.code, result.out) == (2, "")
    assert not server.requests
