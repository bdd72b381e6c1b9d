"""Which contract a typed symbol means, on the lists that the exchanges give."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchanges.support import EXCHANGES, assert_failed, held, same_rate, symbol_of

#: The exchange's own id of its main BTC contract, and the unified symbol that ccxt gives it.
MAIN = {
    "binance": ("BTCUSDT", "BTC/USDT:USDT"),
    "binancecoinm": ("BTCUSD_PERP", "BTC/USD:BTC"),
    "okx": ("BTC-USDT-SWAP", "BTC/USDT:USDT"),
    "bybit": ("BTCUSDT", "BTC/USDT:USDT"),
    "gate": ("BTC_USDT", "BTC/USDT:USDT"),
    "htx": ("BTC-USDT", "BTC/USDT:USDT"),
    "weex": ("BTCUSDT", "BTC/USDT:USDT"),
    "bitget": ("BTCUSDT", "BTC/USDT:USDT"),
    "hyperliquid": ("BTC", "BTC/USDC:USDC"),
    "krakenfutures": ("PF_XBTUSD", "BTC/USD:USD"),
    "bingx": ("BTC-USDT", "BTC/USDT:USDT"),
    "kucoinfutures": ("XBTUSDTM", "BTC/USDT:USDT"),
    "mexc": ("BTC_USDT", "BTC/USDT:USDT"),
    "phemex": ("BTCUSDT", "BTC/USDT:USDT"),
    "woo": ("PERP_BTC_USDT", "BTC/USDT:USDT"),
    "bitfinex": ("tBTCF0:USTF0", "BTC/USDT:USDT"),
    "deribit": ("BTC_USDC-PERPETUAL", "BTC/USDC:USDC"),
    "dydx": ("BTC-USD", "BTC/USDC:USDC"),
    "aster": ("BTCUSDT", "BTC/USDT:USDT"),
    "paradex": ("BTC-USD-PERP", "BTC/USD:USDC"),
    "backpack": ("BTC_USDC_PERP", "BTC/USDC:USDC"),
    "lighter": ("1", "BTC/USDC:USDC"),
}
INVERSE = {
    "binance": "BTCUSD_PERP", "okx": "BTC-USD-SWAP", "bybit": "BTCUSD", "gate": "BTC_USD", "htx": "BTC-USD",
    "bitget": "BTCUSD", "krakenfutures": "PI_XBTUSD",
    "bingx": "BTC-USD",
    "kucoinfutures": "XBTUSDM",
    "mexc": "BTC_USD",
    "phemex": "BTCUSD",
    "deribit": "BTC-PERPETUAL",
}  # fmt: skip


def _one(run: Run, exchange: str, symbol: str) -> str:
    result = run("rates", "--exchange", exchange, "--symbol", symbol, "-o", "json", now=None)
    assert result.code == 0, result.err
    assert len(result.rows) == 1
    found: str = result.rows[0]["symbol"]
    return found


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_bare_coin_finds_the_main_contract_linear_before_inverse(run: Run, server: ExchangeServer, exchange: str):
    assert _one(run, exchange, "BTC") == MAIN[exchange][1]
    assert _one(run, exchange, "btc") == MAIN[exchange][1]


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_the_exchanges_own_id_finds_its_contract(run: Run, server: ExchangeServer, exchange: str):
    assert _one(run, exchange, MAIN[exchange][0]) == MAIN[exchange][1]
    assert _one(run, exchange, MAIN[exchange][0].lower()) == MAIN[exchange][1]


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_the_unified_symbol_finds_its_contract(run: Run, server: ExchangeServer, exchange: str):
    for c in held(server.world, exchange):
        assert _one(run, exchange, symbol_of(c)) == symbol_of(c)


@pytest.mark.parametrize("exchange", INVERSE)
def test_the_exchanges_own_id_of_an_inverse_contract_finds_it(run: Run, server: ExchangeServer, exchange: str):
    assert _one(run, exchange, INVERSE[exchange]) == "BTC/USD:BTC"


@pytest.mark.parametrize("typed", ["BTC", "BTCUSDT", "btc/usdt", "BTC/USDT:USDT", "btcusdt", "BTC-USDT", "BTC_USDT"])
@pytest.mark.parametrize("exchange", ["binance", "okx", "bybit", "gate", "htx", "weex", "bitget"])
def test_every_way_to_write_btcusdt_means_the_same_contract(
    run: Run, server: ExchangeServer, exchange: str, typed: str
):
    assert _one(run, exchange, typed) == "BTC/USDT:USDT"


@pytest.mark.parametrize("exchange", ["binance", "okx", "bybit", "gate", "htx", "bitget"])
def test_btc_usd_means_the_inverse_contract_where_linear_ones_are_quoted_in_usdt(
    run: Run, server: ExchangeServer, exchange: str
):
    assert _one(run, exchange, "BTC/USD") == "BTC/USD:BTC"
    assert _one(run, exchange, "BTCUSD") == "BTC/USD:BTC"


def test_btc_usd_on_kraken_is_its_linear_contract(run: Run, server: ExchangeServer):
    assert _one(run, "krakenfutures", "BTC/USD") == "BTC/USD:USD"
    assert _one(run, "krakenfutures", "BTC/USD:BTC") == "BTC/USD:BTC"


def test_usdt_goes_before_usdc(run: Run, server: ExchangeServer):
    assert _one(run, "binance", "ETH") == "ETH/USDT:USDT"
    assert _one(run, "binance", "ETH/USDC") == "ETH/USDC:USDC"
    assert _one(run, "bitget", "ETHPERP") == "ETH/USDC:USDC"


def test_usdc_is_taken_where_there_is_no_usdt(run: Run, server: ExchangeServer):
    contracts = [c for c in server.world.of("binance") if c.id != "ETHUSDT"]
    server.world = server.world.with_contracts("binance", contracts)
    assert _one(run, "binance", "ETH") == "ETH/USDC:USDC"


def test_the_inverse_contract_is_taken_where_there_is_no_linear_one(run: Run, server: ExchangeServer):
    contracts = [c for c in server.world.of("binance") if c.id != "BTCUSDT"]
    server.world = server.world.with_contracts("binance", contracts)
    assert _one(run, "binance", "BTC") == "BTC/USD:BTC"


def test_a_symbol_given_twice_in_two_spellings_gives_one_row(run: Run, server: ExchangeServer):
    result = run("rates", "-s", "BTC", "-s", "btcusdt", "-s", "BTC/USD", "-o", "json", now=None)
    assert sorted(row["symbol"] for row in result.rows) == ["BTC/USD:BTC", "BTC/USDT:USDT"]


@pytest.mark.parametrize(
    ("typed", "near"), [("LAYR", "LAYER/USDT:USDT"), ("LAYERUSTD", "LAYER/USDT:USDT"), ("BTC/USTD", "BTC/USDT")]
)
def test_a_misspelt_symbol_says_what_is_near(run: Run, server: ExchangeServer, typed: str, near: str):
    line = assert_failed(run("rates", "--symbol", typed, now=None), 2)
    assert typed in line
    assert f"Did you mean {near}" in line


def test_a_symbol_like_nothing_there_says_where_the_list_is(run: Run, server: ExchangeServer):
    line = assert_failed(run("rates", "--exchange", "okx", "--symbol", "QQQQQQQ", now=None), 2)
    assert "QQQQQQQ" in line and "fundcli rates --exchange okx" in line


@pytest.mark.parametrize("exchange", ["binance", "okx", "bybit", "gate", "htx", "bitget", "krakenfutures"])
def test_a_dated_future_is_refused(run: Run, server: ExchangeServer, exchange: str):
    for c in server.world.of(exchange):
        if not c.perpetual:
            result = run("rates", "--exchange", exchange, "--symbol", c.id, "-o", "json", now=None)
            assert_failed(result, 2)


def test_a_unified_dated_symbol_is_refused_as_dated(run: Run, server: ExchangeServer):
    line = assert_failed(run("rates", "--symbol", "BTC/USDT:USDT-270326", now=None), 2)
    assert "dated" in line


@pytest.mark.parametrize("exchange", ["binance", "okx", "bybit", "gate", "htx", "bitget", "krakenfutures"])
def test_an_inactive_contract_is_not_found(run: Run, server: ExchangeServer, exchange: str):
    assert "WAVES" in assert_failed(run("rates", "--exchange", exchange, "--symbol", "WAVES", now=None), 2)


def test_a_demo_contract_is_not_found(run: Run, server: ExchangeServer):
    assert_failed(run("rates", "--exchange", "bitget", "--symbol", "SBTC", now=None), 2)


@pytest.mark.parametrize("exchange", ["binance", "okx", "bybit", "gate", "htx", "weex", "bitget", "hyperliquid"])
def test_a_contract_listed_since_the_list_was_saved_is_found(run: Run, server: ExchangeServer, exchange: str):
    assert run("rates", "--exchange", exchange, now=None).code == 0
    old = server.world.contract(exchange, MAIN[exchange][0])
    fresh = replace(old, id=old.id.replace("BTC", "FRESH"), base="FRESH", rate="0.000321")
    server.world = server.world.with_contracts(exchange, [*server.world.of(exchange), fresh])
    result = run("rates", "--exchange", exchange, "--symbol", "FRESH", "-o", "json", now=None)
    assert result.code == 0, result.err
    assert [row["symbol"] for row in result.rows] == [symbol_of(fresh)]
    assert same_rate(result.rows[0]["rate"], "0.000321")


def test_one_exchange_without_the_symbol_leaves_the_others(run: Run, server: ExchangeServer):
    """HYPE trades on Hyperliquid alone here."""
    result = run("rates", "-e", "binance", "-e", "hyperliquid", "--symbol", "HYPE", "-o", "json", now=None)
    assert result.code == 5
    assert [row["exchange"] for row in result.rows] == ["hyperliquid"]
    assert "binance" in result.err and "HYPE" in result.err


def test_no_exchange_with_the_symbol_is_a_wrong_command_line(run: Run, server: ExchangeServer):
    assert_failed(run("rates", "-e", "binance", "-e", "okx", "--symbol", "NOSUCH", now=None), 2)


@pytest.mark.parametrize("command", [("rates",), ("cost", "--live"), ("carry", "--live")])
def test_a_coin_does_not_turn_into_its_inverse_contract_where_the_linear_list_fails(
    run: Run, server: ExchangeServer, command: tuple[str, ...]
):
    server.faults.append(Fault("fapi/v1/exchangeInfo", "status", status=503))
    result = run(*command, "-e", "binance", "-s", "BTC", "-o", "json", now=None)
    assert (result.code, result.out) == (4, "")
    assert "fapi" in result.err
    named = run(*command, "-e", "binance", "-s", "BTC/USD:BTC", "-o", "json", now=None)
    assert named.code == 0, named.err
