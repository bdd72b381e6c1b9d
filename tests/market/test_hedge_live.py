"""fundcli hedge with an exchange at hand: lots, contracts and prices of the instrument, worked by hand.

10,000 USD of exposure by a ratio of 0.86 x 0.04 / 0.03 = 1.146667 are hedged by 11,466.67 USD of the instrument.
"""

import json
import math
import statistics
from decimal import Decimal as D
from itertools import pairwise

import pytest

from tests.commands.expect import answered, refused
from tests.exchange_server import Contract, Fault
from tests.exchange_server.world import HOUR_MS
from tests.lake.test_hedge import END, put, series

TYPED = ("hedge", "--sigma-exposure", "0.04", "--sigma-instrument", "0.03", "--correlation", "0.86", "--live")
ETH, BTC = "ETH/USDT:USDT", "BTC/USDT:USDT"


@pytest.fixture
def live(run, server):
    """The hedge by typed numbers with a contract of an exchange, whose mark price it sets first."""

    def call(exchange, contract_id, instrument, mark, *more, code=0, **changes):
        known = server.world.find(exchange, contract_id)
        if known is None:
            server.world = server.world.with_contracts(exchange, [*server.world.of(exchange), changes.pop("new")])
        server.world = server.world.with_contract(exchange, contract_id, mark=mark, **changes)
        result = run(*TYPED, "-e", exchange, "--instrument", instrument, *more, "-o", "json", now=None)
        return answered(result, code), result.err

    return call


def _step(server, value):
    """Binance's steps, of every contract."""

    def edit(answer):
        return json.loads(json.dumps(answer).replace('"stepSize": "0.001"', f'"stepSize": "{value}"'))

    server.faults = [Fault("exchangeInfo", "rewrite", edit=edit)]


def test_lot_contract_and_price_come_from_the_exchange(live, server):
    """A contract of 0.01 BTC at 60,000 is worth 600: 19.11 of them, 19, 0.19 BTC, 11,400; 66.67 are left."""
    found, err = live("okx", "BTC-USDT-SWAP", "BTC", "60000.0")
    assert err == ""
    assert (found["instrument"], found["exchange"], found["instrument_exchange"]) == (BTC, "okx", "okx")
    assert (found["lots"], found["contracts"], found["quantity"], found["rounded_notional"]) == (
        19,
        19,
        D("0.19"),
        11400,
    )
    assert round(found["residual"], 2) == D("66.67")
    assert (found["lot"], found["lot_unit"], found["lot_basis"]) == (1, "contracts", "exchange")
    assert found["lot_source"].startswith("okx market list, 20")
    assert (found["price"], found["price_basis"], found["currency"]) == (60000, "mark", "USDT")
    assert (found["least"], found["below_least"]) == (1, False)


def test_the_list_is_asked_for_once_a_day(live, server):
    first, _ = live("okx", "BTC-USDT-SWAP", "BTC", "60000.0")
    server.requests.clear()
    again, _ = live("okx", "BTC-USDT-SWAP", "BTC", "60000.0")
    assert not server.seen("public/instruments")
    assert (again["lots"], again["lot_source"]) == (first["lots"], first["lot_source"])


def test_orders_that_count_coins_have_lots_of_coins(live, server):
    """At 60,000 that is 0.191111 BTC, 191 steps of 0.001: 11,460."""
    found, _ = live("binance", "BTCUSDT", "BTC", "60000.00")
    assert (found["lot"], found["lot_unit"], found["lots"], found["contracts"]) == (D("0.001"), "coins", 191, None)
    assert (found["quantity"], found["rounded_notional"]) == (D("0.191"), 11460)


