"""`cost` from live rates, from history, and as settled: amounts by hand from the world's rates and prices."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Run
from tests.exchange_server import Contract, ExchangeServer
from tests.exchange_server.world import DAY_MS, HOUR_MS, MINUTE_MS
from tests.exchanges.support import (
    EXCHANGES,
    FIXED,
    assert_failed,
    close_rate,
    held,
    iso,
    same_rate,
    scheduled,
    symbol_of,
)

each_exchange = pytest.mark.parametrize("exchange", EXCHANGES)


def _close(given: object, wanted: Decimal, share: str = "1e-12") -> bool:
    return abs(Decimal(str(given)) - wanted) <= abs(wanted) * Decimal(share)


def _settled(run: Run, exchange: str, c: Contract, opened: int, closed: int, *more: str) -> dict[str, Any]:
    times = ("--open", iso(opened), "--close", iso(closed), "--settled")
    result = run("cost", "-e", exchange, "-s", symbol_of(c), *times, *more, "-o", "json", now=None)
    assert result.code == 0, result.err
    return result.result


@each_exchange
def test_live_takes_the_rate_and_interval_served(run: Run, server: ExchangeServer, exchange: str):
    """Ten thousand of notional in quote, for one day: 10,000 x rate x 24 / interval."""
    for c in held(server.world, exchange):
        if not c.linear and exchange in ("okx", "htx"):
            continue  # these give no price beside the rate, and coin needs one: below
        result = run("cost", "-e", exchange, "-s", symbol_of(c), "--live", "--hold", "1d", "-o", "json", now=None)
        assert result.code == 0, result.err
        cost = result.result
        same = close_rate if exchange == "krakenfutures" else same_rate
        assert same(cost["rate"], c.rate)
        assert cost["interval_hours"] == c.interval_hours
        assert cost["rate_kind"] == ("fixed" if exchange in FIXED else "accruing")
        assert cost["symbol"] == symbol_of(c) and cost["currency"] == c.settle
        notional = Decimal(10_000) if c.linear else 10_000 / Decimal(c.mark)
        assert _close(cost["notional"], notional)
        assert _close(cost["funding"], notional * Decimal(c.rate) * 24 / c.interval_hours)


@pytest.mark.parametrize(("exchange", "contract_id"), [("htx", "BTC-USD"), ("okx", "BTC-USD-SWAP")])
def test_an_inverse_contract_without_a_live_price_asks_for_one(
    run: Run, server: ExchangeServer, exchange: str, contract_id: str
):
    """10,000 USD at 50,000 are 0.2 BTC. To add --live is no remedy where it was given."""
    asked = ("cost", "-e", exchange, "-s", "BTC/USD:BTC", "--live", "--hold", "8h", "-o", "json")
    cost = run(*asked, "--price", "50000", now=None).result
    c = server.world.contract(exchange, contract_id)
    assert _close(cost["funding"], Decimal("0.2") * Decimal(c.rate))
    line = assert_failed(run(*asked, now=None), 2)
    assert "--price" in line
    assert "--live" not in line


def test_a_short_is_paid_what_a_long_pays(run: Run, server: ExchangeServer):
    asked = ("cost", "-s", "BTC", "--live", "-o", "json")
    long, short = (run(*asked, "--side", side, now=None).result["funding"] for side in ("long", "short"))
    assert long == -short != 0


def test_history_is_the_mean_of_what_settled(run: Run, server: ExchangeServer):
    c = server.world.contract("okx", "BTC-USDT-SWAP")
    now = server.world.now_ms
    rates = [Decimal(s.rate) for s in c.history if s.time_ms >= now - 10 * DAY_MS]
    result = run("cost", "-e", "okx", "-s", "BTC", "--history", "10d", "--hold", "8h", "-o", "json", now=None)
    assert result.code == 0, result.err
    mean = sum(rates) / len(rates)
    assert len(rates) == 30
    assert _close(result.result["rate"], mean)
    assert _close(result.result["funding"], 10_000 * mean)
    assert (result.result["rate_kind"], result.result["interval_basis"]) == ("mean", "observed")


def test_history_over_a_change_of_interval_is_the_money_paid(run: Run, server: ExchangeServer):
    """LAYERUSDT went from 4 h to 1 h ten days ago: sum of rates / hours covered, per 1 h; not the mean of rows."""
    c = server.world.contract("binance", "LAYERUSDT")
    now = server.world.now_ms
    rows = [s for s in c.history if scheduled(s) >= now - 20 * DAY_MS]
    before = [s for s in c.history if s.time_ms < rows[0].time_ms][-1]
    hours = (scheduled(rows[-1]) - scheduled(before)) // HOUR_MS
    wanted = sum(Decimal(s.rate) for s in rows) / hours
    result = run("cost", "-s", "LAYER", "--history", "20d", "-o", "json", now=None).result
    assert result["interval_hours"] == 1
    assert _close(result["rate"], wanted)


@pytest.mark.parametrize("exchange", ["binance", "okx", "bybit", "gate", "weex", "bitget"])
@pytest.mark.parametrize("side", ["long", "short"])
def test_settled_is_size_times_price_times_rate_at_each_settlement(
    run: Run, server: ExchangeServer, exchange: str, side: str
):
    c = held(server.world, exchange)[0]
    paid = c.history[-10:-4]
    opened, closed = scheduled(paid[0]) - HOUR_MS, scheduled(paid[-1]) + HOUR_MS
    cost = _settled(run, exchange, c, opened, closed, "--size", "2", "--side", side)
    assert [row["time"] for row in cost["schedule"]] == [iso(scheduled(s)) for s in paid]
    sign = 1 if side == "long" else -1
    for row, s in zip(cost["schedule"], paid, strict=True):
        assert same_rate(row["rate"], s.rate)
        # Binance's and WEEX's rows carry the price; elsewhere it is the open of the hourly mark price candle
        assert same_rate(row["mark_price"], s.mark)
        assert _close(row["amount"], sign * 2 * Decimal(s.mark) * Decimal(s.rate))
    assert sum(Decimal(str(row["amount"])) for row in cost["schedule"]) == Decimal(str(cost["funding"]))
    assert cost["settlements"] == 6


@pytest.mark.parametrize("exchange", ["binance", "bybit", "gate", "bitget"])
def test_settled_inverse_is_paid_in_coin(run: Run, server: ExchangeServer, exchange: str):
    """10,000 USD: 10,000 / mark x rate in BTC at each settlement."""
    c = next(c for c in held(server.world, exchange) if not c.linear)
    paid = c.history[-9:-5]
    opened, closed = scheduled(paid[0]) - HOUR_MS, scheduled(paid[-1]) + HOUR_MS
    cost = _settled(run, exchange, c, opened, closed)
    assert cost["currency"] == "BTC"
    assert [row["time"] for row in cost["schedule"]] == [iso(scheduled(s)) for s in paid]
    for row, s in zip(cost["schedule"], paid, strict=True):
        assert _close(row["amount"], 10_000 / Decimal(s.mark) * Decimal(s.rate))
    assert sum(Decimal(str(row["amount"])) for row in cost["schedule"]) == Decimal(str(cost["funding"]))


@pytest.mark.parametrize("exchange", ["binance", "okx", "bybit", "gate", "htx", "weex", "bitget"])
def test_opened_after_a_settlement_and_closed_before_the_next_pays_nothing(
    run: Run, server: ExchangeServer, exchange: str
):
    c = held(server.world, exchange)[0]
    first, second = scheduled(c.history[-6]), scheduled(c.history[-5])
    cost = _settled(run, exchange, c, first + 2 * MINUTE_MS, second - 2 * MINUTE_MS)
    assert (cost["funding"], cost["settlements"], cost["schedule"]) == (0, 0, [])


def test_settled_over_a_change_of_interval_pays_each_settlement(run: Run, server: ExchangeServer):
    """From 4-hourly to hourly within the hold."""
    c = server.world.contract("binance", "LAYERUSDT")
    switch = (server.world.now_ms // DAY_MS - 10) * DAY_MS
    paid = [s for s in c.history if switch - DAY_MS < scheduled(s) < switch + 6 * HOUR_MS]
    cost = _settled(run, "binance", c, switch - DAY_MS + MINUTE_MS, switch + 6 * HOUR_MS - MINUTE_MS, "--size", "100")
    assert [row["time"] for row in cost["schedule"]] == [iso(scheduled(s)) for s in paid]
    assert len(paid) == 11  # 04, 08, 12, 16, 20, 00 and 01 to 05
    assert _close(cost["funding"], sum(100 * Decimal(s.mark) * Decimal(s.rate) for s in paid))


def test_kraken_pays_parts_of_hours(run: Run, server: ExchangeServer):
    """Continuous accrual: half of the first hour, one whole, a quarter of the last, each at its hour's rate."""
    c = server.world.contract("krakenfutures", "PF_ETHUSD")
    first, second, third = c.history[-8:-5]
    opened, closed = scheduled(first) - 30 * MINUTE_MS, scheduled(second) + 15 * MINUTE_MS
    cost = _settled(run, "krakenfutures", c, opened, closed, "--size", "3")
    parts = ((first, Decimal("0.5")), (second, Decimal(1)), (third, Decimal("0.25")))
    wanted = sum(3 * Decimal(s.mark) * Decimal(s.rate) * share for s, share in parts)
    assert _close(cost["funding"], wanted)
    assert cost["settlements"] == Decimal("1.75")


