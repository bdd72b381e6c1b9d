"""`book` from live rates and from histories: amounts by hand from the world's rates and prices."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal as D
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchange_server.world import HOUR_MS
from tests.exchanges.support import assert_failed, assert_partial, iso, same_rate, scheduled
from tests.lake.filling import every, fill

LIVE = """
positions:
  - {exchange: binance, symbol: BTC, side: short, size: 0.5, entry: 64000, leverage: 5}
  - {exchange: binance, symbol: BTC, market: spot, side: long, size: 0.5, entry: 63990}
  - {exchange: bybit, symbol: SOL, side: long, size: 100, entry: 142, leverage: 4, maintenance_rate: 1%}
  - {exchange: hyperliquid, symbol: BTC, side: long, size: 0.4, entry: 64000, leverage: 3}
"""


def _run(run: Run, text: str, *more: str, now: datetime | None = None):
    Path("book.yaml").write_text(text, encoding="utf-8")
    return run("book", "book.yaml", "-o", "json", *more, now=now)


def _close(given: object, wanted: D) -> bool:
    return abs(D(str(given)) - wanted) <= abs(wanted) * D("1e-12")


def test_live_takes_rate_price_and_schedule_from_each_exchange(run: Run, server: ExchangeServer):
    """Binance pays on the mark every 8 h, Bybit's SOL every 4 h, Hyperliquid every hour on the oracle price."""
    result = _run(run, LIVE, "--live").result
    world = server.world
    rows = {row["position"]: row for row in result["positions"]}
    cases = {
        1: (world.contract("binance", "BTCUSDT"), -1, D("0.5"), 8, False),
        3: (world.contract("bybit", "SOLUSDT"), 1, D(100), 4, False),
        4: (world.contract("hyperliquid", "BTC"), 1, D("0.4"), 1, True),
    }
    for number, (c, sign, size, hours, on_index) in cases.items():
        row, settled = rows[number], [s for s in result["settlements"] if s["position"] == number]
        assert same_rate(row["rate"], c.rate)
        assert (row["interval_hours"], row["rate_kind"]) == (hours, "accruing")
        assert (row["price_basis"], row["price"]) == ("mark", D(c.mark))
        assert len(settled) == 24 // hours
        assert (settled[0]["time"], row["next_settlement"]) == (iso(c.next_ms), iso(c.next_ms))
        assert [s["estimated"] for s in settled] == [False] + [True] * (24 // hours - 1)
        price = D(c.index if on_index else c.mark)
        assert all(_close(s["amount"], -sign * size * price * D(c.rate)) for s in settled)
        assert row["funding_24h"] == sum(s["amount"] for s in settled)
        assert _close(row["unrealised_pnl"], sign * size * (D(c.mark) - row["entry"]))
        assert "live" in row["rate_source"]
    spot = rows[2]
    assert (spot["price_basis"], spot["price"]) == ("index", D(world.contract("binance", "BTCUSDT").index))
    assert spot["symbol"] == "BTC/USDT"
    assert "BTC/USDT:USDT" in spot["price_source"]


def test_one_read_of_each_exchange_serves_all_its_positions(run: Run, server: ExchangeServer):
    five = "positions:\n" + "".join(
        f"  - {{exchange: binance, symbol: {coin}, side: long, size: 1, entry: 5, margin: 9, maintenance_rate: 1%}}\n"
        for coin in ("BTC", "ETH", "SOL", "LAYER", "BTC")
    )
    assert len(_run(run, five, "--live").result["positions"]) == 5
    assert len([r for r in server.requests if "premiumIndex" in r.url]) <= 5
    assert len([r for r in server.requests if "exchangeInfo" in r.url]) == 1


def test_an_exchange_that_fails_leaves_its_positions_empty_and_the_rest_stands(run: Run, server: ExchangeServer):
    server.faults.append(Fault("bybit", "status", status=500))
    result = _run(run, LIVE, "--live", "--timeout", "10s")
    assert "bybit" in assert_partial(result)
    rows = {row["position"]: row for row in result.result["positions"]}
    assert {rows[3][name] for name in ("rate", "price", "funding_24h", "equity", "rate_kind")} == {None}
    assert rows[1]["funding_24h"] is not None
    totals = {row["currency"]: row for row in result.result["totals"]}
    assert totals["USDT"]["funding_24h"] is None  # a sum without one of its parts is not known
    assert totals["USDC"]["funding_24h"] is not None
    assert result.result["stress"][0]["left_out"] == [3]
    assert {coin["coin"]: coin["net"] for coin in result.result["coins"]} == {"BTC": D("0.4"), "SOL": 100}


def test_a_typed_rate_does_not_stand_in_for_an_exchange_that_fails(run: Run, server: ExchangeServer):
    server.faults.append(Fault("bybit", "status", status=500))
    typed = LIVE.replace("maintenance_rate: 1%", "maintenance_rate: 1%, rate: 0.01%, price: 140")
    result = _run(run, typed, "--live", "--timeout", "10s")
    assert_partial(result)
    assert (result.result["positions"][2]["rate"], result.result["positions"][2]["price"]) == (None, None)


def test_all_failing_is_an_error(run: Run, server: ExchangeServer):
    server.faults.append(Fault("", "status", status=500))
    assert "all exchanges failed" in assert_failed(_run(run, LIVE, "--live", "--timeout", "10s"), 4)


def test_a_symbol_that_is_not_listed_is_named_with_its_line(run: Run, server: ExchangeServer):
    wrong = "positions:\n  - {exchange: binance, symbol: LAYERR, side: long, size: 1, entry: 5, leverage: 2}\n"
    line = assert_failed(_run(run, wrong, "--live"), 3)
    assert "book.yaml:2: positions.0.symbol: binance has no active perpetual 'LAYERR'" in line
    mixed = _run(run, LIVE + wrong.partition("\n")[2], "--live")
    assert mixed.code == 3
    assert "LAYERR" in mixed.err
    assert mixed.result["positions"][3]["rate"] is not None  # hyperliquid's, printed all the same


def test_an_exchange_without_a_price_beside_its_rate_is_asked_for_the_last_hour(run: Run, server: ExchangeServer):
    text = "{exchange: okx, symbol: BTC, side: long, size: 1, entry: 60000, leverage: 2, maintenance_rate: 1%}"
    text = f"positions: [{text}]\n"
    result = _run(run, text, "--live")
    assert result.code == 0, result.err
    (row,) = result.result["positions"]
    c = server.world.contract("okx", "BTC-USDT-SWAP")
    hour = server.world.now_ms // HOUR_MS * HOUR_MS
    assert row["price_basis"] == "hour"
    assert row["price"] == D(c.price_at(hour, server.world.now_ms))
    assert "last hour" in result.err


def test_an_exchange_that_cannot_be_asked_keeps_what_the_file_says(run: Run, server: ExchangeServer):
    more = "  - {exchange: bitmex, symbol: BTC, side: long, size: 100, entry: 64000, leverage: 2RATE}\n"
    result = _run(run, LIVE + more.replace("RATE", ", rate: 0.01%"), "--live")
    assert result.code == 0, result.err
    assert result.result["positions"][4]["rate_source"] == "given in the file"
    assert "bitmex cannot be asked" in result.err
    assert "bitmex" in assert_partial(_run(run, LIVE + more.replace("RATE", ""), "--live"))


@pytest.mark.parametrize(("exchange", "contract_id"), [("binance", "BTCUSDT"), ("okx", "BTC-USDT-SWAP")])
def test_what_settled_since_it_was_opened_is_size_times_price_times_rate(
    run: Run, server: ExchangeServer, exchange: str, contract_id: str
):
    c = server.world.contract(exchange, contract_id)
    paid = c.history[-6:]
    opened = iso(scheduled(paid[0]) - HOUR_MS)
    text = f"""
positions:
  - {{exchange: {exchange}, symbol: BTC, side: short, size: 2, entry: 60000, leverage: 2, opened: "{opened}",
     maintenance_rate: 1%}}
"""
    result = _run(run, text)
    assert result.code == 0, result.err
    (row,) = result.result["positions"]
    assert _close(row["funding_to_date"], sum(2 * D(s.mark) * D(s.rate) for s in paid))
    assert (row["settlements_known"], row["settlements_missing"]) == (6, 0)
    assert result.result["totals"][0]["funding_to_date"] == row["funding_to_date"]


def test_a_history_that_cannot_be_had_is_partial(run: Run, server: ExchangeServer):
    server.faults.append(Fault("fapi/v1/fundingRate", "status", status=500))
    opened = iso(server.world.now_ms - 48 * HOUR_MS)
    text = LIVE.replace("leverage: 5}", f'leverage: 5, opened: "{opened}"}}')
    result = _run(run, text, "--live", "--timeout", "10s")
    assert "what it received since" in assert_partial(result)
    row = result.result["positions"][0]
    assert (row["funding_to_date"], row["settlements_known"]) == (None, None)
    assert row["funding_24h"] is not None


KEPT = """
positions:
  - {exchange: binance, symbol: BTC, side: short, size: 2, entry: 50000, leverage: 2, rate: 0.01%, price: 60000,
     opened: 2026-11-20T00:00Z}
"""
NOW = datetime(2026, 11, 21, 22, tzinfo=UTC)


def _fill(tmp_path: Path, rates: str) -> None:
    fill(tmp_path / "data" / "lake", every(8, "2026-11-19T00:00", rates), price=D(60_000), fetched="2026-11-21T17:00")


def test_offline_it_comes_from_the_lake(run: Run, tmp_path: Path):
    """Opened at 00:00 it received 08, 16, 00, 08 and 16: 2 x 60,000 x (1 + 2 + 3 + 4 + 5) / 10,000 = 180."""
    _fill(tmp_path, "0.009 0.009 0.009 0.009 0.0001 0.0002 0.0003 0.0004 0.0005")
    result = _run(run, KEPT, "--offline", now=NOW)
    assert result.code == 0, result.err
    (row,) = result.result["positions"]
    assert (row["funding_to_date"], row["settlements_known"], row["settlements_missing"]) == (180, 5, 0)


@pytest.mark.parametrize(
    ("rates", "known", "missing"),
    [
        ("0.009 0.009 0.009 0.009 0.0001 0.0002 - 0.0004 0.0005", 144, 1),  # a hole
        ("0.009 0.009 0.009 0.009 0.0001 0.0002 0.0003 0.0004 -", 120, 1),  # the end
        ("- - - - - 0.0002 0.0003 0.0004 0.0005", 168, 1),  # the beginning
        ("0.009 0.009 0.009 0.009 - - - - -", 0, 5),
    ],
)
def test_a_settlement_that_is_not_known_leaves_the_sum_unknown(
    run: Run, tmp_path: Path, rates: str, known: int, missing: int
):
    _fill(tmp_path, rates)
    result = _run(run, KEPT, "--offline", now=NOW)
    (row,) = result.result["positions"]
    assert (row["funding_to_date"], row["funding_known"], row["settlements_missing"]) == (None, known, missing)
    assert f"{missing} of the settlements since 2026-11-20T00:00Z are not known" in result.err
    assert result.result["totals"][0]["funding_to_date"] is None
    strict = _run(run, KEPT.replace("price:", "interval: 8h, price:"), "--offline", "--strict", now=NOW)
    assert "not known" in assert_failed(strict, 6)


def test_offline_without_a_lake_it_is_null_with_a_warning(run: Run):
    result = _run(run, KEPT, "--offline", now=NOW)
    assert result.code == 0
    assert result.result["positions"][0]["funding_to_date"] is None
    assert "what it received since 2026-11-20 is not known" in result.err


def test_as_of_prices_the_book_of_then(run: Run, tmp_path: Path):
    """Written at 17:00, so known at 17:30; the next settlement of then is midnight."""
    _fill(tmp_path, "0.009 0.009 0.009 0.009 0.0001 0.0002 0.0003 0.0004 0.0005")
    result = _run(run, KEPT, "--as-of", "2026-11-21T17:30Z", now=NOW)
    assert result.result["positions"][0]["funding_to_date"] == 180
    assert result.result["settlements"][0]["time"] == "2026-11-22T00:00:00Z"