def test_a_thousand_coins_in_a_name_count_as_one(live, server):
    """1000PEPE at 0.012: 955,555.6 of them; in whole ones 955,556 x 0.012 = 11,466.672."""
    _step(server, "1")
    new = Contract("1000PEPEUSDT", "1000PEPE", "USDT", "USDT", next_ms=server.world.now_ms + HOUR_MS)
    found, _ = live("binance", "1000PEPEUSDT", "1000PEPE", "0.0120", new=new)
    assert (found["instrument"], found["lots"], found["quantity"]) == ("1000PEPE/USDT:USDT", 955556, 955556)
    assert found["rounded_notional"] == D("11466.672")


def test_a_contract_of_ten_million_coins_is_one_contract(live, server):
    """10,000,000 PEPE at 0.000012 are 120: 95.56 contracts, 96 of them, 960,000,000 PEPE, 11,520."""
    new = Contract("PEPE-USDT-SWAP", "PEPE", "USDT", "USDT", next_ms=server.world.now_ms + HOUR_MS)
    found, _ = live("okx", "PEPE-USDT-SWAP", "PEPE", "0.0000120", new=new, contract_size="10000000")
    assert (found["contracts"], found["quantity"], found["rounded_notional"]) == (96, 960_000_000, 11520)
    assert round(found["residual"], 2) == D("-53.33")


@pytest.mark.parametrize(
    ("exchange", "contract_id", "lots", "contracts", "money"),
    [
        ("okx", "BTC-USD-SWAP", 115, 115, 11500),  # 100 USD each: 114.67
        ("deribit", "BTC-PERPETUAL", 1147, 1147, 11470),  # 10 USD each: 1146.67
        ("bybit", "BTCUSD", 11467, 11467, 11467),  # 1 USD each
        ("krakenfutures", "PI_XBTUSD", 11467, 11467, 11467),
        ("bitget", "BTCUSD", 191, None, 11460),  # 0.001 BTC, 60 USD: 191.11
    ],
)
def test_inverse_contracts_are_worth_money_or_coins_as_the_exchange_counts(
    live, server, exchange, contract_id, lots, contracts, money
):
    found, _ = live(exchange, contract_id, "BTC/USD:BTC", "60000.0")
    assert (found["lots"], found["contracts"], found["rounded_notional"]) == (lots, contracts, money)
    assert found["quantity"] == pytest.approx(D(money) / 60000, abs=D("1e-20"))
    assert found["currency"] == "USD"


def test_what_is_typed_goes_before(live, server):
    """In lots of five contracts of 600: 3.82, 4 of them, 20 contracts; at a price of 30,000 of 300: 38.22, 7.64, 8."""
    found, _ = live("okx", "BTC-USDT-SWAP", "BTC", "60000.0", "--lot", "5")
    assert (found["lots"], found["contracts"], found["lot_basis"], found["lot_source"]) == (4, 20, "given", None)
    found, _ = live("okx", "BTC-USDT-SWAP", "BTC", "60000.0", "--lot", "5", "--price", "30000")
    assert (found["lots"], found["contracts"], found["price_basis"]) == (8, 40, "given")
    server.requests.clear()
    found, _ = live("okx", "BTC-USDT-SWAP", "BTC", "60000.0", "--price", "30000")
    assert (found["contracts"], found["lot_basis"]) == (38, "exchange")
    assert not server.seen("candles|funding-rate|mark-price")
    # contracts as typed, so the price alone is asked for: 0.5 x 60,000 = 30,000 a lot of one
    found, _ = live("okx", "BTC-USDT-SWAP", "BTC", "60000.0", "--contract-size", "0.1", "--lot", "1")
    assert (found["lots"], found["lot_basis"], found["price"], found["least"]) == (2, "given", 60000, None)


def test_typed_numbers_name_no_exchange_of_the_exposure(run, server):
    for more, where in (((), "binance"), (("--instrument-exchange", "okx"), "okx")):
        found = answered(run(*TYPED, "--exposure", "ETH", "--instrument", "BTC", *more, "-o", "json", now=None))
        assert (found["exchange"], found["instrument_exchange"]) == (None, where)
        assert found["sentence"] == f"{BTC} hedges ETH: short {BTC} against long ETH"


