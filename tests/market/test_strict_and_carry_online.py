"""--strict against real wires, and `carry` from live and settled rates."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchange_server.world import DAY_MS
from tests.exchanges.support import EXCHANGES, WITHOUT_SPOT, assert_failed, close_rate, held, iso, same_rate, symbol_of

REPORTING = [name for name in EXCHANGES if name not in ("krakenfutures", "bingx", "deribit", "lighter")]


@pytest.mark.parametrize("exchange", REPORTING)
def test_strict_takes_what_the_exchange_reported_or_what_was_observed(run: Run, server: ExchangeServer, exchange: str):
    result = run("rates", "-e", exchange, "--strict", "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    assert len(result.rows) == len(held(server.world, exchange))
    assert {row["interval_basis"] for row in result.rows} <= {"reported", "observed"}
    assert run("cost", "-e", exchange, "-s", "BTC", "--live", "--price", "60000", "--strict", now=None).code == 0


@pytest.mark.parametrize("command", ["cost", "carry", "rates"])
def test_strict_refuses_krakens_derived_rate(run: Run, server: ExchangeServer, command: str):
    live = () if command == "rates" else ("--live",)
    line = assert_failed(run(command, "-e", "krakenfutures", "-s", "BTC", *live, "--strict", now=None), 6)
    assert "derived" in line


@pytest.mark.parametrize("command", ["cost", "carry"])
def test_strict_refuses_an_interval_that_only_the_profile_knows(run: Run, server: ExchangeServer, command: str):
    server.faults.append(Fault("fundingHistory", "status", status=400))
    asked = (command, "-e", "hyperliquid", "-s", "BTC", "--live", "-o", "json")
    assert "interval" in assert_failed(run(*asked, "--strict", now=None), 6)
    assert run(*asked, now=None).code == 0


@pytest.mark.parametrize("command", ["cost", "carry"])
def test_strict_takes_settled_history(run: Run, server: ExchangeServer, command: str):
    result = run(command, "-e", "okx", "-s", "BTC", "--history", "10d", "--strict", "-o", "json", now=None)
    assert result.code == 0, result.err


def test_strict_refuses_settled_payments_without_their_prices(run: Run, server: ExchangeServer):
    """HTX pays at the index price, which its history does not carry."""
    now = server.world.now_ms
    times = ("--open", iso(now - 3 * DAY_MS), "--close", iso(now - DAY_MS))
    asked = ("cost", "-e", "htx", "-s", "BTC", *times, "--settled", "-o", "json")
    assert run(*asked, now=None).code == 0
    assert "price" in assert_failed(run(*asked, "--strict", now=None), 6)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_carry_live_takes_the_rate_served(run: Run, server: ExchangeServer, exchange: str):
    c = held(server.world, exchange)[0]
    fee = ("--spot-fee", "0.1%") if exchange in WITHOUT_SPOT else ()
    asked = ("carry", "-e", exchange, "-s", symbol_of(c), "--live", "--hold", "10d", *fee, "-o", "json")
    result = run(*asked, now=None)
    assert result.code == 0, result.err
    same = close_rate if exchange == "krakenfutures" else same_rate
    assert same(result.result["rate"], c.rate)
    assert result.result["interval_hours"] == c.interval_hours
    assert result.result["symbol"] == symbol_of(c)


def test_carry_live_receives_the_rate_at_each_settlement(run: Run, server: ExchangeServer):
    """10 days of 8 h: 30 settlements on 10,000; a positive rate is received by the short perp."""
    server.world = server.world.with_contract("okx", "BTC-USDT-SWAP", rate="0.0003000000000000")
    result = run("carry", "-e", "okx", "-s", "BTC", "--live", "--hold", "10d", "-o", "json", now=None).result
    assert result["settlements"] == 30
    assert Decimal(str(result["gross_funding"])) == 90


def test_carry_history_is_the_mean_of_what_settled(run: Run, server: ExchangeServer):
    c = server.world.contract("okx", "BTC-USDT-SWAP")
    rates = [Decimal(s.rate) for s in c.history if s.time_ms >= server.world.now_ms - 10 * DAY_MS]
    result = run("carry", "-e", "okx", "-s", "BTC", "--history", "10d", "-o", "json", now=None)
    assert result.code == 0, result.err
    mean = sum(rates) / len(rates)
    assert abs(Decimal(str(result.result["rate"])) - mean) <= abs(mean) * Decimal("1e-12")


def test_live_and_history_together_are_refused(run: Run, server: ExchangeServer):
    for command in ("cost", "carry"):
        assert_failed(run(command, "--live", "--history", "10d", now=None), 2)
    assert not server.requests


def test_an_offline_answer_asks_nothing(run: Run, server: ExchangeServer):
    for command in ("cost", "carry"):
        assert run(command, "-s", "BTC", "-e", "okx", "-o", "json").code == 0
    assert not server.requests
