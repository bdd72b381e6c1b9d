"""Spot markets and their books, of every exchange that has them, through real ccxt and real HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange_server import ExchangeServer
from tests.exchanges.spotting import BOOK_AT, LIST_AT, WITH_SPOT, OpenSpot, book_of, market_of, opener, spots_of

each_exchange = pytest.mark.parametrize("exchange", WITH_SPOT)


@pytest.fixture
def spot(server: ExchangeServer, tmp_path: Path) -> OpenSpot:
    """Open the spot side of an exchange of the server's world."""
    return opener(server, tmp_path / "cache")


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
