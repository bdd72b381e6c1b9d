"""Hourly mark and index prices: every closed hour of a window, each once, over every page cap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from fundcli.errors import ExchangeError
from fundcli.exchanges import Network, find, keeps, open_venue, price_history, prices_at
from fundcli.profiles import Catalog
from tests.exchange_server import ExchangeServer, Fault
from tests.exchange_server.world import HOUR_MS
from tests.exchanges.charting import (
    CONTRACTS,
    KEPT,
    PAGES,
    PRICE_HOURS,
    PRICE_ROWS,
    PRICED,
    PRICES,
    PRICES_AT,
    Opened,
    hours,
    on_rows,
    opener,
    small_server,
    told,
    with_field,
)
from tests.exchanges.measuring import INVERSE, LINEAR, MAIN
from tests.exchanges.support import EXCHANGES, spread


@pytest.fixture
def server() -> Iterator[ExchangeServer]:
    """The loopback exchange."""
    with small_server() as running:
        yield running


@pytest.fixture
def opened(server: ExchangeServer, tmp_path: Path) -> Opened:
    """Open a venue and a contract of it."""
    return opener(server, tmp_path / "cache")


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_each_exchange_says_what_it_keeps(opened: Opened, exchange: str):
    for known in (LINEAR, INVERSE):
        if exchange in known:
            alone = exchange == "bingx" and known is INVERSE
            assert keeps(*opened(exchange, known[exchange])) == (set() if alone else KEPT.get(exchange, set()))


@pytest.mark.parametrize(("exchange", "contract_id", "kind"), PRICED)
def test_a_window_of_several_pages_is_whole(
    opened: Opened, server: ExchangeServer, exchange: str, contract_id: str, kind: str
):
    page = PAGES.get(exchange)
    length = PRICE_HOURS[exchange] - 10 if page is None else page * 2 + 50
    since, until = hours(server, length + 2, 2)
    venue, market = opened(exchange, contract_id)
    rows = price_history(venue, market, kind, since, until)
    assert rows == told(server, exchange, contract_id, kind, since, until)
    assert venue.notes == []
    assert len(server.seen(PRICES_AT)) == (1 if page is None else 3)


@pytest.mark.parametrize(("exchange", "contract_id", "kind"), PRICED)
def test_the_hour_that_still_runs_is_left_out(
    opened: Opened, server: ExchangeServer, exchange: str, contract_id: str, kind: str
):
    since, last = hours(server, 30, 1)
    rows = price_history(*opened(exchange, contract_id), kind, since, server.world.now_ms + 5 * HOUR_MS)
    assert rows == told(server, exchange, contract_id, kind, since, last)


@pytest.mark.parametrize("exchange", PRICES)
def test_both_ends_of_a_window_belong_to_it(opened: Opened, server: ExchangeServer, exchange: str):
    since, until = hours(server, 50, 20)
    venue, market = opened(exchange, MAIN[exchange])
    inside = price_history(venue, market, "mark", since + 1, until - 1)
    assert inside == told(server, exchange, MAIN[exchange], "mark", since + HOUR_MS, until - HOUR_MS)
    assert [row.time_ms for row in price_history(venue, market, "mark", until, until)] == [until]
    assert price_history(venue, market, "mark", until + 1, until + HOUR_MS - 1) == []


@pytest.mark.parametrize(("exchange", "back"), [("okx", 3000), ("bitget", 3000), ("gate", 9000), ("mexc", 9000)])
def test_an_old_window_is_asked_for_where_the_exchange_has_it(
    opened: Opened, server: ExchangeServer, exchange: str, back: int
):
    """OKX and Bitget have the candles of more than two months ago at another place than the recent ones."""
    since, until = hours(server, back, back - 150)
    rows = price_history(*opened(exchange, MAIN[exchange]), "index", since, until)
    assert rows == told(server, exchange, MAIN[exchange], "index", since, until)


@pytest.mark.parametrize("exchange", ["okx", "bitget"])
def test_a_window_over_recent_and_old_candles_has_no_seam(opened: Opened, server: ExchangeServer, exchange: str):
    since, until = hours(server, 1700, 1100)
    rows = price_history(*opened(exchange, MAIN[exchange]), "mark", since, until)
    assert rows == told(server, exchange, MAIN[exchange], "mark", since, until)


def test_htx_keeps_2000_hours_and_the_answer_says_so(opened: Opened, server: ExchangeServer):
    venue, market = opened("htx", "BTC-USDT")
    since, until = hours(server, 5000, 1)
    first, _ = hours(server, 1999, 0)
    assert price_history(venue, market, "mark", since, until) == told(server, "htx", "BTC-USDT", "mark", first, until)
    assert venue.notes == ["htx keeps mark prices for 2,000 hours: what is older is not to be had"]
    assert len(server.seen(PRICES_AT)) == 1


def test_a_window_that_is_too_old_is_empty_and_not_asked_for(opened: Opened, server: ExchangeServer):
    venue, market = opened("htx", "BTC-USD")
    assert price_history(venue, market, "mark", *hours(server, 5000, 4000)) == []
    assert len(venue.notes) == 1
    assert server.seen(PRICES_AT) == []


@pytest.mark.parametrize("exchange", [e for e in PRICE_ROWS if e != "htx"])
def test_a_page_that_is_cut_shorter_than_known_leaves_no_hole(opened: Opened, server: ExchangeServer, exchange: str):
    """The newest 30 rows of what was asked for, as where a cap is changed one day."""
    place, time, _ = PRICE_ROWS[exchange]
    cut = on_rows(place, lambda rows: sorted(rows, key=lambda row: str(row[time]))[-30:])
    server.faults.append(Fault(PRICES_AT, "rewrite", edit=cut))
    since, until = hours(server, 100, 3)
    rows = price_history(*opened(exchange, MAIN[exchange]), "mark", since, until)
    assert rows == told(server, exchange, MAIN[exchange], "mark", since, until)


@pytest.mark.parametrize("exchange", ["binance", "okx", "bybit", "weex", "gate"])
def test_a_history_that_begins_within_the_window_ends_the_asking(opened: Opened, server: ExchangeServer, exchange: str):
    """Listed 150 hours ago, asked for since six years: a few requests more, not hundreds."""
    begin, until = hours(server, 150, 1)
    place, time, _ = PRICE_ROWS[exchange]
    unit = 1000 if exchange == "gate" else 1
    young = on_rows(place, lambda rows: [row for row in rows if int(row[time]) * unit >= begin])
    server.faults.append(Fault(PRICES_AT, "rewrite", edit=young))
    since = until - 6 * 8760 * HOUR_MS
    rows = price_history(*opened(exchange, MAIN[exchange]), "mark", since, until)
    assert rows == told(server, exchange, MAIN[exchange], "mark", begin, until)
    assert len(server.seen(PRICES_AT)) <= 5


@pytest.mark.parametrize(
    ("exchange", "value"),
    spread(PRICE_ROWS, [None, "n/a", "NaN", "", "-1", "0", 1e300, "1e999999", [], {}], 3),
)
def test_a_row_that_is_no_price_is_left_out_and_noted_once(
    opened: Opened, server: ExchangeServer, exchange: str, value: object
):
    place, _, close = PRICE_ROWS[exchange]
    server.faults.append(Fault(PRICES_AT, "rewrite", edit=on_rows(place, with_field(close, value))))
    since, until = hours(server, 50, 2)
    venue, market = opened(exchange, MAIN[exchange])
    rows = price_history(venue, market, "mark", since, until)
    wanted = told(server, exchange, MAIN[exchange], "mark", since, until)
    assert len(rows) == len(wanted) - 1
    assert [row for row in wanted if row in rows] == rows
    assert venue.notes == [f"{exchange}: a candle of {market.symbol} without a readable number or time was left out"]


@pytest.mark.parametrize(("exchange", "value"), spread(PRICE_ROWS, [None, "soon", 17, "NaN", 1e18], 2))
def test_a_row_without_a_time_is_left_out(opened: Opened, server: ExchangeServer, exchange: str, value: object):
    place, time, _ = PRICE_ROWS[exchange]
    server.faults.append(Fault(PRICES_AT, "rewrite", edit=on_rows(place, with_field(time, value))))
    since, until = hours(server, 50, 2)
    venue, market = opened(exchange, MAIN[exchange])
    assert len(price_history(venue, market, "mark", since, until)) == 48
    assert len(venue.notes) == 1


def test_a_column_that_is_shorter_than_the_others_loses_its_rows(opened: Opened, server: ExchangeServer):
    def edit(answer: dict[str, dict[str, list[object]]]) -> object:
        answer["data"]["close"] = [None, "n/a", *answer["data"]["close"][2:-1]]
        return answer

    server.faults.append(Fault(PRICES_AT, "rewrite", edit=edit))
    since, until = hours(server, 50, 2)
    venue, market = opened("mexc", "BTC_USDT")
    rows = price_history(venue, market, "mark", since, until)
    assert rows == told(server, "mexc", "BTC_USDT", "mark", since + 2 * HOUR_MS, until - HOUR_MS)
    assert len(venue.notes) == 1


@pytest.mark.parametrize("exchange", PRICES)
def test_html_is_an_error_with_a_remedy(opened: Opened, server: ExchangeServer, exchange: str):
    venue, market = opened(exchange, MAIN[exchange])
    server.faults.append(Fault(PRICES_AT, "html"))
    with pytest.raises(ExchangeError, match="answered an HTML page") as caught:
        price_history(venue, market, "mark", *hours(server, 50, 2))
    assert caught.value.remedy


@pytest.mark.parametrize(("exchange", "wrong"), spread(PRICE_ROWS, [{}, None, "", 5, [7], ["x"], {"a": 1}], 3))
def test_rows_of_another_shape_are_an_error_and_not_no_rows(
    opened: Opened, server: ExchangeServer, exchange: str, wrong: object
):
    venue, market = opened(exchange, MAIN[exchange])
    server.faults.append(Fault(PRICES_AT, "rewrite", edit=on_rows(PRICE_ROWS[exchange][0], lambda _: wrong)))
    with pytest.raises(ExchangeError, match=exchange):
        price_history(venue, market, "mark", *hours(server, 50, 2))


def test_columns_of_another_shape_are_an_error(opened: Opened, server: ExchangeServer):
    venue, market = opened("mexc", "BTC_USDT")
    server.faults.append(Fault(PRICES_AT, "rewrite", edit=lambda answer: {**answer, "data": {"time": []}}))
    with pytest.raises(ExchangeError, match="not the JSON it promises"):
        price_history(venue, market, "mark", *hours(server, 50, 2))


def test_one_candle_without_its_list_is_read(opened: Opened, server: ExchangeServer):
    """BingX sends a single row as an object."""
    server.faults.append(Fault(PRICES_AT, "rewrite", edit=on_rows(("data",), lambda rows: rows[0])))
    since, _ = hours(server, 5, 0)
    rows = price_history(*opened("bingx", "BTC-USDT"), "mark", since, since)
    assert rows == told(server, "bingx", "BTC-USDT", "mark", since, since)


def test_a_page_that_fails_is_an_error_and_not_a_shorter_history(opened: Opened, server: ExchangeServer):
    venue, market = opened("okx", "BTC-USDT-SWAP")
    server.faults.append(Fault(PRICES_AT, "status", status=451, skip=1))
    with pytest.raises(ExchangeError, match="does not serve this location"):
        price_history(venue, market, "mark", *hours(server, 250, 2))


@pytest.mark.parametrize(
    ("exchange", "contract_id", "kind"),
    [
        ("hyperliquid", "BTC", "mark"),
        ("deribit", "BTC_USDC-PERPETUAL", "index"),
        ("aster", "BTCUSDT", "mark"),
        ("htx", "BTC-USDT", "index"),
        ("bingx", "BTC-USD", "mark"),
        ("paradex", "BTC-USD-PERP", "index"),
    ],
)
def test_what_an_exchange_does_not_keep_is_refused(
    opened: Opened, server: ExchangeServer, exchange: str, contract_id: str, kind: str
):
    venue, market = opened(exchange, contract_id)
    with pytest.raises(ExchangeError, match=f"has no hourly {kind} prices of BTC/") as caught:
        price_history(venue, market, kind, *hours(server, 50, 2))
    assert caught.value.remedy
    assert server.seen(PRICES_AT) == []


@pytest.mark.parametrize("exchange", [e for e in PRICES if e not in ("htx", "krakenfutures", "paradex")])
def test_prices_at_settlements_are_the_opens_of_their_hours(opened: Opened, server: ExchangeServer, exchange: str):
    """Also of the hour that runs: what it opened with moves no more. HTX, Kraken and Paradex pay at the index."""
    since, until = hours(server, 120, 0)
    instants = range(since, until + 1, 8 * HOUR_MS)
    venue, market = opened(exchange, MAIN[exchange])
    wanted = {c.time_ms: c.open for c in told(server, exchange, MAIN[exchange], "mark", since, until)}
    assert prices_at(venue, market, list(instants)) == {t: wanted[t] for t in instants}
    assert prices_at(venue, market, []) == {}


def test_of_an_exchange_without_a_module_of_its_own_ccxt_is_believed_for_prices_alone(
    server: ExchangeServer, tmp_path: Path
):
    """As a profile of the user's can name one: nothing else is known of it, so nothing else is kept."""
    profile = replace(Catalog().load("okx").profile, id="mine", ccxt="myokx")
    venue = open_venue(profile, Network(gateway=server.url, cache_folder=tmp_path))
    market = find(venue, "BTC/USDT:USDT")
    since, until = hours(server, 240, 2)
    wanted = told(server, "okx", "BTC-USDT-SWAP", "mark", since, until)
    assert prices_at(venue, market, [since, until]) == {since: wanted[0].open, until: wanted[-1].open}
    assert keeps(venue, market) == set()


def test_prices_at_settlements_that_fail_are_noted_and_the_rest_stands(opened: Opened, server: ExchangeServer):
    since, until = hours(server, 150, 10)
    server.faults.append(Fault(PRICES_AT, "html", skip=1))
    venue, market = opened("okx", "BTC-USDT-SWAP")
    assert list(prices_at(venue, market, [since, until])) == [until]
    assert len(venue.notes) == 1
    assert venue.notes[0].endswith("(asked for the prices at the settlements)")


def test_every_exchange_that_keeps_prices_is_read_here():
    assert {e for e, _ in CONTRACTS} == set(KEPT)
    assert {e for e, _, _ in PRICED} == set(PRICES) == set(PRICE_ROWS) | {"mexc"}
