"""Which spot market stands behind a perpetual, how its book is read in the perpetual's units, and who has none."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from fundcli.errors import ExchangeError, UsageError
from fundcli.exchanges import (
    Network,
    SpotIndex,
    SpotMarket,
    book_in_units,
    find,
    has_spot,
    open_spot,
    open_venue,
    spot_for,
)
from fundcli.profiles import Catalog
from tests.exchange_server import Contract, ExchangeServer, Spot
from tests.exchanges.spotting import WITH_SPOT, opener


def market(symbol: str, active: bool = True) -> SpotMarket:
    """A spot market of this name."""
    base, _, quote = symbol.partition("/")
    return SpotMarket(base + quote, symbol, base, quote, active)


MARKETS = [
    market(symbol)
    for symbol in (
        "BTC/USD", "BTC/USDC", "BTC/USDT", "BTC/EUR", "ETH/USDC", "ETH/USD", "SOL/USD", "XRP/EUR", "ETH/BTC",
        "PEPE/USDT", "SATS/USDT", "1000SATS/USDT", "BABYDOGE/USDT", "MOG/USDT", "CAT/USDT", "AVA/USDT", "SHIB/USDC",
        "1000CHEEMS/TRY", "CHEEMS/USDT", "INCH/USDT",
    )
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "quote", "symbol", "same"),
    [
        ("BTC", "USDT", "BTC/USDT", True),
        ("BTC", "USDC", "BTC/USDC", True),
        ("BTC", "USD", "BTC/USD", True),  # inverse, and Kraken's linear
        ("BTC", "EUR", "BTC/EUR", True),
        ("ETH", "USDT", "ETH/USDC", False),  # USDC before USD
        ("SOL", "USDT", "SOL/USD", False),
        ("BTC", "USD1", "BTC/USDT", False),  # MEXC quotes perpetuals in USD1
        ("ETH", "BTC", "ETH/BTC", True),
    ],
)
def test_the_own_quote_goes_first_then_dollars_in_their_order(base: str, quote: str, symbol: str, same: bool):
    pair = spot_for(MARKETS, base, quote)
    assert pair is not None
    assert (pair.market.symbol, pair.same_quote, pair.multiple) == (symbol, same, 1)


@pytest.mark.parametrize(("base", "quote"), [("XRP", "USDT"), ("SOL", "BTC"), ("NOTHING", "USDT"), ("SOL", "EUR")])
def test_a_perpetual_without_a_market_in_a_like_quote_has_none(base: str, quote: str):
    """XRP/EUR is no hedge against dollars, nor dollars against a contract in bitcoin."""
    assert spot_for(MARKETS, base, quote) is None


@pytest.mark.parametrize(
    ("base", "symbol", "coins"),
    [
        ("1000PEPE", "PEPE/USDT", 1000),
        ("kPEPE", "PEPE/USDT", 1000),
        ("10000SATS", "SATS/USDT", 10_000),
        ("1000SATS", "1000SATS/USDT", 1),  # Binance has it on the spot side too
        ("SATS", "SATS/USDT", 1),
        ("1MBABYDOGE", "BABYDOGE/USDT", 1_000_000),
        ("1000000MOG", "MOG/USDT", 1_000_000),
        ("100000MOG", "MOG/USDT", 100_000),
        ("1000CAT", "CAT/USDT", 1000),
        ("SHIB1000", "SHIB/USDC", 1000),  # Bybit
    ],
)
def test_names_that_count_coins_are_read_as_counts(base: str, symbol: str, coins: int):
    pair = spot_for(MARKETS, base, "USDT")
    assert pair is not None
    assert (pair.market.symbol, pair.multiple) == (symbol, coins)
    assert pair.same_quote == symbol.endswith("/USDT")


@pytest.mark.parametrize("base", ["KAVA", "kava", "KPEPE", "1INCH", "1000", "k", "1M"])
def test_names_that_only_look_like_counts_are_not(base: str):
    """KAVA is a coin of its own and not 1,000 AVA, nor is 1INCH one INCH."""
    assert spot_for(MARKETS, base, "USDT") is None


def test_where_the_very_name_trades_no_count_is_read():
    """1000CHEEMS trades against the lira alone: what CHEEMS is may be another coin."""
    assert spot_for(MARKETS, "1000CHEEMS", "USDT") is None


def test_markets_that_do_not_trade_do_not_count():
    halted = [market("BTC/USDT", active=False), market("BTC/USDC")]
    pair = spot_for(halted, "BTC", "USDT")
    assert pair is not None
    assert (pair.market.symbol, pair.same_quote) == ("BTC/USDC", False)
    assert spot_for(halted[:1], "BTC", "USDT") is None
    # a name that trades no more leaves the count to those that do
    pair = spot_for([market("1000PEPE/USDT", active=False), market("PEPE/USDT")], "1000PEPE", "USDT")
    assert pair is not None
    assert (pair.market.symbol, pair.multiple) == ("PEPE/USDT", 1000)


def test_an_index_built_once_says_the_same():
    index = SpotIndex(MARKETS)
    for base, quote in (("BTC", "USDT"), ("1000PEPE", "USDC"), ("NOTHING", "USDT")):
        assert spot_for(index, base, quote) == spot_for(MARKETS, base, quote)


def test_a_book_in_units_is_exact_and_worth_the_same():
    """0.0000123456789 x 1,000 = 0.0123456789; 7,000,001 PEPE = 7,000.001 units; 86.419... USDT either way."""
    bids = [(Decimal("0.0000123456789"), Decimal(7_000_001))]
    asks = [(Decimal("0.0000123456790"), Decimal("0.5"))]
    in_units = book_in_units((bids, asks), Decimal(1000))
    assert in_units == (
        [(Decimal("0.0123456789"), Decimal("7000.001"))],
        [(Decimal("0.0123456790"), Decimal("0.0005"))],
    )
    for side, units in zip((bids, asks), in_units, strict=True):
        assert [p * s for p, s in side] == [p * s for p, s in units]
    assert book_in_units((bids, asks), Decimal(1)) == (bids, asks)


def test_a_book_in_units_keeps_digits_that_the_usual_context_would_round():
    """29 digits; Decimal's own context has 28."""
    size = Decimal("12345678901234567890123456789")
    ((_, found),), _ = book_in_units(([(Decimal(1), size)], [(Decimal(2), size)]), Decimal(1000))
    assert found == Decimal("12345678901234567890123456.789")


