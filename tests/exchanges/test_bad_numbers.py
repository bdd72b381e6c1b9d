"""Rates and intervals that cannot be ones: the contract is named, the others stand, nothing becomes a number."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Run
from tests.exchange_server import Contract, ExchangeServer, Fault
from tests.exchanges.support import (
    EXCHANGES,
    assert_failed,
    assert_partial,
    by_symbol,
    close_rate,
    held,
    same_rate,
    spread,
    symbol_of,
)
from tests.exchanges.wire_edits import INTERVALS, SOL, interval_of, price_of, rate_of

each_exchange = pytest.mark.parametrize("exchange", EXCHANGES)
NO_RATES = [None, "", "abc", "NaN", "Infinity", "-Infinity", {}, [], True, "1e5", "0x10"]


def _victim(server: ExchangeServer, exchange: str) -> Contract:
    return held(server.world, exchange)[0]


@pytest.mark.parametrize(("exchange", "value"), spread(EXCHANGES, NO_RATES, 3), ids=repr)
def test_one_rate_that_cannot_be_one_is_named_and_the_others_stand(
    run: Run, server: ExchangeServer, exchange: str, value: Any
):
    c = _victim(server, exchange)
    server.faults.append(rate_of(exchange, c, value))
    result = run("rates", "--exchange", exchange, "-o", "json", now=None)
    if exchange == "binancecoinm":  # its only contract here
        assert symbol_of(c) in assert_failed(result)
        return
    assert symbol_of(c) in assert_partial(result)
    rows = by_symbol(result.rows)
    others = [other for other in held(server.world, exchange) if other is not c]
    assert sorted(rows) == sorted(symbol_of(other) for other in others)
    same = close_rate if exchange == "krakenfutures" else same_rate
    assert all(same(rows[symbol_of(other)]["rate"], other.rate) for other in others)


@each_exchange
@pytest.mark.parametrize("value", [None, "abc", "NaN"], ids=repr)
def test_a_contract_asked_for_without_a_readable_rate_is_an_error(
    run: Run, server: ExchangeServer, exchange: str, value: Any
):
    c = _victim(server, exchange)
    server.faults.append(rate_of(exchange, c, value))
    assert symbol_of(c) in assert_failed(run("rates", "-e", exchange, "-s", symbol_of(c), "-o", "json", now=None))
    for command in ("cost", "carry"):
        line = assert_failed(run(command, "-e", exchange, "-s", symbol_of(c), "--live", "-o", "json", now=None))
        assert symbol_of(c) in line


@each_exchange
def test_a_rate_of_zero_is_a_rate(run: Run, server: ExchangeServer, exchange: str):
    c = _victim(server, exchange)
    server.faults.append(rate_of(exchange, c, "0.00000000"))
    result = run("rates", "--exchange", exchange, "-o", "json", now=None)
    assert result.code == 0, result.err
    assert by_symbol(result.rows)[symbol_of(c)]["rate"] == 0


# Kraken's are numbers always
@pytest.mark.parametrize("exchange", [name for name in EXCHANGES if name != "krakenfutures"])
def test_a_rate_as_a_json_number_is_read_to_the_last_digit(run: Run, server: ExchangeServer, exchange: str):
    c = _victim(server, exchange)
    server.faults.append(rate_of(exchange, c, 1.25e-05))
    result = run("rates", "--exchange", exchange, "-o", "json", now=None)
    assert result.code == 0, result.err
    assert same_rate(by_symbol(result.rows)[symbol_of(c)]["rate"], "0.0000125")


@pytest.mark.parametrize(
    ("exchange", "value"),
    spread(INTERVALS, ["banana", 0, -8, "0", "-480", 1_000_000_000, "NaN", [], {}], 3),
    ids=repr,
)
def test_an_unknown_interval_is_never_used(run: Run, server: ExchangeServer, exchange: str, value: Any):
    """Named and left out, or replaced by one that was observed or is the profile's; never by a guess said reported."""
    c = server.world.contract(exchange, SOL.get(exchange, "SOLUSDT"))
    assert c.interval_hours == 4
    server.faults.append(interval_of(exchange, c, value))
    result = run("rates", "--exchange", exchange, "-o", "json", now=None)
    assert "Traceback" not in result.err and "defect" not in result.err
    row = by_symbol(result.rows).get(symbol_of(c))
    if row is None:
        assert symbol_of(c) in assert_partial(result)
    else:
        # Bitget and Bybit say it in two places: the other one may be right
        assert row["interval_hours"] == 4 and same_rate(row["rate"], c.rate)
    assert len(by_symbol(result.rows)) >= len(held(server.world, exchange)) - 1


