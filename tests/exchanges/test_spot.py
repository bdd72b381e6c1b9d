"""Spot markets and their books, of every exchange that has them, through real ccxt and real HTTP."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from fundcli.errors import ExchangeError
from fundcli.exchanges import run_all
from tests.exchange_server import ExchangeServer, Fault, Spot
from tests.exchanges.spotting import (
    BOOK_AT,
    LIST_AT,
    WITH_SPOT,
    OpenSpot,
    Sides,
    book_edit,
    book_of,
    market_of,
    opener,
    spots_of,
    with_field,
    world_of,
)
from tests.exchanges.support import spread

each_exchange = pytest.mark.parametrize("exchange", WITH_SPOT)
BTC = "BTC/USDC"
#: Their lists do not say whether a market trades.
ALWAYS_ACTIVE = ("bitfinex", "hyperliquid")


#: Binance, Aster, MEXC and BingX: a fifth of what the most would weigh, or the most; ccxt names the others' limits.
DEPTHS = {
    "binance": ("limit", "1000"), "binancecoinm": ("limit", "1000"), "okx": ("sz", "400"), "bybit": ("limit", "200"),
    "gate": ("limit", "1000"), "weex": ("limit", "200"), "bitget": ("limit", "150"), "mexc": ("limit", "1000"),
    "bingx": ("limit", "1000"), "woo": ("maxLevel", "100"), "bitfinex": ("len", "250"),
    "krakenfutures": ("count", "500"), "deribit": ("depth", "1000"), "aster": ("limit", "1000"),
    "backpack": ("limit", "500"), "lighter": ("limit", "250"),
}  # fmt: skip
NO_NUMBERS = [(field, value) for field in (0, 1) for value in ("abc", None, "NaN", "-1", True, {})]
NO_LISTS: list[Any] = [
    [], {}, "text", None, {"data": "text"}, {"result": []}, {"symbols": [None]}, {"data": {"products": {}}}, [[], []],
]  # fmt: skip
NO_BOOKS: list[Any] = [[], {}, "text", None, {"result": []}, {"data": None}, {"levels": "ab"}]


@pytest.fixture
def spot(server: ExchangeServer, tmp_path: Path) -> OpenSpot:
    """Open the spot side of an exchange of the server's world."""
    return opener(server, tmp_path / "cache")


def refused(spot: OpenSpot, exchange: str, symbol: str = BTC) -> str:
    """The line that refuses a book; it names the exchange and says what to do."""
    venue = spot(exchange)
    market = market_of(venue, symbol)
    with pytest.raises(ExchangeError) as caught:
        venue.book(market)
    assert caught.value.message.startswith(f"{exchange}: ") or caught.value.message.startswith(f"{exchange} ")
    assert caught.value.remedy
    assert "HTTP 500" not in caught.value.message, "the test server failed"
    return caught.value.message


# -- what is there ------------------------------------------------------------------------------------------------


@each_exchange
def test_the_list_is_what_the_exchange_trades_and_costs_one_request(
    spot: OpenSpot, server: ExchangeServer, exchange: str
):
    found = {m.symbol: (m.base, m.quote, m.active) for m in spot(exchange).markets()}
    held = spots_of(server.world, exchange)
    assert found == {f"{s.base}/{s.quote}": (s.base, s.quote, s.active) for s in held}
    assert len(server.requests) == len(server.seen(LIST_AT[exchange])) == 1


@each_exchange
def test_a_book_is_the_worlds_to_the_last_digit_and_costs_one_request(
    spot: OpenSpot, server: ExchangeServer, exchange: str
):
    venue = spot(exchange)
    for s in spots_of(server.world, exchange):
        market = market_of(venue, f"{s.base}/{s.quote}")
        server.requests.clear()
        assert venue.book(market) == book_of(server.world, exchange, s)
        assert len(server.requests) == len(server.seen(BOOK_AT[exchange])) == 1


@each_exchange
def test_a_book_is_asked_for_as_deep_as_the_exchange_documents(spot: OpenSpot, server: ExchangeServer, exchange: str):
    """More than it takes is refused by some, cut without a word by others; HTX and Phemex take no number here."""
    venue = spot(exchange)
    venue.book(market_of(venue, BTC))
    (asked,) = server.seen(BOOK_AT[exchange])
    name, most = DEPTHS.get(exchange, ("", None))
    assert asked.query.get(name) == most
    assert not {"limit", "sz", "len", "count", "depth", "maxLevel"} & set(asked.query) - {name}


@each_exchange
def test_a_market_that_does_not_trade_is_not_active(spot: OpenSpot, server: ExchangeServer, exchange: str):
    """Gate's is among its margin pairs all the same, which ccxt takes for active."""
    halted = [Spot("BTC", "USDC"), Spot("ETH", "USDC", active=False)]
    server.world = server.world.with_spot(world_of(exchange), halted)
    active = {m.symbol: m.active for m in spot(exchange).markets()}
    assert active == {"BTC/USDC": True, "ETH/USDC": exchange in ALWAYS_ACTIVE}


