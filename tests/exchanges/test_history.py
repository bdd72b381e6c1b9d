"""Settled rates: exactly the exchange's settlements of a window, over every page cap, each with its interval."""

from __future__ import annotations

import time
from functools import cache
from itertools import pairwise

import pytest

from tests.conftest import Result, Run
from tests.exchange_server import Contract, ExchangeServer, Settlement, World
from tests.exchange_server.world import DAY_MS, HOUR_MS, MINUTE_MS
from tests.exchanges.support import (
    HISTORY_HOURS,
    WITH_HISTORY,
    WITHOUT_COIN_HISTORY,
    close_rate,
    held,
    iso,
    remembered,
    same_rate,
    scheduled,
    symbol_of,
)


@cache
def long_world() -> World:
    """430 days: 1,290 settlements at 8 h and 10,320 at 1 h."""
    return World.small(int(time.time() * 1000), days=430)


def ask(run: Run, exchange: str, c: Contract, since_ms: int, until_ms: int, *more: str) -> Result:
    """What settled of one contract between two instants."""
    window = ("--since", iso(since_ms), "--until", iso(until_ms))
    return run("rates", "--exchange", exchange, "--symbol", symbol_of(c), *window, "-o", "json", *more, now=None)


def within(c: Contract, since_ms: int, until_ms: int) -> list[Settlement]:
    """The world's settlements whose scheduled instant lies in the window, ascending."""
    return [s for s in c.history if since_ms <= scheduled(s) <= until_ms]


def assert_same(result: Result, exchange: str, wanted: list[Settlement]) -> None:
    """The rows are these settlements, each once, in this order."""
    assert result.code == 0, result.err
    assert [row["time"] for row in result.rows] == [iso(scheduled(s)) for s in wanted]
    same = close_rate if exchange == "krakenfutures" else same_rate
    assert all(same(row["rate"], s.rate) for row, s in zip(result.rows, wanted, strict=True))
    assert {row["kind"] for row in result.rows} == {"settled"}


@pytest.mark.parametrize("exchange", WITH_HISTORY)
def test_every_contract_gives_exactly_its_settlements_of_a_window(run: Run, server: ExchangeServer, exchange: str):
    now = server.world.now_ms
    since, until = now - 30 * DAY_MS, now - 3 * DAY_MS
    # WEEX and Hyperliquid are paced by a second a request
    few = {"weex": 2, "hyperliquid": 2, "lighter": 2}.get(exchange)
    for c in remembered(server.world, exchange)[:few]:
        result = ask(run, exchange, c, since, until)
        wanted = within(c, since, until)
        assert len(wanted) >= 80
        assert result.err == ""
        assert_same(result, exchange, wanted)


@pytest.mark.parametrize("exchange", WITH_HISTORY)
def test_last_ends_with_the_newest_settlement(run: Run, server: ExchangeServer, exchange: str):
    for c in held(server.world, exchange)[:2]:
        asked = run("rates", "-e", exchange, "-s", symbol_of(c), "--last", "5d", "-o", "json", now=None)
        assert asked.err == ""
        now = server.world.now_ms
        assert_same(asked, exchange, within(c, now - 5 * DAY_MS, now))


@pytest.mark.parametrize("exchange", [name for name in WITH_HISTORY if name not in WITHOUT_COIN_HISTORY])
def test_without_a_symbol_every_contract_gives_its_settlements(run: Run, server: ExchangeServer, exchange: str):
    result = run("rates", "-e", exchange, "--last", "2d", "-o", "json", now=None)
    now = server.world.now_ms
    assert (result.code, result.err) == (0, "")
    wanted = [
        (symbol_of(c), iso(scheduled(s)))
        for c in sorted(held(server.world, exchange), key=symbol_of)
        for s in within(c, now - 2 * DAY_MS, now)
    ]
    assert [(row["symbol"], row["time"]) for row in result.rows] == wanted