@pytest.mark.parametrize(
    ("exchange", "contract_id", "base", "quote"),
    [
        ("binance", "1000PEPEUSDT", "1000PEPE", "USDT"),
        ("hyperliquid", "kPEPE", "kPEPE", "USDC"),
        ("backpack", "kPEPE_USDC_PERP", "kPEPE", "USDC"),
    ],
)
def test_perpetual_and_spot_of_a_scaled_coin_stand_at_one_price(
    server: ExchangeServer, tmp_path: Path, exchange: str, contract_id: str, base: str, quote: str
):
    """0.00001234 a coin: 0.01234 a unit of 1,000. Both books lie around it, and hold units."""
    world = server.world
    contracts = [c for c in world.of(exchange) if c.id != contract_id]
    like = contracts[0]
    pepe = replace(like, id=contract_id, base=base, quote=quote, settle=quote, mark="0.01234000", index="0.01234000")
    assert isinstance(pepe, Contract)
    world = world.with_contracts(exchange, [*contracts, pepe])
    server.world = world.with_spot(exchange, [Spot("PEPE", quote, price="0.00001234000"), Spot("AVA", quote)])
    profile = Catalog().load(exchange).profile
    venue = open_venue(profile, Network(gateway=server.url))
    perp = find(venue, f"{base}/{quote}:{quote}".upper())
    side = open_spot(profile, Network(gateway=server.url))
    pair = SpotIndex(side.markets()).of(perp)
    assert pair is not None
    assert (pair.market.symbol, pair.multiple, pair.same_quote) == (f"PEPE/{quote}", 1000, True)
    book = book_in_units(side.book(pair.market), pair.multiple)
    for (bids, asks), places in ((book, 0), (venue.book(perp), 0)):
        middle = (bids[places][0] + asks[places][0]) / 2
        assert abs(middle - Decimal("0.01234")) < Decimal("0.0000001")
        assert 3_999 < bids[0][0] * bids[0][1] < 7_001