def test_a_hedge_below_the_smallest_order_is_said(live, server):
    found, err = live("okx", "BTC-USDT-SWAP", "BTC", "60000.0", "-n", "100")
    assert (found["lots"], found["below_least"]) == (0, True)
    assert f"below the smallest order of {BTC}: 1 contracts" in err


def test_an_exchange_that_does_not_say_its_lot_is_named(live, server):
    found, err = live("bingx", "BTC-USD", "BTC/USD:BTC", "60000.0")
    assert (found["contracts"], found["lot_basis"]) == (115, "whole contracts")
    assert "bingx does not say the lot of BTC/USD:BTC: whole contracts are taken; give it with --lot" in err


def test_a_table_says_where_the_lot_is_from_within_80_columns(run, server):
    result = run(*TYPED, "-e", "krakenfutures", "--instrument", "BTC", "--no-color", terminal=True, now=None)
    assert result.code == 0, result.err
    assert "krakenfutures market list, 20" in result.out
    assert max(map(len, result.out.splitlines())) <= 80


def test_offline_without_a_lot_nothing_is_rounded_and_the_table_says_so(run):
    typed = (*TYPED[:-1], "--offline", "--price", "60000")
    found = answered(run(*typed, "-o", "json"))
    assert (found["lot"], found["lot_basis"], found["lots"], found["least"]) == (None,) * 4
    assert found["quantity"] == found["quantity_exact"]
    assert "not known: nothing is rounded" in run(*typed, "--no-color", terminal=True).out


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ((), 2, ("--live", "--instrument")),
        (("--instrument", "BTC", "--offline"), 2, ("--offline",)),
        (("--instrument", "BTC", "--as-of", "2026-01-01"), 2, ("--as-of",)),
        (("--instrument", "BTC", "--contract-size", "0.1"), 2, ("--contract-size", "--lot")),
        (("--instrument", "BTC", "--contract-size", "0.1", "--lot", "1", "--price", "5"), 2, ("all are typed",)),
        (("--instrument", "NOCOIN"), 2, ("binance", "NOCOIN")),
        (("--instrument", "BTC", "-e", "ftx"), 2, ("ftx",)),
    ],
)
def test_what_live_cannot_answer_is_refused(run, server, more, code, words):
    refused(run(*TYPED, *more, now=None), code, *words)


def test_an_exchange_that_fails_is_exit_4(run, server):
    server.faults = [Fault("exchangeInfo", "status", status=503)]
    refused(run(*TYPED, "--instrument", "BTC", now=None), 4, "binance")


@pytest.fixture
def lake(tmp_path):
    return tmp_path / "data" / "lake"


LEGS = ("hedge", "--exposure", "ETH", "--instrument", "BTC", "--window", "10d", "--long-window", "20d")


def test_the_instrument_may_stand_on_another_exchange(run, lake):
    """ETH of binance moves 1.2 times as BTC of okx; BTC of binance moves against them."""
    y, x = series([0.5] * 480)
    put(lake, ETH, y)
    put(lake, BTC, {time: 1e9 / price for time, price in x.items()})
    put(lake, BTC, x, exchange="okx")
    result = run(*LEGS, "--instrument-exchange", "okx", "-o", "json")
    found = answered(result)
    assert result.err == ""
    assert float(found["ratio"]) == pytest.approx(1.2, abs=1e-9)
    assert (found["exchange"], found["instrument_exchange"], found["source"]) == ("binance", "okx", "lake")
    assert (
        found["sentence"] == f"{BTC} on okx hedges {ETH} on binance: short {BTC} on okx against long {ETH} on binance"
    )
    assert float(found["price"]) == pytest.approx(x[END])
    assert run(*LEGS, "-o", "json").result["ratio"] < 0


