"""cost, carry and rates take what settled from the lake first; --offline and --as-of from nowhere else."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from fundcli.lake.records import Asked, Settlement
from fundcli.lake.writer import writer
from tests.conftest import NOW, Run
from tests.exchange_server import ExchangeServer
from tests.exchange_server.world import HOUR_MS
from tests.exchanges.support import scheduled

END = int(datetime(2026, 11, 21, 16, tzinfo=UTC).timestamp() * 1000)


def fill(rows: list[Settlement], asked: list[Asked] | None = None, exchange: str = "binance") -> None:
    root = Path(os.environ["FUNDCLI_DATA_DIR"]) / "lake"
    with writer(root, exchange) as w:
        w.add(rows, asked or [])


def eight_hourly(count: int, rate: str = "0.0001", fetched_ms: int = END, price: str | None = None) -> list[Settlement]:
    """The last `count` settlements until 2026-11-21 16:00 UTC, rates a thousandth of a basis point apart."""
    return [
        Settlement(
            symbol="BTC/USDT:USDT", time_ms=END - k * 8 * HOUR_MS, rate=Decimal(rate) + k * Decimal("0.0000001"),
            price=None if price is None else Decimal(price), source="test", fetched_ms=fetched_ms,
        )
        for k in range(count)
    ]  # fmt: skip


def test_offline_rates_come_out_of_the_lake_to_the_last_digit(run: Run):
    fill(eight_hourly(30))
    rows = run("rates", "--symbol", "BTC", "--last", "2d", "--offline", "-o", "json").rows
    assert [row["time"] for row in rows] == [
        f"2026-11-{d:02d}T{h:02d}:00:00Z" for d, h in ((20, 0), (20, 8), (20, 16), (21, 0), (21, 8), (21, 16))
    ]
    assert rows[-1]["rate"] == Decimal("0.0001") and rows[0]["rate"] == Decimal("0.0001005")
    assert {row["interval_hours"] for row in rows} == {8}
    assert {row["interval_basis"] for row in rows} == {"observed"}


def test_offline_cost_and_carry_rest_on_the_mean_of_the_lake(run: Run):
    fill(eight_hourly(30))
    mean = sum((Decimal("0.0001") + k * Decimal("0.0000001") for k in range(15)), Decimal(0)) / 15
    for command in ("cost", "carry"):
        found = run(command, "--history", "118h", "--offline", "-o", "json")
        assert found.code == 0, found.err
        assert abs(found.result["rate"] - mean) < Decimal("1e-25")


def test_a_settled_hold_is_paid_at_the_rates_and_prices_of_the_lake(run: Run):
    """1 BTC long over two settlements: 50,000 x 0.01 % + 50,000 x 0.01001 %."""
    fill(eight_hourly(60, price="50000"))
    found = run(
        "cost", "--symbol", "BTC", "--size", "1", "--open", "2026-11-21T07:00Z", "--close", "2026-11-21T17:00Z",
        "--settled", "--offline", "-o", "json",
    )  # fmt: skip
    assert found.code == 0, found.err
    assert found.result["funding"] == 50_000 * (Decimal("0.0001") + Decimal("0.0001001"))


def test_as_of_shows_what_was_known_then_byte_for_byte_the_same(run: Run):
    early, late = END - 48 * HOUR_MS, END
    fill([row for row in eight_hourly(30, fetched_ms=early) if row.time_ms <= early])
    then = ("rates", "--symbol", "BTC", "--last", "3d", "--as-of", "2026-11-19T20:00Z", "-o", "json")
    before = run(*then, now=NOW)
    fill(eight_hourly(30, fetched_ms=late))
    after = run(*then, now=NOW + timedelta(days=5))
    assert before.code == after.code == 0
    assert before.out == after.out
    assert before.json["as_of"] == "2026-11-19T20:00:00Z"
    assert len(run("rates", "--symbol", "BTC", "--last", "3d", "--offline", "-o", "json").rows) == 9


@pytest.mark.parametrize("option", [("--offline",), ("--as-of", "2026-11-20")])
def test_what_needs_an_exchange_is_refused_offline(run: Run, option: tuple[str, ...]):
    for line in (("rates",), ("cost", "--live"), ("explain", "--live")):
        found = run(*line, *option)
        assert (found.code, found.out) == (2, "")
        assert option[0] in found.err and found.err.count("\n") == 1


def test_an_empty_lake_says_how_to_fill_it(run: Run):
    found = run("rates", "--symbol", "BTC", "--last", "3d", "--offline")
    assert (found.code, found.out) == (3, "")
    assert "history sync" in found.err


def test_a_contract_that_the_lake_lacks_names_what_is_near(run: Run):
    fill(eight_hourly(3))
    found = run("rates", "--symbol", "BTV/USDT", "--last", "3d", "--offline")
    assert (found.code, found.out) == (2, "")
    assert "BTC/USDT:USDT" in found.err


def test_online_only_what_no_sync_has_asked_for_is_fetched(run: Run, server: ExchangeServer):
    """The lake knows all but the last day: one request, from where the lake ends."""
    c = server.world.contract("binance", "BTCUSDT")
    now = server.world.now_ms
    known = [s for s in c.history if s.time_ms < now - 24 * HOUR_MS]
    rows = [
        Settlement(symbol="BTC/USDT:USDT", time_ms=scheduled(s), rate=Decimal(s.rate), source="t", fetched_ms=now)
        for s in known
    ]
    since = now - 30 * 24 * HOUR_MS
    fill(rows, [Asked(symbol="BTC/USDT:USDT", since_ms=since - HOUR_MS, until_ms=now - 24 * HOUR_MS, fetched_ms=now)])
    found = run("rates", "--symbol", "BTC", "--last", "20d", "-o", "json", now=None)
    assert found.code == 0, found.err
    expected = [s for s in c.history if s.time_ms >= now - 20 * 24 * HOUR_MS]
    assert [row["rate"] for row in found.rows] == [Decimal(s.rate) for s in expected]
    asked = server.seen("fapi/v1/fundingRate")
    assert asked and all(int(request.query["startTime"]) >= now - 25 * HOUR_MS for request in asked)