def test_a_crossed_book_of_a_perpetual_is_no_book_to_walk(server: ExchangeServer):
    """`explain` may still look at one; an order cannot be walked over it."""
    bids, asks = server.world.contract("okx", "BTC-USDT-SWAP").book()
    crossed = {"bids": [[str(p), str(s), "0", "1"] for p, s in asks], "asks": [[str(p), str(s)] for p, s in bids]}
    server.answer("market/books", {"code": "0", "data": [{**crossed, "ts": "0"}], "msg": ""})
    venue = open_venue(Catalog().load("okx").profile, Network(gateway=server.url))
    perp = find(venue, "BTC")
    assert venue.fetch_book(venue.client, perp)
    with pytest.raises(ExchangeError, match="crossed"):
        venue.book(perp)


@pytest.mark.recorded
def test_every_perpetual_of_okx_in_may_2022_had_the_spot_market_that_its_underlying_names(
    server: ExchangeServer, shared: Path
):
    """166 swaps: 126 in USDT, 40 inverse ones in USD, which had no spot market; 513 spot markets."""
    folder = shared / "recorded" / "http" / "cryptofeed" / "okx"
    wire = {}
    for kind in ("SPOT", "SWAP"):
        file = folder / f"www_okx_com_api_v5_public_instruments_instType_{kind}.json"
        wire[kind] = json.loads(file.read_text())["httpResponse"]
        server.answer(f"instType={kind}$", wire[kind])
    profile = Catalog().load("okx").profile
    index = SpotIndex(open_spot(profile, Network(gateway=server.url)).markets())
    perps = [m for m in open_venue(profile, Network(gateway=server.url)).markets("swap") if m.active]
    found = {perp.id: index.of(perp) for perp in perps}
    listed = {row["instId"] for row in wire["SPOT"]["data"]}
    assert (len(listed), len(found)) == (513, 166)
    for row in wire["SWAP"]["data"]:
        pair = found[row["instId"]]
        assert pair is not None
        wanted = row["uly"] if row["uly"] in listed else row["uly"].replace("-USD", "-USDT")
        assert (pair.market.id, pair.multiple, pair.same_quote) == (wanted, 1, wanted == row["uly"])


# -- who has a spot side ------------------------------------------------------------------------------------------


def test_every_exchange_that_can_be_asked_has_spot_but_those_that_trade_none():
    asked = [p for name in Catalog().ids if (p := Catalog().load(name).profile).ccxt and p.status == "live"]
    assert {p.id for p in asked if has_spot(p)} == set(WITH_SPOT)
    assert {p.id for p in asked if not has_spot(p)} == {"dydx", "paradex"}


@pytest.mark.parametrize(("exchange", "said"), [("dydx", "no spot market"), ("ftx", "defunct"), ("bitmex", "asked")])
def test_an_exchange_without_spot_is_refused_with_a_remedy(exchange: str, said: str):
    profile = Catalog().load(exchange).profile
    assert not has_spot(profile)
    with pytest.raises(UsageError, match=said) as caught:
        open_spot(profile, Network())
    assert caught.value.remedy


def test_an_exchange_that_fundcli_does_not_know_is_read_by_ccxts_own_methods(server: ExchangeServer, tmp_path: Path):
    """OKX US is OKX under another host and another ccxt id."""
    file = tmp_path / "mine.yaml"
    file.write_text("extends: okx\nid: mine\nccxt: okxus\n")
    profile = Catalog().load_file(file).profile
    assert has_spot(profile)
    venue = open_spot(profile, Network(gateway=server.url))
    assert {m.symbol for m in venue.markets()} == {f"{s.base}/{s.quote}" for s in server.world.spot["okx"]}
    bids, asks = venue.book(venue.markets()[0])
    assert bids[0][0] < asks[0][0]


def test_a_profile_may_name_another_spot_side(server: ExchangeServer, tmp_path: Path):
    """A desk that trades its perpetuals on dYdX and buys its coins on OKX."""
    file = tmp_path / "mine.yaml"
    file.write_text(
        "extends: dydx\nid: mine\nspot: {ccxt: okx, source: {what: where our coins are, date: 2026-01-31}}\n"
    )
    opened = opener(server, tmp_path / "cache")("okx").markets()
    venue = open_spot(Catalog().load_file(file).profile, Network(gateway=server.url, cache_folder=tmp_path / "cache"))
    assert venue.id == "mine"
    assert venue.markets() == opened
    assert len(server.requests) == 1