def test_hours_that_one_exchange_lacks_are_dropped(run, lake):
    """Of okx every other hour is held: a common price every 2 h, and no return of 1 h; 60 of 4 h, which cancel."""
    y, x = series([0.5] * 480)
    put(lake, ETH, y)
    put(lake, BTC, {time: price for time, price in x.items() if time // HOUR_MS % 2 == 0}, exchange="okx")
    refused(run(*LEGS, "--instrument-exchange", "okx"), 3, "2 h apart", "--frequency 4h")
    put(
        lake, "C/USDT:USDT", {time: price for time, price in x.items() if (END - time) // HOUR_MS > 5}, exchange="bybit"
    )
    found = answered(run(*LEGS[:3], "--instrument", "C", *LEGS[5:], "--instrument-exchange", "bybit", "-o", "json"))
    assert (found["returns"], found["window"]["dropped"]) == (234, 6)
    assert float(found["ratio"]) == pytest.approx(1.2, abs=0.02)


def test_a_contract_hedges_its_like_on_another_exchange(run, lake):
    _, x = series([0.5] * 480)
    put(lake, BTC, x)
    put(lake, BTC, {time: price**2 for time, price in x.items()}, exchange="okx")
    same = ("hedge", "--exposure", "BTC", "--instrument", "BTC", *LEGS[5:])
    assert float(answered(run(*same, "--instrument-exchange", "okx", "-o", "json"))["ratio"]) == pytest.approx(0.5)
    refused(run(*same, "--instrument-exchange", "binance"), 2, "cannot hedge itself")


def test_what_the_lake_lacks_names_the_exchange_that_it_is_of(run, lake):
    y, _ = series([0.5] * 480)
    put(lake, ETH, y)
    refused(run(*LEGS, "--instrument-exchange", "okx"), 3, "BTC on okx", "history sync -e okx -s BTC --with prices")


def test_hours_that_the_lake_lacks_are_asked_for_live_and_said(run, server, lake):
    """The ratio is the least-squares slope of the world's own prices, by another implementation."""
    now = server.world.now_ms
    end = (now // HOUR_MS - 1) * HOUR_MS
    eth, btc = server.world.contract("binance", "ETHUSDT"), server.world.contract("okx", "BTC-USDT-SWAP")
    result = run("hedge", "--exposure", "ETH", "--instrument", "BTC", "--instrument-exchange", "okx", "--window", "3d",
                 "--long-window", "5d", "--live", "-o", "json", now=None)  # fmt: skip
    found = answered(result)

    def moves(c):
        prices = [float(c.price_at(end - i * HOUR_MS, now)) for i in range(72, -1, -1)]
        return [math.log(after / before) for before, after in pairwise(prices)]

    slope = statistics.linear_regression(moves(btc), moves(eth)).slope
    assert (found["returns"], found["source"]) == (72, "exchange")
    assert float(found["ratio"]) == pytest.approx(slope, rel=1e-9)
    for exchange, symbol in (("binance", ETH), ("okx", BTC)):
        assert f"the lake holds no mark prices of {symbol} on {exchange} in that time" in result.err
    assert (found["lot_unit"], found["price_basis"]) == ("contracts", "mark")


def test_hours_that_the_lake_holds_are_not_asked_for(run, server, lake):
    y, x = series([0.5] * 480)
    shift = server.world.now_ms // HOUR_MS * HOUR_MS - HOUR_MS - END
    put(lake, ETH, {time + shift: price for time, price in y.items()})
    put(lake, BTC, {time + shift: price for time, price in x.items()})
    result = run(*LEGS, "--live", "-o", "json", now=None)
    found = answered(result)
    assert (found["source"], found["exchange"]) == ("lake", "binance")
    assert float(found["ratio"]) == pytest.approx(1.2, abs=1e-9)
    assert not server.seen("Klines")
    assert found["price"] == D(server.world.contract("binance", "BTCUSDT").mark)
