"""`fundcli reconcile` with an exchange at hand: what a contract is worth, and prices that file and lake lack."""

import json
import os
from decimal import Decimal as D
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.exchange_server import Fault
from tests.exchange_server.world import HOUR_MS
from tests.lake.filling import BTC, fill
from tests.market.test_reconcile_formats import START, okx

RATE = D("0.0001")


@pytest.fixture
def lake(tmp_path):
    """The rate of 0.01 % at these times, without a price."""

    def put(exchange, times, symbol=BTC):
        fill(tmp_path / "data" / "lake", [(time, "0.0001") for time in times], symbol, exchange)

    return put


@pytest.fixture
def reconcile(run, tmp_path):
    """Reconcile rows, as JSON."""

    def call(rows, *options, code=0, name="export.json"):
        (tmp_path / name).write_text(rows if isinstance(rows, str) else json.dumps(rows), encoding="utf-8")
        result = run("reconcile", str(tmp_path / name), *options, "-o", "json", now=None)
        assert result.code == code, result.err
        return result

    return call


@pytest.fixture
def bills(lake):
    """A bill of OKX: 200 contracts at 50,000 and 0.01 %, of 0.01 BTC each: 10 USDT."""
    lake("okx", [START + 8 * i * HOUR_MS for i in range(3)])
    return [okx(START, "173", "-10")]


def _worth(result):
    (one,) = result.result["contracts"]
    return one["contract_value"], one["contract_value_basis"], [p["cause"] for p in result.result["payments"]]


def test_a_contract_is_worth_what_the_exchange_lists(reconcile, server, bills):
    result = reconcile(bills)
    assert _worth(result) == (D("0.01"), "exchange", ["exact"])
    assert "what contracts are worth is from the okx market list, 20" in result.err
    assert f"{BTC} 0.01" in result.err
    assert len(server.seen("public/instruments")) == len(server.requests) == 1


def test_a_worth_that_is_no_power_of_ten_is_known_too(reconcile, server, bills):
    """200 x 0.05 x 50,000 x 0.0001 = 50, which no power of ten makes."""
    server.world = server.world.with_contract("okx", "BTC-USDT-SWAP", contract_size="0.05")
    rows = [okx(START, "173", "-50")]
    assert _worth(reconcile(rows, "--offline")) == (None, None, ["implied"])
    assert _worth(reconcile(rows)) == (D("0.05"), "exchange", ["exact"])


def test_the_list_goes_before_what_payments_fit_and_the_difference_is_said(reconcile, server, bills):
    """100 booked where 10 are due: a guess takes contracts of 0.1 BTC, and finds nothing wrong."""
    rows = [okx(START, "173", "-100")]
    assert _worth(reconcile(rows, "--offline")) == (D("0.1"), "guessed", ["exact"])
    result = reconcile(rows)
    assert _worth(result)[:2] == (D("0.01"), "exchange")
    (paid,) = result.result["payments"]
    assert (paid["expected"], paid["difference"]) == (-10, -90)
    assert paid["cause"] != "exact"
    assert "payments fit a contract worth 0.1, and the exchange lists 0.01" in result.err


def test_the_list_on_disk_goes_first_and_serves_offline_however_old(run, reconcile, server, bills):
    assert run("rates", "-e", "okx", now=None).code == 0
    server.requests.clear()
    assert _worth(reconcile(bills)) == (D("0.01"), "exchange", ["exact"])
    (kept,) = Path(os.environ["FUNDCLI_CACHE_DIR"]).rglob("okx-*.json")
    old = json.loads(kept.read_text()) | {"saved_at": NOW.timestamp() - 400 * 86_400}
    kept.write_text(json.dumps(old))
    result = reconcile(bills, "--offline")
    assert _worth(result) == (D("0.01"), "exchange", ["exact"])
    assert "2025-10-17" in result.err
    assert not server.requests


def test_without_list_and_exchange_it_is_a_guess_that_strict_refuses(run, reconcile, bills, tmp_path):
    result = reconcile(bills, "--offline")
    assert _worth(result) == (D("0.01"), "guessed", ["exact"])
    assert "guessed to be worth 0.01 BTC" in result.err
    strict = run("reconcile", str(tmp_path / "export.json"), "--offline", "--strict")
    assert strict.code == 6
    assert "is a guess" in strict.err


def test_an_exchange_that_fails_leaves_the_guess_and_is_named(reconcile, server, bills):
    server.faults = [Fault("instruments", "status", status=503)]
    result = reconcile(bills, code=5)
    assert _worth(result) == (D("0.01"), "guessed", ["exact"])
    assert "partial answer: okx" in result.err


def test_a_contract_that_is_not_listed_any_more_is_a_guess(reconcile, server, lake):
    lake("okx", [START], "GONE/USDT:USDT")
    result = reconcile([okx(START, "173", "-10", inst="GONE-USDT-SWAP")])
    assert _worth(result) == (D("0.01"), "guessed", ["exact"])
    assert "no active perpetual 'GONE/USDT:USDT'" in result.err


