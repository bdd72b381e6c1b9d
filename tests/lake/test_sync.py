"""`history sync`: the lake holds exactly what settled, asks only for what it lacks, and names what failed."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from fundcli.lake import reader
from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault, World
from tests.exchange_server.world import DAY_MS, HOUR_MS
from tests.exchanges.support import assert_failed, assert_partial, held, iso, remembered, scheduled, symbol_of
from tests.lake.sync_support import (
    EVER,
    changing,
    intervals,
    lake,
    rows,
    settled,
    spacing,
    strays,
    until,
    with_rate,
)

EXCHANGES = ("binance", "bybit", "okx", "bitget", "hyperliquid", "gate", "htx")


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_sync_of_all_holds_every_settlement_to_the_last_digit(run: Run, server: ExchangeServer, exchange: str):
    result = run("history", "sync", "-e", exchange, "--all", "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    known_since = server.world.now_ms - (91 if exchange == "okx" else 400) * DAY_MS
    wanted = settled(remembered(server.world, exchange), known_since)
    assert rows(exchange) == wanted
    (row,) = result.rows
    assert (row["added"], row["known"], row["revised"], row["failed"]) == (len(wanted), 0, 0, 0)
    assert row["contracts"] == len(held(server.world, exchange))
    assert row["requests"] == len(server.requests)
    assert (row["first"], row["last"]) == (iso(min(r[1] for r in wanted)), iso(max(r[1] for r in wanted)))
    assert not strays(lake())


def test_rows_say_where_they_came_from_and_what_the_payment_used(run: Run, server: ExchangeServer):
    assert run("history", "sync", "-e", "binance", "-s", "BTC", now=None).code == 0
    found = reader.settlements(lake(), "binance", "BTC/USDT:USDT", *EVER)
    history = server.world.contract("binance", "BTCUSDT").history
    assert {row.source for row in found} == {"fapi.binance.com/fapi/v1/fundingRate"}
    assert [row.price for row in found] == [Decimal(s.mark) for s in history]
    assert all(abs(row.fetched_ms - server.world.now_ms) < HOUR_MS for row in found)


def test_a_second_sync_asks_for_nothing_but_the_newest_part(run: Run, server: ExchangeServer):
    sync = ("history", "sync", "-e", "binance", "--all", "-o", "json")
    run(*sync, now=None)
    before, asked = rows("binance"), len(server.seen("fundingRate"))
    again = run(*sync, now=None)
    assert rows("binance") == before
    fresh = server.seen("fundingRate")[asked:]
    assert again.rows[0]["added"] == 0
    newest = {symbol_of(c): scheduled(c.history[-1]) for c in held(server.world, "binance")}
    assert len(fresh) <= len(newest)
    assert all(int(request.query["startTime"]) >= min(newest.values()) - HOUR_MS for request in fresh)


def test_what_settled_since_is_added_and_nothing_else_is_asked_for(run: Run, server: ExchangeServer):
    now = server.world
    server.world = until(now, "binance", "BTCUSDT", now.now_ms - 5 * DAY_MS)
    sync = ("history", "sync", "-e", "binance", "-s", "BTC", "-o", "json")
    first = run(*sync, now=None).rows[0]
    server.world = now
    second = run(*sync, now=None).rows[0]
    c = now.contract("binance", "BTCUSDT")
    assert rows("binance") == settled([c])
    assert second["added"] == len(c.history) - first["added"] in (14, 15, 16)
    assert second["known"] <= 1 and second["requests"] == 1


def test_earlier_history_is_added_before_what_is_known(run: Run, server: ExchangeServer):
    sync = ("history", "sync", "-e", "bybit", "-s", "SOL", "-o", "json")
    short = run(*sync, "--since", "10d", now=None).rows[0]
    long = run(*sync, "--since", "30d", now=None).rows[0]
    c = server.world.contract("bybit", "SOLUSDT")
    assert rows("bybit") == settled([c], server.world.now_ms - 30 * DAY_MS)
    assert 59 <= short["added"] <= 61 and 118 <= long["added"] <= 121
    assert long["known"] <= 2
    assert set(intervals("bybit", "SOL/USDT:USDT")) == {4}


def test_a_past_window_is_synced_alone_and_never_asked_for_again(run: Run, server: ExchangeServer):
    since, end = server.world.now_ms - 30 * DAY_MS, server.world.now_ms - 20 * DAY_MS
    sync = ("history", "sync", "-e", "gate", "-s", "BTC", "--since", iso(since), "--until", iso(end), "-o", "json")
    assert run(*sync, now=None).code == 0
    assert rows("gate") == settled([server.world.contract("gate", "BTC_USDT")], since, end)
    assert run(*sync, now=None).rows[0]["requests"] == 0


def test_a_contract_that_changed_its_interval_three_times_comes_back_whole(run: Run, server: ExchangeServer):
    c = changing(server.world.now_ms)
    server.world = server.world.with_contracts("binance", [c])
    assert run("history", "sync", "-e", "binance", "-s", "LAYER", "--since", "2y", now=None).code == 0
    assert rows("binance") == settled([c])
    assert intervals("binance", symbol_of(c)) == spacing(c)
    assert len({*spacing(c)}) == 3


def test_intervals_are_the_same_when_a_change_is_synced_day_by_day(run: Run, server: ExchangeServer):
    c = changing(server.world.now_ms)
    whole_world = server.world.with_contracts("binance", [c])
    for hours in (13 * 24, 10 * 24 - 9, 9 * 24, 8 * 24, 0):
        server.world = until(whole_world, "binance", c.id, whole_world.now_ms - hours * HOUR_MS)
        assert run("history", "sync", "-e", "binance", "-s", "LAYER", "--since", "2y", now=None).code == 0
    assert rows("binance") == settled([c])
    assert intervals("binance", symbol_of(c)) == spacing(c)


def test_ccxts_own_pagination_leaves_holes_in_such_a_contract(server: ExchangeServer):
    """Why paging by a literal 8 h will not do: the same window of the same exchange, through `paginate`."""
    import ccxt

    c = changing(server.world.now_ms)
    server.world = server.world.with_contracts("binance", [c])
    exchange = ccxt.binance({"enableRateLimit": False, "options": {"fetchMarkets": {"types": ["linear"]}}})

    def through(node: object) -> object:
        if isinstance(node, dict):
            return {key: through(value) for key, value in node.items()}
        return f"{server.url}/{node}" if isinstance(node, str) else node

    exchange.urls["api"] = through(exchange.urls["api"])
    since = server.world.now_ms - 400 * DAY_MS
    found = exchange.fetch_funding_rate_history(symbol_of(c), since, None, {"paginate": True})
    assert 0 < len({row["timestamp"] for row in found}) < len(c.history)


def test_a_rate_that_changed_is_kept_as_a_revision_and_reported(run: Run, server: ExchangeServer):
    sync = ("history", "sync", "-e", "okx", "-s", "BTC", "-o", "json")
    run(*sync, now=None)
    before = rows("okx")
    server.world = with_rate(server.world, "okx", "BTC-USDT-SWAP", -20, "0.0042")
    assert run(*sync, now=None).rows[0]["revised"] == 0  # a covered window is not asked for again
    result = run(*sync, "--again", now=None)
    assert (result.code, result.rows[0]["revised"], result.rows[0]["added"]) == (0, 1, 0)
    assert re.search(r"okx: 1 settled rate", result.err)
    assert rows("okx") == before


def test_a_contract_that_fails_is_named_and_the_others_are_synced(run: Run, server: ExchangeServer):
    server.faults.append(Fault("fundingRate.*symbol=ETHUSDT", "status", status=403))
    result = run("history", "sync", "-e", "binance", "--all", "-o", "json", now=None)
    assert "ETH/USDT:USDT" in assert_partial(result)
    assert result.rows[0]["failed"] == 1
    others = [c for c in held(server.world, "binance") if c.id != "ETHUSDT"]
    assert rows("binance") == settled(others)
    server.faults.clear()
    assert run("history", "sync", "-e", "binance", "--all", now=None).code == 0
    assert rows("binance") == settled(held(server.world, "binance"))


def test_an_exchange_that_fails_is_named_and_the_others_are_synced(run: Run, server: ExchangeServer):
    server.faults.append(Fault("okx.com", "status", status=403))
    result = run("history", "sync", "-e", "okx", "-e", "gate", "-s", "BTC", "-o", "json", now=None)
    assert "okx" in assert_partial(result)
    assert rows("gate") == settled([server.world.contract("gate", "BTC_USDT")])


def test_all_exchanges_failing_is_exit_4(run: Run, server: ExchangeServer):
    server.faults.append(Fault(".", "status", status=403))
    assert_failed(run("history", "sync", "-e", "okx", "-e", "gate", "--all", now=None), 4)


def test_a_contract_that_fails_in_its_middle_leaves_no_coverage(run: Run, server: ExchangeServer):
    """What was not fetched must be asked for again, not taken for known."""
    server.faults.append(Fault("history-fund-rate|fundingRate|history", "status", status=403, skip=3))
    sync = ("history", "sync", "-e", "bitget", "-s", "LAYER")
    assert_failed(run(*sync, now=None), 4)
    assert not reader.asked(lake(), "bitget")
    server.faults.clear()
    assert run(*sync, now=None).code == 0
    assert rows("bitget") == settled([server.world.contract("bitget", "LAYERUSDT")])


def test_a_dead_exchange_ends_within_its_silence(run: Run, server: ExchangeServer):
    server.faults.append(Fault("fundingRate", "hang"))
    line = assert_failed(run("history", "sync", "-e", "binance", "--all", "--timeout", "2s", now=None), 4)
    assert "no answer within 2 s" in line


def test_a_sync_may_take_longer_than_the_timeout(run: Run, server: ExchangeServer):
    server.delay_ms = 400
    result = run("history", "sync", "-e", "bitget", "-s", "LAYER", "--timeout", "2s", "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    assert result.rows[0]["requests"] * 0.4 > 4
    assert rows("bitget") == settled([server.world.contract("bitget", "LAYERUSDT")])


def test_without_a_contract_it_is_refused_with_the_remedy(run: Run, server: ExchangeServer):
    line = assert_failed(run("history", "sync", "-e", "binance", now=None), 2)
    assert "--symbol" in line and "--all" in line
    assert_failed(run("history", "sync", "-s", "BTC", "--all", now=None), 2)
    assert_failed(run("history", "sync", "-s", "BTC", "--since", "2031-01-01", now=None), 2)
    assert_failed(run("history", "sync", "-s", "NOSUCHCOIN", now=None), 2)


def test_progress_names_the_time_left_on_a_terminal_and_is_silent_elsewhere(run: Run, server: ExchangeServer):
    server.delay_ms = 60
    sync = ("history", "sync", "-e", "binance", "--all", "--again", "-o", "json")
    watched = run(*sync, terminal=True, now=None).err
    assert re.search(r"binance \[#+\.*\] \d/6, \d+s left", watched)
    assert watched.endswith("\r\x1b[2K")
    assert run(*sync, "-q", terminal=True, now=None).err == ""
    assert run(*sync, now=None).err == ""


def test_two_rates_stamped_for_one_instant_keep_the_second_as_a_revision(run: Run, server: ExchangeServer):
    world: World = server.world
    c = world.contract("hyperliquid", "BTC")
    at = scheduled(c.history[-30])
    twin = type(c.history[0])(at + 100_000, "0.0000999", "1")
    history = tuple(sorted((*c.history, twin), key=lambda s: s.time_ms))
    server.world = world.with_contract("hyperliquid", "BTC", history=history)
    result = run("history", "sync", "-e", "hyperliquid", "-s", "BTC", "-o", "json", now=None)
    assert result.rows[0]["revised"] == 1
    assert rows("hyperliquid") == settled([c])