def test_kraken_and_bitfinex_are_read_by_the_common_names_of_coins(spot: OpenSpot, server: ExchangeServer):
    """XXBTZUSD and XDGUSD; tBTCUST and tDOGE:USD."""
    held = [Spot("BTC", "USD", price="64000.10"), Spot("DOGE", "USD", price="0.11230000"), Spot("BTC", "USDT")]
    for exchange in ("krakenfutures", "bitfinex"):
        server.world = server.world.with_spot(exchange, held)
        venue = spot(exchange)
        assert {m.symbol for m in venue.markets()} == {"BTC/USD", "DOGE/USD", "BTC/USDT"}
        for s in held:
            assert venue.book(market_of(venue, f"{s.base}/{s.quote}")) == book_of(server.world, exchange, s)


def test_on_hyperliquid_the_coin_of_the_bridge_goes_before_a_token_that_took_its_name(
    spot: OpenSpot, server: ExchangeServer
):
    """UBTC is bitcoin; anybody may have called a token BTC before."""

    def usurped(answer: Any) -> Any:
        meta, contexts = answer
        token = {**meta["tokens"][0], "name": "BTC", "index": len(meta["tokens"])}
        market = {"name": "@99", "tokens": [len(meta["tokens"]), 0], "index": 1, "isCanonical": False}
        meta["tokens"].append(token)
        return [{**meta, "universe": [market, *meta["universe"], {**market, "name": "@98"}]}, contexts]

    server.faults.append(Fault(LIST_AT["hyperliquid"], "rewrite", edit=usurped))
    own = next(s for s in server.world.spot["hyperliquid"] if s.quote == "USDC" and s.base == "BTC")
    assert market_of(spot("hyperliquid"), BTC).id == f"@{server.world.spot['hyperliquid'].index(own)}"


def test_of_two_markets_of_a_name_the_active_one_is_kept(spot: OpenSpot, server: ExchangeServer):
    held = [Spot("BTC", "USDC", active=False), Spot("BTC", "USDC"), Spot("BTC", "USDC", active=False)]
    server.world = server.world.with_spot("okx", held)
    (market,) = spot("okx").markets()
    assert market.active


def test_books_of_many_markets_are_read_at_once(spot: OpenSpot, server: ExchangeServer):
    venue = spot("okx")
    held = spots_of(server.world, "okx")
    markets = [market_of(venue, f"{s.base}/{s.quote}") for s in held]
    found = run_all([partial(venue.book, m) for m in markets], 6, venue.deadline)
    assert found == [book_of(server.world, "okx", s) for s in held]


def test_no_digit_of_a_level_is_lost(spot: OpenSpot, server: ExchangeServer):
    """A float has 17 digits; PEPE's price and a large size have more between them."""
    levels = {"bids": [["0.0000070123456789012345", "987654321098765.43210987"]], "asks": [["0.0000071", "1"]]}
    server.answer(BOOK_AT["binance"], levels)
    venue = spot("binance")
    bids, _ = venue.book(market_of(venue, BTC))
    assert bids == [(Decimal("0.0000070123456789012345"), Decimal("987654321098765.43210987"))]


# -- the list on disk ---------------------------------------------------------------------------------------------


@each_exchange
def test_a_second_run_asks_for_no_list_and_reads_the_same_book(spot: OpenSpot, server: ExchangeServer, exchange: str):
    first = spot(exchange)
    listed = first.markets()
    book = first.book(market_of(first, BTC))
    server.requests.clear()
    second = spot(exchange)
    assert second.markets() == listed
    assert server.requests == []
    assert second.book(market_of(second, BTC)) == book


def test_refresh_asks_again_and_so_does_a_caller_who_misses_a_new_coin(spot: OpenSpot, server: ExchangeServer):
    spot("okx").markets()
    assert len(spot("okx", refresh=True).markets()) == 6
    assert len(server.seen(LIST_AT["okx"])) == 2
    server.world = server.world.with_spot("okx", [*server.world.spot["okx"], Spot("NEWCOIN", "USDT")])
    venue = spot("okx")
    assert len(venue.markets()) == 6
    assert len(venue.markets(again=True)) == 7
    assert len(spot("okx").markets()) == 7


def test_two_profiles_of_one_spot_side_share_its_list(spot: OpenSpot, server: ExchangeServer):
    spot("binance").markets()
    assert len(spot("binancecoinm").markets()) == 6
    assert len(server.requests) == 1


def test_a_kept_list_that_cannot_be_right_is_asked_for_again(spot: OpenSpot, server: ExchangeServer, tmp_path: Path):
    listed = spot("okx").markets()
    (file,) = (tmp_path / "cache").rglob("*.json")
    kept = json.loads(file.read_text())
    for spoilt in ("", "[]", json.dumps({**kept, "markets": []}), json.dumps({**kept, "saved_at": 0})):
        file.write_text(spoilt)
        assert spot("okx").markets() == listed
    assert len(server.seen(LIST_AT["okx"])) == 5


