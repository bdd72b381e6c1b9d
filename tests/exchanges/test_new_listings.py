"""A contract listed since the market list was kept is shown at once, and asking for it again is not a habit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer
from tests.exchanges.test_market_lists import FOR_RATES, LISTS

# Where rates come in bulk; HTX's linear ones are asked for one by one, so its list stands for a day.
BULK = [
    "binance", "okx", "bybit", "gate", "weex", "bitget", "hyperliquid", "krakenfutures",
    "bingx",
    "kucoinfutures",
    "mexc",
    "phemex",
    "woo",

    "bitfinex",
    "dydx",
    "aster",
    "paradex",
    "backpack",
    "lighter",
]  # fmt: skip


@pytest.mark.parametrize("exchange", BULK)
def test_a_contract_listed_since_yesterday_is_shown_without_refresh(run: Run, server: ExchangeServer, exchange: str):
    whole = server.world
    contracts = whole.of(exchange)
    newest = next(c for c in contracts if c.funded and c.base == "ETH" and c.linear)
    server.world = whole.with_contracts(exchange, [c for c in contracts if c.id != newest.id])
    before = run("rates", "-e", exchange, "-o", "json", now=None)
    server.world = whole
    after = run("rates", "-e", exchange, "-o", "json", now=None)
    new = {row["symbol"] for row in after.rows} - {row["symbol"] for row in before.rows}
    assert new == {f"{newest.base}/{newest.quote}:{newest.settle}"}


@pytest.mark.parametrize("exchange", BULK)
def test_dated_futures_in_the_rates_do_not_make_every_run_ask_for_the_list(
    run: Run, server: ExchangeServer, exchange: str
):
    for _ in range(2):
        assert run("rates", "-e", exchange, now=None).code == 0
    server.requests.clear()
    assert run("rates", "-e", exchange, now=None).code == 0
    assert len(server.seen(LISTS[exchange])) == FOR_RATES.get(exchange, 0)


def test_a_contract_that_stops_trading_leaves_the_others_alone(run: Run, server: ExchangeServer):
    before = run("rates", "-e", "okx", "-o", "json", now=None)
    gone = next(c for c in server.world.of("okx") if c.funded)
    rest = [replace(c, active=False) if c.id == gone.id else c for c in server.world.of("okx")]
    server.world = server.world.with_contracts("okx", rest)
    after = run("rates", "-e", "okx", "-o", "json", "--refresh", now=None)
    assert len(after.rows) == len(before.rows) - 1