# exchange, contract, days back, the fewest requests that the exchange's cap (rows in one answer) allows
OVER_THE_CAP = [
    ("binance", "BTCUSDT", 420, 2),  # 1,000
    ("binancecoinm", "BTCUSD_PERP", 420, 2),
    ("okx", "LAYER-USDT-SWAP", 88, 6),  # 400, of which ccxt asks for 100
    ("bybit", "BTCUSDT", 420, 7),  # 200
    ("bybit", "LAYERUSDT", 100, 12),
    ("gate", "LAYER_USDT", 420, 11),  # 1,000
    ("htx", "BTC-USDT", 420, 13),  # 100
    ("htx", "BTC-USD", 420, 26),  # 50
    ("weex", "LAYERUSDT", 28, 1),  # 1,000
    ("bitget", "LAYERUSDT", 420, 101),  # 100
    ("hyperliquid", "BTC", 60, 3),  # 500
    pytest.param("hyperliquid", "BTC", 420, 21, marks=pytest.mark.slow),
    ("krakenfutures", "PF_XBTUSD", 364, 1),  # everything at once
    ("bingx", "LAYER-USDT", 420, 11),  # 1,000
    ("kucoinfutures", "XBTUSDTM", 420, 13),  # 100 here
    ("kucoinfutures", "LAYERUSDTM", 100, 24),
    ("mexc", "BTC_USDT", 420, 13),  # 100
    ("mexc", "BTC_USD", 420, 13),
    ("mexc", "LAYER_USDT", 100, 24),
    ("phemex", "BTCUSDT", 400, 12),  # 100
    ("phemex", "BTCUSD", 400, 12),
    ("phemex", "LAYERUSDT", 100, 24),
    ("woo", "PERP_BTC_USDT", 420, 51),  # 25
    ("woo", "PERP_SOL_USDT", 100, 24),
    ("bitfinex", "tBTCF0:USTF0", 420, 6),  # 5,000 rows, one every 20 minutes
    ("deribit", "BTC-PERPETUAL", 420, 14),  # 744
    ("dydx", "BTC-USD", 40, 10),  # 100
    ("aster", "LAYERUSDT", 100, 3),  # 1,000
    ("backpack", "BTC_USDC_PERP", 100, 3),  # 1,000
    ("lighter", "1", 100, 4),  # 750
]


@pytest.mark.parametrize(
    ("exchange", "contract_id"),
    [
        ("hyperliquid", "BTC"),  # pages upwards, 500 rows: the first one stands in the middle of the window
        ("dydx", "BTC-USD"),  # downwards, 100 rows
        ("binance", "BTCUSDT"),
    ],
)
def test_a_history_that_begins_within_the_window_is_whole(
    run: Run, server: ExchangeServer, exchange: str, contract_id: str
):
    """40 days settled, 400 asked for: the longer part of what is left is empty, and the rest lies in the other."""
    c = server.world.contract(exchange, contract_id)
    result = run("rates", "-e", exchange, "-s", symbol_of(c), "--last", "400d", "-o", "json", now=None)
    now = server.world.now_ms
    assert_same(result, exchange, within(c, now - 400 * DAY_MS, now))


@pytest.mark.parametrize(("exchange", "contract_id", "days", "requests"), OVER_THE_CAP)
def test_long_windows_are_whole_over_the_cap(
    run: Run, server: ExchangeServer, exchange: str, contract_id: str, days: int, requests: int
):
    server.world = long_world()
    now = server.world.now_ms
    c = server.world.contract("binance" if exchange == "binancecoinm" else exchange, contract_id)
    since = now - days * DAY_MS
    result = ask(run, exchange, c, since, now)
    assert result.err == ""
    assert_same(result, exchange, within(c, since, now))
    asked = server.seen(
        r"(?i)funding.?rate|history-fund-rate|funding/history|fundingHistory|funding_rate|/hist|historicalFunding|/fundings"
    )
    assert len(asked) >= requests


def test_a_window_of_one_settlement_gives_one_row(run: Run, server: ExchangeServer):
    for exchange in WITH_HISTORY:
        c = held(server.world, exchange)[0]
        s = c.history[-5]
        around = scheduled(s) - MINUTE_MS, scheduled(s) + MINUTE_MS
        assert_same(ask(run, exchange, c, *around), exchange, [s])


def test_both_ends_of_a_window_are_included(run: Run, server: ExchangeServer):
    """Also where the exchange stamps a settlement some milliseconds after its instant, as Binance does."""
    for exchange in WITH_HISTORY:
        c = held(server.world, exchange)[0]
        wanted = list(c.history[-9:-4])
        result = ask(run, exchange, c, scheduled(wanted[0]), scheduled(wanted[-1]))
        assert_same(result, exchange, wanted)