def test_a_given_worth_asks_nobody(reconcile, server, bills):
    result = reconcile(bills, "--contract-size", "0.01")
    assert _worth(result) == (D("0.01"), "given", ["exact"])
    assert not server.requests


def test_a_column_that_counts_coins_is_taken_as_its_payments_show(reconcile, server, bills):
    """2 BTC x 50,000 x 0.0001 = 10: as contracts of 0.01 that would be 0.1."""
    text = "time,amount,symbol,size,rate,price\n2024-01-01T00:00Z,-10,BTCUSDT,2,0.01%,50000\n"
    result = reconcile(text, "-e", "okx", "--map", "time=time,amount=amount", name="paid.csv")
    assert _worth(result) == (1, "guessed", ["exact"])


# -- prices ------------------------------------------------------------------------------------------------------------


def _settled(server, exchange, count=6):
    """So many settlements 8 h apart, the last one a day ago, and the world's mark price at each."""
    now = server.world.now_ms
    last = now // (8 * HOUR_MS) * 8 * HOUR_MS - 24 * HOUR_MS
    c = server.world.contract(exchange, {"gate": "BTC_USDT", "binance": "BTCUSDT"}[exchange])
    times = [last - 8 * i * HOUR_MS for i in range(count)][::-1]
    return {time: D(c.price_at(time, now)) for time in times}


def _book(prices, factor=D(1)):
    """Gate's account book of a long of 2: it tells no price."""
    return [
        {"time": time // 1000, "change": f"{-2 * price * RATE * factor:.6f}", "text": "BTC_USDT", "type": "fund"}
        for time, price in prices.items()
    ]


def test_prices_that_neither_file_nor_lake_has_are_asked_for(reconcile, server, lake):
    prices = _settled(server, "gate")
    lake("gate", prices)
    result = reconcile(_book(prices), "--size", "2")
    found = result.result["payments"]
    assert [(p["cause"], p["price"], p["price_basis"]) for p in found] == [
        ("exact", price, "exchange") for price in prices.values()
    ]
    assert "6 prices are the opens of gate's hourly mark candles, asked for now" in result.err
    assert "neither in the export" not in result.err


def test_a_factor_in_every_payment_is_seen_with_prices_alone(reconcile, server, lake):
    """Half as much again: the implied prices agree with each other, and not with the exchange's."""
    prices = _settled(server, "gate")
    lake("gate", prices)
    rows = _book(prices, D("1.5"))
    offline = reconcile(rows, "--size", "2", "--offline").result
    assert ({p["cause"] for p in offline["payments"]}, offline["totals"]["difference"]) == ({"exact"}, 0)
    online = reconcile(rows, "--size", "2").result
    assert all(p["cause"] != "exact" for p in online["payments"])
    wanted = sum(-price * RATE for price in prices.values())
    assert online["totals"]["difference"] == pytest.approx(wanted, abs=D("1e-5"))


def test_a_settlement_that_was_not_booked_gets_its_price_too(reconcile, server, lake):
    prices = _settled(server, "gate")
    lake("gate", prices)
    rows = _book(prices)
    gone = list(prices)[2]
    result = reconcile([row for row in rows if row["time"] * 1000 != gone], "--positions", _held(prices)).result
    (missing,) = [p for p in result["payments"] if p["cause"] == "missing"]
    assert missing["expected"] == pytest.approx(-2 * prices[gone] * RATE, abs=D("1e-9"))


def _held(prices):
    Path("held.csv").write_text(f"time,symbol,size\n{min(prices) - HOUR_MS},BTC_USDT,2\n")
    return "held.csv"


def test_prices_of_the_lake_are_not_asked_for(reconcile, server, tmp_path):
    prices = _settled(server, "binance")
    for time, price in prices.items():
        fill(tmp_path / "data" / "lake", [(time, "0.0001")], price=price)
    rows = [
        {"symbol": "BTCUSDT", "incomeType": "FUNDING_FEE", "income": str(-2 * p * RATE), "asset": "USDT", "time": time}
        for time, p in prices.items()
    ]
    result = reconcile(rows, "--size", "2").result
    assert {(p["cause"], p["price_basis"]) for p in result["payments"]} == {("exact", "lake")}
    assert not server.requests


def test_an_exchange_that_fails_leaves_implied_prices_and_is_named(reconcile, server, lake):
    prices = _settled(server, "gate")
    lake("gate", prices)
    server.faults = [Fault("candlesticks", "status", status=503)]
    result = reconcile(_book(prices), "--size", "2", code=5)
    assert {p["price_basis"] for p in result.result["payments"]} == {"implied"}
    assert "partial answer: gate" in result.err


def test_without_a_rate_no_price_is_asked_for(reconcile, server):
    reconcile(_book(_settled(server, "gate")), "--size", "2")
    assert not server.requests


def test_an_oracle_price_is_not_to_be_had_and_nobody_is_asked(reconcile, server):
    rows = [
        {"time": START + i * HOUR_MS, "coin": "SOL", "usdc": "0.04", "szi": "-10", "fundingRate": "0.00002"}
        for i in range(3)
    ]
    result = reconcile(rows)
    assert "hyperliquid pays on the oracle price and keeps no history of it" in result.err
    assert not server.requests
