"""Open interest by the hour: in coins and in money, whatever each exchange counts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from fundcli.errors import ExchangeError
from fundcli.exchanges import open_interest_history
from tests.exchange_server import ExchangeServer, Fault, World
from tests.exchange_server.faults import Kind
from tests.exchange_server.world import DAY_MS, HOUR_MS
from tests.exchanges.charting import (
    COUNTED,
    INTEREST_AT,
    INTEREST_HOURS,
    INTEREST_PAGES,
    INTEREST_ROWS,
    Opened,
    counted,
    hours,
    on_rows,
    opener,
    small_server,
    with_field,
)
from tests.exchanges.measuring import MAIN
from tests.exchanges.support import spread

EXCHANGES = tuple(INTEREST_ROWS)


@pytest.fixture
def server() -> Iterator[ExchangeServer]:
    """The loopback exchange."""
    with small_server() as running:
        yield running


@pytest.fixture
def opened(server: ExchangeServer, tmp_path: Path) -> Opened:
    """Open a venue and a contract of it."""
    return opener(server, tmp_path / "cache")


@pytest.mark.parametrize(("exchange", "contract_id"), [(e, i) for e, i in COUNTED if e != "bitfinex"])
def test_a_window_of_several_pages_is_whole(opened: Opened, server: ExchangeServer, exchange: str, contract_id: str):
    page = INTEREST_PAGES.get(exchange, 10_000)
    length = min(page * 2 + 50, INTEREST_HOURS.get(exchange, 10_000) - 10)
    since, until = hours(server, length + 2, 2)
    venue, market = opened(exchange, contract_id)
    assert open_interest_history(venue, market, since, until) == counted(server, exchange, contract_id, since, until)
    assert venue.notes == []


@pytest.mark.parametrize(
    ("exchange", "contract_id", "amount", "value"),
    [
        # 5 contracts of 100 USD at 0.01 coins, and 5 coins worth 320,000
        ("binance", "BTCUSDT", "5", "320000"),
        ("binance", "BTCUSD_PERP", "0.01", "500"),
        ("binancecoinm", "BTCUSD_PERP", "0.01", "500"),
        ("bybit", "BTCUSDT", "5", None),
        ("bybit", "BTCUSD", None, "5"),
        ("okx", "BTC-USDT-SWAP", "0.01", "320000"),
        ("okx", "BTC-USD-SWAP", "0.01", "320000"),
        ("gate", "BTC_USDT", "0.0005", "320000"),  # 5 contracts of 0.0001 coins
        ("gate", "BTC_USD", None, "5"),  # 5 contracts of one USD
        ("htx", "BTC-USDT", "5", "320000"),
        ("kucoinfutures", "XBTUSDTM", "0.005", None),  # 5 contracts of 0.001 coins
        ("kucoinfutures", "XBTUSDM", None, "5"),  # 5 contracts of one USD
    ],
)
def test_coins_and_money_come_out_of_each_unit(
    opened: Opened, server: ExchangeServer, exchange: str, contract_id: str, amount: str | None, value: str | None
):
    """What counts is 5 on each wire, the coins beside it 0.01, the money beside it 320,000."""
    coin_m = contract_id == "BTCUSD_PERP"
    fields = {
        "sumOpenInterest": "5", "sumOpenInterestValue": "0.01" if coin_m else "320000", "openInterest": "5",
        "open_interest": 5, "open_interest_usd": 320000, "volume": "5", "value": "320000",
    }  # fmt: skip

    def edit(row: object) -> object:
        if isinstance(row, list):
            return [row[0], "5", "0.01", "320000"]
        assert isinstance(row, dict)
        return {key: fields.get(key, kept) for key, kept in row.items()}

    place = INTEREST_ROWS[exchange][0]
    server.faults.append(Fault(INTEREST_AT, "rewrite", edit=on_rows(place, lambda rows: [edit(row) for row in rows])))
    rows = open_interest_history(*opened(exchange, contract_id), *hours(server, 9, 2))
    assert len(rows) == 8
    wanted = tuple(None if text is None else Decimal(text) for text in (amount, value))
    assert {(row.amount, row.value) for row in rows} == {wanted}


def test_htx_inverse_contracts_are_asked_for_in_coins_and_in_contracts(opened: Opened, server: ExchangeServer):
    rows = open_interest_history(*opened("htx", "BTC-USD"), *hours(server, 9, 2))
    assert rows == counted(server, "htx", "BTC-USD", *hours(server, 9, 2))
    assert [request.query["amount_type"] for request in server.seen(INTEREST_AT)] == ["2", "1"]


@pytest.mark.parametrize(("exchange", "contract_id"), COUNTED)
def test_the_hour_that_still_runs_is_left_out(opened: Opened, server: ExchangeServer, exchange: str, contract_id: str):
    since, last = hours(server, 30, 1)
    rows = open_interest_history(*opened(exchange, contract_id), since, server.world.now_ms + DAY_MS)
    assert rows == counted(server, exchange, contract_id, since, last)


@pytest.mark.parametrize("exchange", ["binance", "binancecoinm"])
def test_binance_is_asked_for_thirty_days_alone_and_the_answer_says_so(
    opened: Opened, server: ExchangeServer, exchange: str
):
    """It refuses an older start (-1130)."""
    venue, market = opened(exchange, MAIN[exchange])
    since, until = hours(server, 2000, 1)
    first, _ = hours(server, 718, 0)
    rows = open_interest_history(venue, market, since, until)
    assert rows == counted(server, exchange, MAIN[exchange], first, until)
    assert venue.notes == [f"{exchange} keeps open interest for 719 hours: what is older is not to be had"]
    assert open_interest_history(venue, market, *hours(server, 2000, 1500)) == []
    assert len(venue.notes) == 1


@pytest.mark.parametrize("exchange", [e for e in EXCHANGES if e != "htx"])
def test_a_page_that_is_cut_shorter_than_known_leaves_no_hole(opened: Opened, server: ExchangeServer, exchange: str):
    """The newest 30 rows of what was asked for; Gate goes up from a start, so its oldest 30."""
    place, time, _ = INTEREST_ROWS[exchange]
    part = slice(0, 30) if exchange == "gate" else slice(-30, None)
    cut = on_rows(place, lambda rows: sorted(rows, key=lambda row: str(row[time]))[part])
    server.faults.append(Fault(INTEREST_AT, "rewrite", edit=cut))
    since, until = hours(server, 90, 3)
    rows = open_interest_history(*opened(exchange, MAIN[exchange]), since, until)
    assert rows == counted(server, exchange, MAIN[exchange], since, until)


@pytest.mark.parametrize(("exchange", "value"), spread(EXCHANGES, [None, "n/a", "NaN", "-5", "", [], "1e999999"], 3))
def test_a_row_that_is_no_number_is_left_out_and_noted_once(
    opened: Opened, server: ExchangeServer, exchange: str, value: object
):
    place, _, count = INTEREST_ROWS[exchange]
    server.faults.append(Fault(INTEREST_AT, "rewrite", edit=on_rows(place, with_field(count, value))))
    since, until = hours(server, 50, 2)
    venue, market = opened(exchange, MAIN[exchange])
    rows = open_interest_history(venue, market, since, until)
    wanted = counted(server, exchange, MAIN[exchange], since, until)
    assert len(wanted) - len(rows) == 1
    assert [row for row in wanted if row in rows] == rows
    said = f"{exchange}: a row of open interest of {market.symbol} without a readable number or time was left out"
    assert venue.notes == [said]


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_nothing_open_is_zero_and_not_a_missing_row(opened: Opened, server: ExchangeServer, exchange: str):
    place, _, count = INTEREST_ROWS[exchange]
    server.faults.append(Fault(INTEREST_AT, "rewrite", edit=on_rows(place, with_field(count, "0"))))
    venue, market = opened(exchange, MAIN[exchange])
    rows = open_interest_history(venue, market, *hours(server, 50, 2))
    assert len(rows) == 49
    assert sum(0 in (row.amount, row.value) for row in rows) == 1
    assert venue.notes == []


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_html_is_an_error_with_a_remedy(opened: Opened, server: ExchangeServer, exchange: str):
    venue, market = opened(exchange, MAIN[exchange])
    server.faults.append(Fault(INTEREST_AT, "html"))
    with pytest.raises(ExchangeError, match="answered an HTML page") as caught:
        open_interest_history(venue, market, *hours(server, 50, 2))
    assert caught.value.remedy


@pytest.mark.parametrize(("exchange", "wrong"), spread(EXCHANGES, [{}, None, "", [7], {"a": 1}], 3))
def test_rows_of_another_shape_are_an_error_and_not_no_rows(
    opened: Opened, server: ExchangeServer, exchange: str, wrong: object
):
    venue, market = opened(exchange, MAIN[exchange])
    server.faults.append(Fault(INTEREST_AT, "rewrite", edit=on_rows(INTEREST_ROWS[exchange][0], lambda _: wrong)))
    with pytest.raises(ExchangeError, match=exchange):
        open_interest_history(venue, market, *hours(server, 50, 2))


def test_okx_money_of_a_contract_that_is_not_quoted_in_dollars_is_unknown(opened: Opened, server: ExchangeServer):
    world = server.world
    server.world = world.with_contract("okx", "BTC-USDT-SWAP", quote="EUR", settle="EUR")
    listed = Fault("public/instruments", "rewrite", edit=_quoted_in_euros)
    server.faults.append(listed)
    venue, market = opened("okx", "BTC-USDT-SWAP")
    assert market.quote == "EUR"
    rows = open_interest_history(venue, market, *hours(server, 9, 2))
    assert [row.value for row in rows] == [None] * 8
    assert None not in [row.amount for row in rows]


def _quoted_in_euros(answer: object) -> object:
    assert isinstance(answer, dict)
    for row in answer["data"]:
        if row["instId"] == "BTC-USDT-SWAP":
            row |= {"uly": "BTC-EUR", "instFamily": "BTC-EUR", "settleCcy": "EUR"}
    return answer


@pytest.mark.parametrize(
    ("exchange", "contract_id"),
    [("bitget", "BTCUSDT"), ("krakenfutures", "PF_XBTUSD"), ("backpack", "BTC_USDC_PERP"), ("dydx", "BTC-USD")],
)
def test_what_an_exchange_does_not_keep_is_refused(
    opened: Opened, server: ExchangeServer, exchange: str, contract_id: str
):
    venue, market = opened(exchange, contract_id)
    with pytest.raises(ExchangeError, match="has no hourly open interest of BTC/"):
        open_interest_history(venue, market, *hours(server, 50, 2))


def test_bitfinex_statuses_of_several_windows_become_hours(opened: Opened, server: ExchangeServer):
    """A row every 20 minutes, two more in each hour than stand for it."""
    server.world = World.small(server.world.now_ms, days=90)
    since, until = hours(server, 1800, 2)
    rows = open_interest_history(*opened("bitfinex", "tBTCF0:USTF0"), since, until)
    assert rows == counted(server, "bitfinex", "tBTCF0:USTF0", since, until)


def test_bitfinex_cut_at_fewer_rows_than_known_leaves_no_hole(opened: Opened, server: ExchangeServer):
    server.faults.append(Fault(INTEREST_AT, "rewrite", edit=lambda rows: rows[:40]))
    since, until = hours(server, 40, 2)
    rows = open_interest_history(*opened("bitfinex", "tBTCF0:USTF0"), since, until)
    assert rows == counted(server, "bitfinex", "tBTCF0:USTF0", since, until)


def test_bitfinex_rows_far_from_an_hour_stand_for_none(opened: Opened, server: ExchangeServer):
    """Where the status of an hour is missing, 20 minutes later is no stand-in; where it is null, it is said."""
    since, until = hours(server, 20, 2)
    missing, null = since + 5 * HOUR_MS, since + 9 * HOUR_MS

    def edit(rows: object) -> object:
        assert isinstance(rows, list)
        kept = [row for row in rows if not missing <= row[0] < missing + 60_000]
        return [[*row[:17], None, *row[18:]] if null <= row[0] < null + 60_000 else row for row in kept]

    server.faults.append(Fault(INTEREST_AT, "rewrite", edit=edit))
    venue, market = opened("bitfinex", "tBTCF0:USTF0")
    rows = open_interest_history(venue, market, since, until)
    wanted = counted(server, "bitfinex", "tBTCF0:USTF0", since, until)
    assert rows == [row for row in wanted if row.time_ms not in (missing, null)]
    assert len(venue.notes) == 1


@pytest.mark.parametrize("kind", ["html", "rewrite"])
def test_bitfinex_rows_of_another_shape_are_an_error(opened: Opened, server: ExchangeServer, kind: Kind):
    venue, market = opened("bitfinex", "tBTCF0:USTF0")
    server.faults.append(Fault(INTEREST_AT, kind, edit=lambda _: {"rows": []}))
    with pytest.raises(ExchangeError, match=r"bitfinex: (answered|refused)"):
        open_interest_history(venue, market, *hours(server, 20, 2))


def test_a_full_hour_is_all_that_is_taken(opened: Opened, server: ExchangeServer):
    """A snapshot that strays from its hour is of no hour."""
    venue, market = opened("bybit", "BTCUSDT")
    since, until = hours(server, 50, 2)
    stray = on_rows(("result", "list"), with_field("timestamp", str(since + 3 * HOUR_MS + 60_000)))
    server.faults.append(Fault(INTEREST_AT, "rewrite", edit=stray))
    assert len(open_interest_history(venue, market, since, until)) == 48
    assert len(venue.notes) == 1