def test_hyperliquid_settled_is_hourly(run: Run, server: ExchangeServer):
    """Its oracle price is not in its history: the notional at entry stands, and the answer says so."""
    c = server.world.contract("hyperliquid", "BTC")
    paid = c.history[-10:-4]
    times = ("--open", iso(scheduled(paid[0]) - 10 * MINUTE_MS), "--close", iso(scheduled(paid[-1]) + 10 * MINUTE_MS))
    result = run("cost", "-e", "hyperliquid", "-s", "BTC", *times, "--settled", "-o", "json", now=None)
    assert result.code == 0, result.err
    assert _close(result.result["funding"], 10_000 * sum(Decimal(s.rate) for s in paid))
    assert "notional at entry" in result.err


def test_settled_with_a_hole_is_not_whole_in_silence(run: Run, server: ExchangeServer):
    c = server.world.contract("okx", "BTC-USDT-SWAP")
    gone = c.history[-6]
    holed = replace(c, history=tuple(s for s in c.history if s is not gone))
    rest = [x for x in server.world.of("okx") if x is not c]
    server.world = server.world.with_contracts("okx", [holed, *rest])
    times = ("--open", iso(scheduled(c.history[-8]) - HOUR_MS), "--close", iso(scheduled(c.history[-4]) + HOUR_MS))
    result = run("cost", "-e", "okx", "-s", "BTC", *times, "--settled", "-o", "json", now=None)
    assert "missing" in result.err or result.code != 0


def test_settled_of_the_future_is_refused(run: Run, server: ExchangeServer):
    now = server.world.now_ms
    times = ("--open", iso(now - DAY_MS), "--close", iso(now + DAY_MS))
    assert_failed(run("cost", "-s", "BTC", *times, "--settled", "-o", "json", now=None), 2)
    assert not server.requests


def test_a_window_with_fewer_than_two_settlements_is_an_error(run: Run, server: ExchangeServer):
    assert_failed(run("cost", "-e", "okx", "-s", "BTC", "--history", "1h", "-o", "json", now=None))
