"""Market lists on disk: asked for once a day, never trusted blindly, never in the way."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, World
from tests.exchanges.support import EXCHANGES, by_symbol, held, same_rate, symbol_of

#: Requests that only bring the list of contracts. Gate's and Hyperliquid's rates come with theirs.
LISTS = {
    "binance": r"/[fd]api/v1/exchangeInfo",
    "binancecoinm": r"/[fd]api/v1/exchangeInfo",
    "okx": r"/public/instruments",
    "bybit": r"/market/instruments-info",
    "gate": r"/contracts$",
    "htx": r"swap_contract_info",
    "weex": r"market/exchangeInfo",
    "bitget": r"mix/market/contracts",
    "hyperliquid": r"\"metaAndAssetCtxs\"|\"meta\"",
    "krakenfutures": r"v3/instruments",
    "bingx": r"(quote|market)/contracts",
    "kucoinfutures": r"contracts/active",
    "mexc": r"contract/detail",
    "phemex": r"public/products",
    "woo": r"public/instruments",
    "bitfinex": r"/conf/pub:info:pair:futures",
    "deribit": r"get_instruments",
    "dydx": r"perpetualMarkets",
    "aster": r"v3/exchangeInfo",
    "paradex": r"v1/markets$",
    "backpack": r"v1/markets\?",
    "lighter": r"orderBookDetails",
}
#: How often the same endpoint is asked for the rates themselves.
FOR_RATES = {"gate": 2, "hyperliquid": 1, "kucoinfutures": 1, "dydx": 1, "lighter": 1}


def _files() -> list[Path]:
    return sorted(Path(os.environ["FUNDCLI_CACHE_DIR"]).rglob("*.json"))


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_second_run_asks_for_no_market_list_and_says_the_same(run: Run, server: ExchangeServer, exchange: str):
    first = run("rates", "--exchange", exchange, "-o", "json", now=None)
    server.requests.clear()
    second = run("rates", "--exchange", exchange, "-o", "json", now=None)
    assert len(server.seen(LISTS[exchange])) == FOR_RATES.get(exchange, 0)
    keys = ("symbol", "rate", "interval_hours", "interval_basis", "time", "mark_price", "index_price", "kind")
    assert [[row[key] for key in keys] for row in second.rows] == [[row[key] for key in keys] for row in first.rows]


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_refresh_asks_for_the_lists_again(run: Run, server: ExchangeServer, exchange: str):
    run("rates", "--exchange", exchange, now=None)
    once = len(server.seen(LISTS[exchange]))
    server.requests.clear()
    assert run("rates", "--exchange", exchange, "--refresh", now=None).code == 0
    assert len(server.seen(LISTS[exchange])) == once


def _other(text: str) -> str:
    """The same list, as another program or version would have left it."""
    kept = json.loads(text)
    return json.dumps({**kept, "format": kept["format"] + 1})


def _empty(text: str) -> str:
    return json.dumps({**json.loads(text), "markets": []})


def _old(text: str) -> str:
    kept = json.loads(text)
    return json.dumps({**kept, "saved_at": kept["saved_at"] - 86_401})


def _from_the_future(text: str) -> str:
    kept = json.loads(text)
    return json.dumps({**kept, "saved_at": kept["saved_at"] + 86_400})


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda text: "", lambda text: text[: len(text) // 2], lambda text: "[]", lambda text: "null",
        lambda text: '{"hello": "world"}', lambda text: "\x00\x01\x02", lambda text: "not json",
        _other, _empty, _old, _from_the_future,
    ],
    ids=["empty", "cut", "list", "null", "foreign", "binary", "text", "format", "no-markets", "old", "future"],
)  # fmt: skip
def test_a_kept_list_that_cannot_be_right_is_asked_for_again(run: Run, server: ExchangeServer, spoilt):
    run("rates", "--exchange", "okx", now=None)
    files = _files()
    assert files
    for file in files:
        file.write_text(spoilt(file.read_text()))
    server.requests.clear()
    result = run("rates", "--exchange", "okx", "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    assert len(result.rows) == len(held(server.world, "okx"))
    assert len(server.seen(LISTS["okx"])) == 1


def test_a_kept_list_that_is_not_utf8_is_asked_for_again(run: Run, server: ExchangeServer):
    run("rates", "--exchange", "okx", now=None)
    for file in _files():
        file.write_bytes(b"\xff\xfe\x00{")
    assert run("rates", "--exchange", "okx", now=None).code == 0


def test_the_lists_of_two_gateways_are_apart(run: Run, server: ExchangeServer):
    """A gateway may lead to a test network: its contracts must not be taken for the real ones."""
    run("rates", "--exchange", "okx", now=None)
    small = [c for c in server.world.of("okx") if c.id == "BTC-USDT-SWAP"]
    changed = server.world.with_contracts("okx", small)
    assert isinstance(changed, World)
    with ExchangeServer(changed) as other:
        result = run("rates", "--exchange", "okx", "--gateway", other.url, "-o", "json", now=None)
        assert len(other.seen(LISTS["okx"])) == 1
    assert [row["symbol"] for row in result.rows] == ["BTC/USDT:USDT"]
    server.requests.clear()
    again = run("rates", "--exchange", "okx", "-o", "json", now=None)
    assert len(again.rows) == len(held(server.world, "okx"))
    assert not server.seen(LISTS["okx"])


def test_a_cache_folder_that_is_a_file_costs_nothing(
    run: Run, server: ExchangeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Root may write anywhere, so a file stands in the folder's place."""
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    monkeypatch.setenv("FUNDCLI_CACHE_DIR", str(blocked))
    for _ in range(2):
        result = run("rates", "--exchange", "okx", "-o", "json", now=None)
        assert (result.code, result.err) == (0, "")
        rows = by_symbol(result.rows)
        assert all(same_rate(rows[symbol_of(c)]["rate"], c.rate) for c in held(server.world, "okx"))
    assert len(server.seen(LISTS["okx"])) == 2


def test_a_folder_in_the_place_of_the_kept_list_costs_nothing(run: Run, server: ExchangeServer):
    run("rates", "--exchange", "okx", now=None)
    for file in _files():
        file.unlink()
        file.mkdir()
    result = run("rates", "--exchange", "okx", "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")


def test_no_half_written_file_stays_in_the_cache(run: Run, server: ExchangeServer):
    for exchange in EXCHANGES:
        run("rates", "--exchange", exchange, now=None)
    kept = [path for path in Path(os.environ["FUNDCLI_CACHE_DIR"]).rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        assert path.suffix == ".json"
        json.loads(path.read_text())


def test_a_kept_list_with_a_contract_that_is_gone_shows_the_rest(run: Run, server: ExchangeServer):
    run("rates", "--exchange", "okx", now=None)
    left = [c for c in server.world.of("okx") if c.id != "ETH-USDT-SWAP"]
    server.world = server.world.with_contracts("okx", left)
    result = run("rates", "--exchange", "okx", "-o", "json", now=None)
    assert result.code == 0, result.err
    assert sorted(row["symbol"] for row in result.rows) == sorted(symbol_of(c) for c in held(server.world, "okx"))
