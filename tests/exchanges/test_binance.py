"""Binance: intervals that premiumIndex does not carry, families on two hosts, the interest hint of old days."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchange_server.world import HOUR_MS
from tests.exchanges.support import assert_failed, assert_partial, by_symbol, held, iso, same_rate, symbol_of

BINANCES = ("binance", "binancecoinm")


def test_fundinginfo_with_every_contract_makes_every_interval_reported(run: Run, server: ExchangeServer):
    server.world = replace(server.world, every_interval=True)
    result = run("rates", "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    rows = by_symbol(result.rows)
    for c in held(server.world, "binance"):
        assert rows[symbol_of(c)]["interval_hours"] == c.interval_hours
        assert rows[symbol_of(c)]["interval_basis"] == "reported"
    assert not server.seen(r"fundingRate\?")


def test_a_contract_missing_from_fundinginfo_that_settles_4_hourly_is_not_taken_for_8_hourly(
    run: Run, server: ExchangeServer
):
    """Half of Binance is no longer 8 h: what fundingInfo leaves out is looked up, not guessed."""
    server.answer(r"fapi/v1/fundingInfo", [])
    rows = by_symbol(run("rates", "-o", "json", now=None).rows)
    assert rows["SOL/USDT:USDT"]["interval_hours"] == 4
    assert rows["SOL/USDT:USDT"]["interval_basis"] == "observed"
    assert rows["LAYER/USDT:USDT"]["interval_hours"] == 1


def test_without_fundinginfo_and_history_the_rates_stand_on_the_profile_and_the_exit_code_is_5(
    run: Run, server: ExchangeServer
):
    server.faults += [Fault("fapi/v1/fundingInfo", "status", status=404), Fault("fapi/v1/fundingRate", "status")]
    result = run("rates", "-o", "json", now=None)
    line = assert_partial(result)
    assert "intervals" in line and "linear" in line and "fundingInfo" in line
    rows = by_symbol(result.rows)
    for c in held(server.world, "binance"):
        assert same_rate(rows[symbol_of(c)]["rate"], c.rate)
        if c.linear:
            assert rows[symbol_of(c)]["interval_basis"] == "profile"
            assert rows[symbol_of(c)]["interval_hours"] == 8


def test_without_fundinginfo_strict_refuses(run: Run, server: ExchangeServer):
    server.faults += [Fault("fapi/v1/fundingInfo", "status", status=404), Fault("fapi/v1/fundingRate", "status")]
    assert "--strict" in assert_failed(run("rates", "--strict", "-o", "json", now=None), 6)


@pytest.mark.parametrize(("interest", "hours"), [("0.00010000", 8), ("0.00005000", 4), ("0.00001250", 1)])
def test_before_2025_09_18_the_interest_rate_tells_the_interval(
    run: Run, server: ExchangeServer, interest: str, hours: int
):
    """0.03 % a day = 0.01 % per 8 h, 0.005 % per 4 h, 0.00125 % per hour; 1,758,182,459,999 ms is a moment before."""

    def old(rows: Any) -> Any:
        return [{**row, "time": 1_758_182_459_999, "interestRate": interest} for row in rows]

    server.faults.append(Fault("fapi/v1/premiumIndex", "rewrite", edit=old))
    server.answer("fapi/v1/fundingInfo", [])
    rows = run("rates", "-o", "json", "--quote", "USDT", now=None).rows
    assert {row["interval_hours"] for row in rows} == {hours}
    assert {row["interval_basis"] for row in rows} == {"reported"}
    assert {row["interest_per_day"] for row in rows} == {Decimal("0.0003")}


def test_since_2025_09_18_the_interest_rate_tells_no_interval(run: Run, server: ExchangeServer):
    """8 hours' interest on every contract since 2025-09-18 08:01 UTC: it must not turn a 4 h contract into 8 h."""

    def now_rule(rows: Any) -> Any:
        return [{**row, "time": 1_758_182_460_000, "interestRate": "0.00010000"} for row in rows]

    server.faults.append(Fault("fapi/v1/premiumIndex", "rewrite", edit=now_rule))
    rows = by_symbol(run("rates", "-o", "json", "--quote", "USDT", now=None).rows)
    assert rows["SOL/USDT:USDT"]["interval_hours"] == 4
    assert rows["BTC/USDT:USDT"]["interval_hours"] == 8
    assert rows["SOL/USDT:USDT"]["interest_per_day"] == Decimal("0.0003")


def test_fundinginfo_goes_before_the_interest_hint(run: Run, server: ExchangeServer):
    def old(rows: Any) -> Any:
        return [{**row, "time": 1_758_182_459_999, "interestRate": "0.00010000"} for row in rows]

    server.faults.append(Fault("fapi/v1/premiumIndex", "rewrite", edit=old))
    rows = by_symbol(run("rates", "-o", "json", now=None).rows)
    assert (rows["SOL/USDT:USDT"]["interval_hours"], rows["SOL/USDT:USDT"]["interval_source"]) == (4, "fundingInfo")


@pytest.mark.parametrize("exchange", BINANCES)
def test_spot_markets_are_never_asked_for(run: Run, server: ExchangeServer, exchange: str):
    run("rates", "--exchange", exchange, now=None)
    run("rates", "--exchange", exchange, "--symbol", "BTC", "--last", "3d", "--refresh", now=None)
    run("cost", "--exchange", exchange, "--live", "--symbol", "BTC", now=None)
    assert server.requests
    assert not server.seen(r"//api\.binance\.com|/api/v3/|/sapi/|eapi\.binance")


def test_coin_margined_alone_never_asks_the_other_host(run: Run, server: ExchangeServer):
    run("rates", "--exchange", "binancecoinm", now=None)
    assert server.requests
    assert not server.seen("fapi")


def test_one_host_failing_leaves_the_other_familys_rates(run: Run, server: ExchangeServer):
    server.faults.append(Fault(r"dapi\.binance\.com", "status", status=500))
    result = run("rates", "-o", "json", now=None)
    assert "dapi.binance.com" in assert_partial(result)
    linear = [symbol_of(c) for c in held(server.world, "binance") if c.linear]
    assert sorted(row["symbol"] for row in result.rows) == sorted(linear)


def test_a_settling_contract_that_still_stands_in_the_list_is_not_shown(run: Run, server: ExchangeServer):
    """nextFundingTime 0 and no rate: it settles no more, whatever exchangeInfo says."""

    def over(rows: Any) -> Any:
        return [{**r, "nextFundingTime": 0, "lastFundingRate": ""} if r["symbol"] == "ETHUSDT" else r for r in rows]

    server.faults.append(Fault("fapi/v1/premiumIndex", "rewrite", edit=over))
    result = run("rates", "-o", "json", now=None)
    assert result.code == 0
    assert "ETH/USDT:USDT" not in by_symbol(result.rows)
    assert "ETH/USDT:USDT" in assert_failed(run("rates", "--symbol", "ETHUSDT", now=None))


def test_the_time_is_the_scheduled_instant_even_if_the_wire_strays(run: Run, server: ExchangeServer):
    def stray(rows: Any) -> Any:
        return [{**row, "nextFundingTime": row["nextFundingTime"] and row["nextFundingTime"] + 1} for row in rows]

    server.faults.append(Fault("fapi/v1/premiumIndex", "rewrite", edit=stray))
    rows = by_symbol(run("rates", "-o", "json", now=None).rows)
    c = server.world.contract("binance", "BTCUSDT")
    assert c.next_ms % (8 * HOUR_MS) == 0
    assert rows["BTC/USDT:USDT"]["time"] == iso(c.next_ms)
