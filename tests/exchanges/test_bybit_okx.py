"""Bybit's interval that can go stale on disk; OKX's two methods and what its times mean."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.conftest import Run
from tests.exchange_server import Contract, ExchangeServer, Fault
from tests.exchange_server.world import HOUR_MS
from tests.exchanges.support import by_symbol, held, iso, same_rate, symbol_of

BYBIT_LISTS = r"bybit\.com/v5/market/instruments-info"


def _switched(server: ExchangeServer, hours: int) -> Contract:
    """BTCUSDT now settles every `hours`, as after a rate at its cap."""
    now = server.world.now_ms
    step = hours * HOUR_MS
    next_ms = (now // step + 1) * step
    if next_ms % (8 * HOUR_MS) == 0:
        # an instant off the 8 h grid, so that the kept 8 h cannot be right
        next_ms -= step if next_ms - step > now else -step
    server.world = server.world.with_contract("bybit", "BTCUSDT", interval_hours=hours, next_ms=next_ms)
    return server.world.contract("bybit", "BTCUSDT")


def test_bybit_reads_the_instruments_again_where_a_kept_interval_does_not_fit(run: Run, server: ExchangeServer):
    assert run("rates", "--exchange", "bybit", now=None).code == 0
    c = _switched(server, 1)
    before = len(server.seen(BYBIT_LISTS))
    rows = by_symbol(run("rates", "--exchange", "bybit", "-o", "json", now=None).rows)
    assert rows["BTC/USDT:USDT"]["interval_hours"] == 1
    assert rows["BTC/USDT:USDT"]["interval_basis"] == "reported"
    assert rows["BTC/USDT:USDT"]["time"] == iso(c.next_ms)
    again = server.seen(BYBIT_LISTS)[before:]
    assert again and all("category=linear" in request.url for request in again)


def test_bybit_does_not_read_the_instruments_again_while_every_interval_fits(run: Run, server: ExchangeServer):
    run("rates", "--exchange", "bybit", now=None)
    before = len(server.seen(BYBIT_LISTS))
    assert run("rates", "--exchange", "bybit", now=None).code == 0
    assert len(server.seen(BYBIT_LISTS)) == before


def test_bybit_interval_in_the_ticker_goes_before_the_instruments(run: Run, server: ExchangeServer):
    def said(answer: Any) -> Any:
        rows = [
            {**row, "fundingIntervalHour": "2"} if row["symbol"] == "BTCUSDT" else row
            for row in answer["result"]["list"]
        ]
        return {**answer, "result": {**answer["result"], "list": rows}}

    server.faults.append(Fault(r"v5/market/tickers", "rewrite", edit=said))
    rows = by_symbol(run("rates", "--exchange", "bybit", "-o", "json", now=None).rows)
    assert rows["BTC/USDT:USDT"]["interval_hours"] == 2
    assert rows["BTC/USDT:USDT"]["interval_basis"] == "reported"
    assert rows["ETH/USDC:USDC"]["interval_hours"] == 8


def test_bybit_shows_no_contract_before_its_launch(run: Run, server: ExchangeServer):
    assert [c.id for c in server.world.of("bybit") if c.pre_launch] == ["NEWCOINUSDT"]
    for _ in range(2):
        rows = run("rates", "--exchange", "bybit", "-o", "json", now=None).rows
        assert not [row for row in rows if row["base"] == "NEWCOIN"]


def test_bybit_asks_for_all_pages_of_the_instruments(run: Run, server: ExchangeServer):
    """1,200 contracts: the list comes in pages of 1,000 at most."""
    one = server.world.contract("bybit", "BTCUSDT")
    many = [replace(one, id=f"A{i:04d}USDT", base=f"A{i:04d}", rate=f"0.0000{i:04d}") for i in range(1200)]
    inverse = [c for c in server.world.of("bybit") if not c.linear]
    server.world = server.world.with_contracts("bybit", [*many, *inverse])
    result = run("rates", "--exchange", "bybit", "-o", "json", now=None)
    assert result.code == 0, result.err
    rows = by_symbol(result.rows)
    assert len(rows) == len(held(server.world, "bybit"))
    assert all(same_rate(rows[symbol_of(c)]["rate"], c.rate) for c in many)


def _method(method: str) -> Fault:
    def edit(answer: Any) -> Any:
        return {**answer, "data": [{**row, "method": method} for row in answer["data"]]}

    return Fault(r"public/funding-rate\?", "rewrite", edit=edit)


def test_okx_rate_of_the_previous_period_is_fixed(run: Run, server: ExchangeServer):
    server.faults.append(_method("next_period"))
    result = run("rates", "--exchange", "okx", "-o", "json", now=None)
    assert {row["kind"] for row in result.rows} == {"fixed"}


def test_okx_rate_of_the_current_period_is_accruing(run: Run, server: ExchangeServer):
    server.faults.append(_method("current_period"))
    result = run("rates", "--exchange", "okx", "-o", "json", now=None)
    assert {row["kind"] for row in result.rows} == {"accruing"}


def test_okx_funding_time_is_the_settlement_to_come(run: Run, server: ExchangeServer):
    """Not the last one, and not nextFundingTime, which is the one after."""
    rows = by_symbol(run("rates", "--exchange", "okx", "-o", "json", now=None).rows)
    for c in held(server.world, "okx"):
        assert rows[symbol_of(c)]["time"] == iso(c.next_ms)
        assert c.next_ms > server.world.now_ms


def test_okx_interval_that_ccxt_has_no_name_for_is_read_from_the_two_times(run: Run, server: ExchangeServer):
    def six_hours(answer: Any) -> Any:
        rows = [{**r, "nextFundingTime": str(int(r["fundingTime"]) + 6 * HOUR_MS)} for r in answer["data"]]
        return {**answer, "data": rows}

    server.faults.append(Fault(r"public/funding-rate\?", "rewrite", edit=six_hours))
    result = run("rates", "--exchange", "okx", "-o", "json", now=None)
    assert {row["interval_hours"] for row in result.rows} == {6}


def test_okx_reports_no_interest_where_ccxt_writes_a_zero(run: Run, server: ExchangeServer):
    """ccxt 4.5.90 puts interestRate 0 into OKX's rates; a zero that nobody said must not be shown."""
    result = run("rates", "--exchange", "okx", "-o", "json", now=None)
    assert 0 not in {row["interest_per_day"] for row in result.rows}