def test_the_lists_of_perpetuals_and_of_spot_are_apart(spot: OpenSpot, server: ExchangeServer, run: Any):
    """`rates` keeps its own; neither reads the other's."""
    spot("okx").markets()
    assert run("rates", "-e", "okx", "-o", "json", now=None).code == 0
    assert len(spot("okx").markets()) == 6


# -- what is wrong ------------------------------------------------------------------------------------------------


@each_exchange
def test_a_side_without_levels_is_refused(spot: OpenSpot, server: ExchangeServer, exchange: str):
    server.faults.append(book_edit(exchange, lambda bids, asks: (bids, [])))
    assert "empty side" in refused(spot, exchange)


@each_exchange
def test_a_crossed_book_is_refused(spot: OpenSpot, server: ExchangeServer, exchange: str):
    def cross(bids: list[Any], asks: list[Any]) -> Sides:
        if exchange == "bitfinex":
            return [[p, n, -size] for p, n, size in asks], [[p, n, -size] for p, n, size in bids]
        return asks, bids

    server.faults.append(book_edit(exchange, cross))
    assert "crossed" in refused(spot, exchange)


@pytest.mark.parametrize(("exchange", "spoilt"), spread(WITH_SPOT, NO_NUMBERS, 2))
def test_a_level_that_is_no_number_is_refused(
    spot: OpenSpot, server: ExchangeServer, exchange: str, spoilt: tuple[int, Any]
):
    field, value = spoilt

    def spoil(bids: list[Any], asks: list[Any]) -> Sides:
        return [with_field(exchange, bids[0], field, value), *bids[1:]], asks

    if exchange == "bitfinex" and field == 1 and value == "-1":
        return  # it is an ask there
    server.faults.append(book_edit(exchange, spoil))
    refused(spot, exchange)


@pytest.mark.parametrize(("exchange", "level"), spread(WITH_SPOT, ["12345", 7, None, []], 1))
def test_a_level_that_is_no_level_is_refused(spot: OpenSpot, server: ExchangeServer, exchange: str, level: Any):
    """ccxt takes the letters of a text for price and size."""
    server.faults.append(book_edit(exchange, lambda bids, asks: ([level, *bids], asks)))
    refused(spot, exchange)


@each_exchange
def test_levels_that_hold_nothing_are_left_out_and_any_order_is_put_right(
    spot: OpenSpot, server: ExchangeServer, exchange: str
):
    def shuffle(bids: list[Any], asks: list[Any]) -> Sides:
        if exchange == "backpack":  # the best bid stands last
            bids = bids[::-1]
        empty = with_field(exchange, bids[0], 1, 0 if exchange in ("phemex", "bitfinex") else "0")
        return [*bids[:0:-1], empty], asks[::-1]

    server.faults.append(book_edit(exchange, shuffle))
    venue = spot(exchange)
    s = next(s for s in spots_of(server.world, exchange) if (s.base, s.quote) == ("BTC", "USDC"))
    bids, asks = book_of(server.world, exchange, s)
    assert venue.book(market_of(venue, BTC)) == (bids[1:], asks)


@pytest.mark.parametrize(("exchange", "answer"), spread(WITH_SPOT, NO_LISTS, 2))
def test_a_list_of_another_shape_is_one_error(spot: OpenSpot, server: ExchangeServer, exchange: str, answer: Any):
    server.answer(LIST_AT[exchange], answer)
    with pytest.raises(ExchangeError) as caught:
        spot(exchange).markets()
    assert caught.value.message.startswith(exchange)
    assert "\n" not in caught.value.message and caught.value.remedy


@pytest.mark.parametrize(("exchange", "answer"), spread(WITH_SPOT, NO_BOOKS, 2))
def test_a_book_of_another_shape_is_one_error(spot: OpenSpot, server: ExchangeServer, exchange: str, answer: Any):
    server.answer(BOOK_AT[exchange], answer)
    assert "\n" not in refused(spot, exchange)


@each_exchange
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"kind": "html"}, "an HTML page"),
        ({"kind": "status", "status": 451}, "does not serve this location"),
        ({"kind": "cut"}, "broke off"),
    ],
    ids=["html", "451", "cut"],
)
def test_list_and_book_fail_in_the_words_of_every_other_request(
    spot: OpenSpot, server: ExchangeServer, exchange: str, fault: dict[str, Any], said: str
):
    venue = spot(exchange)
    market = market_of(venue, BTC)
    server.faults.append(Fault(BOOK_AT[exchange], **fault))
    with pytest.raises(ExchangeError, match=said):
        venue.book(market)
    server.faults.append(Fault(LIST_AT[exchange], **fault))
    with pytest.raises(ExchangeError, match=said):
        spot(exchange, refresh=True).markets()