def test_a_window_without_a_settlement_is_an_empty_answer(run: Run, server: ExchangeServer):
    for exchange in ("binance", "okx", "bybit", "gate", "htx", "weex", "bitget"):
        c = held(server.world, exchange)[0]
        assert c.interval_hours == 8
        start = scheduled(c.history[-5]) + HOUR_MS
        result = ask(run, exchange, c, start, start + HOUR_MS)
        assert (result.code, result.rows) == (0, []), (exchange, result.err)


def test_a_change_from_8_to_4_to_1_hours_shows_in_each_row(run: Run, server: ExchangeServer):
    """LAYERUSDT of the world: 8 h until 25 days ago, 4 h until 10 days ago, 1 h since."""
    c = server.world.contract("binance", "LAYERUSDT")
    now = server.world.now_ms
    since = now - 39 * DAY_MS
    result = ask(run, "binance", c, since, now)
    wanted = within(c, since, now)
    assert_same(result, "binance", wanted)
    instants = [scheduled(s) for s in wanted]
    hours = [(after - before) // HOUR_MS for before, after in pairwise(instants)]
    assert {8, 4, 1} == set(hours)
    assert [row["interval_hours"] for row in result.rows] == [8, *hours]
    assert {row["interval_basis"] for row in result.rows} == {"observed"}
    assert result.err == ""  # a switch is no hole


@pytest.mark.parametrize("exchange", WITH_HISTORY)
def test_each_row_has_the_observed_interval(run: Run, server: ExchangeServer, exchange: str):
    now = server.world.now_ms
    for c in remembered(server.world, exchange):
        if c.id == "LAYERUSDT" and exchange == "binance":
            continue  # changes its interval
        rows = ask(run, exchange, c, now - 5 * DAY_MS, now).rows
        assert {row["interval_hours"] for row in rows} == {HISTORY_HOURS.get(exchange, c.interval_hours)}
        assert {row["interval_basis"] for row in rows} == {"observed"}


@pytest.mark.parametrize("exchange", ["binance", "binancecoinm", "weex"])
def test_rows_carry_the_mark_price_of_their_settlement(run: Run, server: ExchangeServer, exchange: str):
    for c in held(server.world, exchange):
        now = server.world.now_ms
        rows = ask(run, exchange, c, now - 10 * DAY_MS, now).rows
        wanted = within(c, now - 10 * DAY_MS, now)
        assert all(same_rate(row["mark_price"], s.mark) for row, s in zip(rows, wanted, strict=True))


def test_kraken_rows_carry_the_price_between_their_two_rates(run: Run, server: ExchangeServer):
    """absolute / relative for linear contracts, relative / absolute for inverse ones."""
    for contract_id in ("PF_ETHUSD", "PI_XBTUSD"):
        c = server.world.contract("krakenfutures", contract_id)
        now = server.world.now_ms
        rows = ask(run, "krakenfutures", c, now - 3 * DAY_MS, now).rows
        wanted = within(c, now - 3 * DAY_MS, now)
        assert all(close_rate(row["mark_price"], s.mark) for row, s in zip(rows, wanted, strict=True))


def test_okx_forgets_after_three_months_and_the_answer_says_so(run: Run, server: ExchangeServer):
    c = server.world.contract("okx", "XRP-USDT-SWAP")
    now = server.world.now_ms
    since = now - 140 * DAY_MS
    assert within(c, since, now - 100 * DAY_MS)  # they did settle
    result = ask(run, "okx", c, since, now)
    assert_same(result, "okx", within(c, now - 91 * DAY_MS, now))
    assert "warning" in result.err and "XRP/USDT:USDT" in result.err and "begins" in result.err


def test_a_window_wholly_older_than_the_exchange_remembers_is_said(run: Run, server: ExchangeServer):
    c = server.world.contract("okx", "XRP-USDT-SWAP")
    now = server.world.now_ms
    result = ask(run, "okx", c, now - 140 * DAY_MS, now - 110 * DAY_MS)
    assert result.rows == []
    assert "XRP/USDT:USDT" in result.err
