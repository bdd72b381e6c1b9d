"""Several exchanges or families at once: what fails is named, what stands is printed."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchanges.support import EXCHANGES, assert_failed, assert_partial, held, symbol_of

THREE = ("-e", "binance", "-e", "okx", "-e", "bybit")
ALL = tuple(word for name in EXCHANGES for word in ("-e", name))


def test_all_exchanges_in_one_command_all_succeed(run: Run, server: ExchangeServer):
    result = run("rates", *ALL, "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    wanted = {(name, symbol_of(c)) for name in EXCHANGES for c in held(server.world, name)}
    assert {(row["exchange"], row["symbol"]) for row in result.rows} == wanted
    assert len(result.rows) == len(wanted)


def test_exchanges_are_asked_at_the_same_time(run: Run, server: ExchangeServer):
    """The list of each waits for those of the others: asked one after another they would never meet."""
    lists = (
        r"fapi\S*exchangeInfo", r"okx\S*instruments\?", r"bybit\S*instruments-info\?category=linear&limit=1000$",
        r"futures/usdt/contracts$", r"linear-swap-api\S*contract_info", r"weex\S*exchangeInfo",
        r"contracts\?productType=USDT", "metaAndAssetCtxs", r"v3/instruments",
        r"swap/v2/quote/contracts",
        r"contracts/active",
        r"contract/detail",
        r"public/products",
        r"woox\S*public/instruments",
    )  # fmt: skip
    meeting = threading.Barrier(len(lists), timeout=15)
    alone: list[object] = []

    def meet(answer: object) -> object:
        try:
            meeting.wait()
        except threading.BrokenBarrierError as error:
            alone.append(error)
        return answer

    server.faults += [Fault(pattern, "rewrite", edit=meet, times=1) for pattern in lists]
    result = run("rates", *ALL, "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    assert alone == []


def test_one_exchange_failing_leaves_the_others(run: Run, server: ExchangeServer):
    server.faults.append(Fault(r"okx\.com", "status", status=451))
    result = run("rates", *THREE, "-o", "json", now=None)
    line = assert_partial(result)
    assert "okx" in line and "451" in line and "binance" not in line and "bybit" not in line
    assert {row["exchange"] for row in result.rows} == {"binance", "bybit"}
    wanted = len(held(server.world, "binance")) + len(held(server.world, "bybit"))
    assert len(result.rows) == wanted


@pytest.mark.parametrize("kind", ["hang", "drop", "cut", "slow"])
def test_one_exchange_that_does_not_answer_does_not_hold_up_the_others(run: Run, server: ExchangeServer, kind):
    server.faults.append(Fault(r"okx\.com", kind))
    began = time.monotonic()
    result = run("rates", *THREE, "--timeout", "2s", "-o", "json", now=None)
    assert time.monotonic() - began < 20
    assert "okx" in assert_partial(result)
    assert {row["exchange"] for row in result.rows} == {"binance", "bybit"}


def test_all_exchanges_failing_is_exit_4_and_names_each(run: Run, server: ExchangeServer):
    server.faults.append(Fault(".", "status", status=451))
    result = run("rates", *THREE, "-o", "json", now=None)
    assert (result.code, result.out) == (4, "")
    assert len(result.err.splitlines()) == 1
    assert all(name in result.err for name in ("binance", "okx", "bybit"))
    assert "Traceback" not in result.err


def test_all_exchanges_failing_tells_what_to_do(run: Run, server: ExchangeServer):
    """A block of the country needs a gateway or a proxy, also where three exchanges say so."""
    server.faults.append(Fault(".", "status", status=451))
    assert "--gateway" in assert_failed(run("rates", *THREE, "-o", "json", now=None))


def test_one_family_failing_is_partial(run: Run, server: ExchangeServer):
    server.faults.append(Fault("COIN-FUTURES", "status", status=400))
    result = run("rates", "-e", "bitget", "-o", "json", now=None)
    assert_partial(result)
    assert {row["symbol"] for row in result.rows} == {symbol_of(c) for c in held(server.world, "bitget") if c.linear}


def test_one_linear_contract_of_htx_failing_is_partial_and_named(run: Run, server: ExchangeServer):
    server.faults.append(Fault(r"funding_rate\?contract_code=SOL-USDT", "status", status=500))
    result = run("rates", "-e", "htx", "-o", "json", now=None)
    assert "SOL/USDT:USDT" in assert_partial(result)
    assert len(result.rows) == len(held(server.world, "htx")) - 1


def test_partial_history_names_the_exchange_that_failed(run: Run, server: ExchangeServer):
    server.faults.append(Fault(r"okx\.com", "status", status=500))
    result = run("rates", *THREE, "-s", "BTC", "--last", "3d", "-o", "json", now=None)
    assert "okx" in assert_partial(result)
    assert {row["exchange"] for row in result.rows} == {"binance", "bybit"}


def test_a_condition_that_holds_goes_before_a_partial_answer(run: Run, server: ExchangeServer):
    server.faults.append(Fault(r"okx\.com", "status", status=500))
    result = run("rates", *THREE, "--fail-if", "interval_hours == 1", "-o", "json", now=None)
    assert result.code == 1
    assert result.rows and "okx" in result.err


def test_quiet_does_not_hide_what_is_missing(run: Run, server: ExchangeServer):
    server.faults.append(Fault(r"okx\.com", "status", status=451))
    result = run("rates", *THREE, "-q", "-o", "json", now=None)
    assert result.code == 5
    assert "okx" in result.err


@pytest.mark.parametrize("key", ["symbol", "exchange", "apr", "-apr", "time", "rate_8h"])
def test_the_order_does_not_depend_on_which_exchange_answers_first(run: Run, server: ExchangeServer, key: str):
    orders = []
    for slow in ("binance", "okx", "bybit"):
        server.faults[:] = [Fault(rf"{slow}\.com", "hang", seconds=0.15, times=2)]
        rows = run("rates", *THREE, f"--sort={key}", "-o", "json", now=None).rows
        orders.append([(row["exchange"], row["symbol"]) for row in rows])
    assert orders[0] == orders[1] == orders[2]
    assert len(orders[0]) == sum(len(held(server.world, name)) for name in ("binance", "okx", "bybit"))


def test_htx_linear_contracts_are_asked_at_most_8_at_a_time(run: Run, server: ExchangeServer):
    one = server.world.contract("htx", "BTC-USDT")
    more = [replace(one, id=f"A{i:02d}-USDT", base=f"A{i:02d}") for i in range(40)]
    server.world = server.world.with_contracts("htx", [*server.world.of("htx"), *more])
    lock, now, most = threading.Lock(), 0, 0

    def count(answer: object) -> object:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        return answer

    server.faults.append(Fault(r"v5/market/funding_rate\?", "rewrite", edit=count))
    result = run("rates", "-e", "htx", "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    assert len(result.rows) == len(held(server.world, "htx"))
    assert 2 <= most <= 8


def test_each_contract_is_asked_once(run: Run, server: ExchangeServer):
    run("rates", "-e", "htx", now=None)
    asked = [request.url for request in server.requests]
    assert len(asked) == len(set(asked))


def test_one_family_that_hangs_while_it_is_listed_leaves_the_other(run: Run, server: ExchangeServer):
    server.faults.append(Fault(r"dapi/v1/exchangeInfo", "hang"))
    result = run("rates", "--exchange", "binance", "--timeout", "2s", "-o", "json", now=None)
    assert result.code == 5
    linear = {symbol_of(c) for c in held(server.world, "binance") if c.linear}
    assert {row["symbol"] for row in result.rows} == linear
    assert "dapi.binance.com" in result.err