@pytest.mark.parametrize("exchange", INTERVALS)
def test_a_missing_interval_is_observed_and_not_taken_for_8_hours(run: Run, server: ExchangeServer, exchange: str):
    c = server.world.contract(exchange, SOL.get(exchange, "SOLUSDT"))
    server.faults.append(interval_of(exchange, c, None))
    result = run("rates", "--exchange", exchange, "-o", "json", now=None)
    assert result.code == 0, result.err
    assert by_symbol(result.rows)[symbol_of(c)]["interval_hours"] == 4


@pytest.mark.parametrize("price", ["NaN", "Infinity", "abc", "", None, 0, -1], ids=repr)
@pytest.mark.parametrize("exchange", ["binance", "bybit", "gate", "weex", "bitget"])
def test_a_price_that_cannot_be_one_is_null_beside_a_good_rate(
    run: Run, server: ExchangeServer, exchange: str, price: Any
):
    """The rate needs no price; a price that is none must not stand there as one, nor take the whole answer with it."""
    c = _victim(server, exchange)
    server.faults.append(price_of(exchange, c, price))
    result = run("rates", "--exchange", exchange, "-o", "json", now=None)
    assert result.code == 0, result.err
    row = by_symbol(result.rows)[symbol_of(c)]
    assert same_rate(row["rate"], c.rate)
    assert row["mark_price"] is None


def test_a_time_out_of_this_world_is_no_defect(run: Run, server: ExchangeServer):
    for name in ("ts", "fundingTime"):
        for stamp in ("9" * 40, "-1", "1e30"):

            def late(answer: Any, name: str = name, stamp: str = stamp) -> Any:
                answer["data"][0][name] = stamp
                return answer

            server.faults[:] = [Fault(r"public/funding-rate\?", "rewrite", edit=late)]
            result = run("rates", "-e", "okx", "-o", "json", now=None)
            assert result.code in (0, 5), (name, stamp, result.err)


@pytest.mark.parametrize("interest", ["NaN", "Infinity", "abc", "", None], ids=repr)
@pytest.mark.parametrize(("exchange", "path"), [("weex", "premiumIndex"), ("binance", "fapi/v1/premiumIndex")])
def test_an_interest_that_cannot_be_one_is_null_beside_a_good_rate(
    run: Run, server: ExchangeServer, exchange: str, path: str, interest: Any
):
    def spoiled(rows: Any) -> Any:
        return [{**row, "interestRate": interest} for row in rows]

    server.faults.append(Fault(path, "rewrite", edit=spoiled))
    result = run("rates", "--exchange", exchange, "-s", "BTC", "-o", "json", now=None)
    assert result.code == 0, result.err
    assert [row["interest_per_day"] for row in result.rows] == [None]


@pytest.mark.parametrize(
    ("exchange", "path", "field"),
    [
        ("weex", "capi/v3/market/exchangeInfo", "quantityPrecision"),
        ("binance", "fapi/v1/exchangeInfo", "quantityPrecision"),
    ],
)
def test_a_precision_beyond_counting_costs_no_time(
    run: Run, server: ExchangeServer, exchange: str, path: str, field: str
):
    """ccxt writes a precision of n as n zeros, one after the other: a hostile n would never end."""

    def spoiled(answer: Any) -> Any:
        return {**answer, "symbols": [{**row, field: "9" * 400} for row in answer["symbols"]]}

    server.faults.append(Fault(path, "rewrite", edit=spoiled))
    result = run("rates", "--exchange", exchange, "-s", "BTC", "--timeout", "10s", "-o", "json", now=None)
    assert result.code == 0, result.err
    assert len(result.rows) == 1
