"""`history sync --with prices,oi`: hours of prices and open interest beside the settlements, by the same rules."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from fundcli.lake import reader
from fundcli.lake.database import fetch
from fundcli.lake.layout import INDEX, MARK, OPEN_INTEREST, files
from fundcli.lake.scope import Scope
from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchange_server.world import HOUR_MS
from tests.exchanges.support import iso
from tests.lake.filling import ms
from tests.lake.sync_support import lake, strays

WITH = ("history", "sync", "-s", "BTC", "-s", "ETH", "--since", "20d", "--with", "prices,oi", "-o", "json")


def held(kind: str, exchange: str, columns: str) -> list[tuple[object, ...]]:
    """A kind's rows of BTC in the lake, oldest first."""
    sql = f"SELECT epoch_ms(time), {columns} FROM read_parquet($files) WHERE symbol LIKE 'BTC/USDT%' ORDER BY time"
    return fetch(sql, files(lake(), kind, exchange))


def closed(server: ExchangeServer, hours: int) -> list[int]:
    """The starts of so many hours, the last of which has ended."""
    last = (server.world.now_ms // HOUR_MS - 1) * HOUR_MS
    return [last - i * HOUR_MS for i in reversed(range(hours))]


@pytest.mark.parametrize("exchange", ["binance", "okx", "bybit"])
def test_every_closed_hour_is_held_as_the_exchange_told_it(run: Run, server: ExchangeServer, exchange: str):
    result = run(*WITH, "-e", exchange, now=None)
    assert result.code == 0, result.err
    now = server.world.now_ms
    contract = server.world.contract(exchange, {"okx": "BTC-USDT-SWAP"}.get(exchange, "BTCUSDT"))
    times = closed(server, 20 * 24 - 1)
    for kind in (MARK, INDEX):
        rows = held(kind, exchange, "open, high, low, close")
        wanted = [(t, *map(float, contract.hour(kind, t, t + HOUR_MS, now))) for t in times]
        assert rows[-len(times) :] == wanted
    oi = held(OPEN_INTEREST, exchange, "amount")
    assert [time for time, _ in oi][-len(times) :] == times
    (row,) = result.rows
    kept = reader.hours_in(Scope(root=lake()))
    assert row["prices"] == sum(found.hours for found in kept if found.kind != OPEN_INTEREST)
    assert row["open_interest"] == 2 * len(oi)
    assert not strays(lake())


def test_a_second_sync_asks_for_no_hour_twice(run: Run, server: ExchangeServer):
    run(*WITH, "-e", "binance", now=None)
    asked = len(server.seen("Klines|openInterestHist"))
    again = run(*WITH, "-e", "binance", now=None).rows[0]
    assert len(server.seen("Klines|openInterestHist")) == asked
    assert (again["prices"], again["open_interest"]) == (0, 0)


def test_hours_are_asked_for_where_only_settlements_were(run: Run, server: ExchangeServer):
    plain = [word for word in WITH if word not in ("--with", "prices,oi")]
    assert run(*plain, "-e", "binance", now=None).rows[0]["prices"] is None
    assert not server.seen("Klines")
    assert run(*WITH, "-e", "binance", now=None).rows[0]["prices"] > 0


def test_what_an_exchange_does_not_keep_is_said(run: Run, server: ExchangeServer):
    result = run(*WITH, "-e", "hyperliquid", now=None)
    assert result.code == 0
    assert "hyperliquid: there is no history of mark, index, open interest" in result.err
    assert (result.rows[0]["prices"], result.rows[0]["open_interest"]) == (0, 0)


def test_prices_that_fail_leave_settlements_and_open_interest_and_are_asked_for_again(run: Run, server: ExchangeServer):
    server.faults.append(Fault("markPriceKlines", "status", status=403))
    result = run(*WITH, "-e", "binance", "-e", "okx", now=None)
    assert result.code == 5
    assert "markPriceKlines" in result.err
    of = {row["exchange"]: row for row in result.rows}
    assert of["binance"]["added"] > 0 and of["binance"]["open_interest"] > 0
    server.faults.clear()
    again = run(*WITH, "-e", "binance", now=None)
    assert again.code == 0
    assert again.rows[0]["prices"] > 0 and again.rows[0]["open_interest"] == 0


def test_other_prices_for_a_known_hour_are_counted_and_the_first_stay(run: Run, server: ExchangeServer):
    run(*WITH, "-e", "binance", now=None)
    before = held(MARK, "binance", "open")
    contract = server.world.contract("binance", "BTCUSDT")
    dearer = str(float(contract.mark) * 2)
    server.world = server.world.with_contract("binance", "BTCUSDT", mark=dearer)
    result = run(*WITH, "-e", "binance", "--again", now=None)
    assert "rows of mark differ from the lake's, which stay" in result.err
    assert held(MARK, "binance", "open") == before


def test_a_settled_hold_is_paid_at_the_marks_of_the_lake_without_a_request(run: Run, server: ExchangeServer):
    """okx tells no price with a settlement: with --offline it comes from the hour that begins there."""
    assert run(*WITH, "-e", "okx", now=None).code == 0
    now = server.world.now_ms
    hold = ("cost", "-e", "okx", "-s", "BTC", "--settled", "--open", _half_past(now - 90 * HOUR_MS), "-o", "json")
    online = run(*hold, "--close", _half_past(now - 20 * HOUR_MS), now=None)
    before = len(server.requests)
    offline = run(*hold, "--close", _half_past(now - 20 * HOUR_MS), "--offline", now=None)
    assert (online.code, offline.code, len(server.requests)) == (0, 0, before), offline.err
    contract = server.world.contract("okx", "BTC-USDT-SWAP")
    schedule = offline.result["schedule"]
    assert len(schedule) in (8, 9)
    for row in schedule:
        time_ms = ms(row["time"].removesuffix("Z"))
        assert row["mark_price"] == Decimal(contract.hour("mark", time_ms, time_ms + HOUR_MS, now)[0])
    assert online.result["schedule"] == schedule


def test_list_and_export_show_the_other_kinds(run: Run, server: ExchangeServer, tmp_path: Path):
    run(*WITH, "-e", "binance", now=None)
    rows = run("history", "list", "-s", "BTC", "-o", "json", now=None).rows
    assert [also["kind"] for also in rows[0]["also"]] == ["mark", "index", "open_interest"]
    out = tmp_path / "marks.csv"
    done = run("history", "export", "--kind", "mark", "-s", "BTC", "--to", str(out), "-o", "json", now=None)
    lines = out.read_text().splitlines()
    assert lines[0] == "exchange,symbol,time,open,high,low,close,source,fetched_at"
    assert len(lines) - 1 == done.rows[0]["rows"] == rows[0]["also"][0]["hours"]
    first = held(MARK, "binance", "open, high, low, close")[0]
    assert tuple(map(float, lines[1].split(",")[3:7])) == first[1:]
    out = tmp_path / "oi.json"
    assert run("history", "export", "--kind", "open_interest", "--to", str(out), now=None).code == 0
    assert {"amount", "value"} <= json.loads(out.read_text())[0].keys()


def test_verify_finds_hours_that_cannot_be(run: Run, server: ExchangeServer):
    run(*WITH, "-e", "binance", now=None)
    assert run("history", "verify", now=None).code == 0
    file = files(lake(), MARK, "binance")[-1]
    part = file.with_suffix(".new")
    duckdb.execute(
        f"COPY (SELECT * REPLACE (CASE WHEN row_number() OVER () = 3 THEN high * 2 ELSE close END AS close) "
        f"FROM read_parquet('{file}', hive_partitioning = false)) TO '{part}' "
        "(FORMAT parquet, KV_METADATA {fundcli_lake: '1'})"
    )
    part.replace(file)
    result = run("history", "verify", "-o", "json", now=None)
    assert result.code == 3
    assert ("has an hour whose open or close lies outside its low and high", 1) in [
        (row["problem"], row["rows"]) for row in result.rows
    ]


def _half_past(time_ms: int) -> str:
    return iso(time_ms // HOUR_MS * HOUR_MS + HOUR_MS // 2)
