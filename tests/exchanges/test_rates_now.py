"""`rates` of each exchange: every active perpetual once, each number as it was served."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchanges.support import (
    DERIVED,
    EXCHANGES,
    FIXED,
    INDEX_ALONE,
    MARK_ALONE,
    TIMELESS,
    UNSAID,
    WITH_PRICES,
    WITHOUT_COIN_HISTORY,
    WITHOUT_HISTORY,
    by_symbol,
    close_rate,
    held,
    iso,
    same_rate,
    symbol_of,
)

each_exchange = pytest.mark.parametrize("exchange", EXCHANGES)


@each_exchange
def test_every_active_perpetual_stands_once_and_nothing_else(run: Run, server: ExchangeServer, exchange: str):
    result = run("rates", "--exchange", exchange, "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    assert sorted(row["symbol"] for row in result.rows) == sorted(symbol_of(c) for c in held(server.world, exchange))
    assert {row["exchange"] for row in result.rows} == {exchange}


@each_exchange
def test_each_rate_is_the_one_served(run: Run, server: ExchangeServer, exchange: str):
    rows = by_symbol(run("rates", "--exchange", exchange, "-o", "json", now=None).rows)
    for c in held(server.world, exchange):
        # Kraken sends floats of absolute rates: relative = absolute / index if linear, absolute x index if inverse
        same = close_rate if exchange == "krakenfutures" else same_rate
        assert same(rows[symbol_of(c)]["rate"], c.rate), symbol_of(c)


@each_exchange
def test_each_row_has_its_interval_and_its_next_settlement(run: Run, server: ExchangeServer, exchange: str):
    rows = by_symbol(run("rates", "--exchange", exchange, "-o", "json", now=None).rows)
    for c in held(server.world, exchange):
        row = rows[symbol_of(c)]
        assert row["interval_hours"] == c.interval_hours, symbol_of(c)
        assert row["time"] == (None if exchange in TIMELESS else iso(c.next_ms)), symbol_of(c)


@each_exchange
def test_each_interval_says_how_it_is_known(run: Run, server: ExchangeServer, exchange: str):
    def basis(linear: bool, hours: int) -> str:
        if exchange in UNSAID:
            return "profile"  # nothing on their wire says 1 h
        if exchange in ("binance", "binancecoinm"):
            return "reported" if hours != 8 else "observed"  # fundingInfo lists only what is not 8 h
        if exchange == "htx" and not linear:
            return "observed"  # next_funding_time is null for inverse contracts
        if exchange in WITHOUT_COIN_HISTORY and not linear:
            return "profile"  # nothing on its wire says it
        return "reported"

    rows = by_symbol(run("rates", "--exchange", exchange, "-o", "json", now=None).rows)
    for c in held(server.world, exchange):
        assert rows[symbol_of(c)]["interval_basis"] == basis(c.linear, c.interval_hours), symbol_of(c)
        assert rows[symbol_of(c)]["interval_source"]


@each_exchange
def test_each_kind_is_right(run: Run, server: ExchangeServer, exchange: str):
    rows = run("rates", "--exchange", exchange, "-o", "json", now=None).rows
    assert {row["kind"] for row in rows} == {"fixed" if exchange in FIXED else "accruing"}
    assert {row["rate_basis"] for row in rows} == {"derived" if exchange in DERIVED else "reported"}


@each_exchange
def test_mark_and_index_are_the_served_ones_or_null(run: Run, server: ExchangeServer, exchange: str):
    rows = by_symbol(run("rates", "--exchange", exchange, "-o", "json", now=None).rows)
    for c in held(server.world, exchange):
        row = rows[symbol_of(c)]
        if exchange in WITH_PRICES:
            assert same_rate(row["mark_price"], c.mark)
            assert same_rate(row["index_price"], c.index)
        else:
            assert (row["mark_price"] is not None) == (exchange in MARK_ALONE)
            assert (row["index_price"] is not None) == (exchange in INDEX_ALONE)
            assert row["mark_price"] is None or same_rate(row["mark_price"], c.mark)
            assert row["index_price"] is None or same_rate(row["index_price"], c.index)


@each_exchange
def test_apr_and_8h_rate_follow_from_rate_and_interval(run: Run, server: ExchangeServer, exchange: str):
    for row in run("rates", "--exchange", exchange, "-o", "json", now=None).rows:
        rate, hours = Decimal(str(row["rate"])), Decimal(str(row["interval_hours"]))
        assert abs(Decimal(str(row["apr"])) - rate * 8760 / hours) <= abs(rate) * Decimal("1e-20")
        assert abs(Decimal(str(row["rate_8h"])) - rate * 8 / hours) <= abs(rate) * Decimal("1e-20")


#: Words in the path of a URL that have nothing to do with a perpetual's funding.
_FOREIGN = ("spot", "margin", "options", "option", "currencies", "coins", "delivery", "api/v3/exchangeinfo", "symbols")


@each_exchange
def test_no_spot_option_margin_or_currency_endpoint_is_asked(run: Run, server: ExchangeServer, exchange: str):
    assert run("rates", "--exchange", exchange, "-o", "json", now=None).code == 0
    code = 4 if exchange in WITHOUT_HISTORY else 0
    assert run("rates", "--exchange", exchange, "--symbol", "BTC", "--last", "2d", now=None).code == code
    for request in server.requests:
        parts = urlsplit(request.url)
        asked = f"{parts.hostname}{parts.path}".lower()
        if parts.hostname == "api-contract.weex.com":
            asked = asked.replace("capi/v3", "")
        if parts.hostname == "fapi.asterdex.com":
            asked = asked.replace("fapi/v3", "")
        assert not [word for word in _FOREIGN if word in asked.split("/") or (word in asked and "/" in word)], asked
        assert not {"SPOT", "OPTION", "MARGIN"} & {value.upper() for value in request.query.values()}, request.url
        if request.body:
            assert json.loads(request.body)["type"] in ("metaAndAssetCtxs", "meta", "fundingHistory"), request.body


# Hyperliquid pairs two lists by position: a repeated list there is not the same row again
@pytest.mark.parametrize("exchange", [name for name in EXCHANGES if name != "hyperliquid"])
def test_a_contract_that_the_exchange_lists_twice_stands_once(run: Run, server: ExchangeServer, exchange: str):
    """Lists that shift between two pages repeat rows."""

    def twice(answer: Any) -> Any:
        if isinstance(answer, list) and answer and isinstance(answer[0], dict):
            return answer + answer
        if isinstance(answer, dict):
            return {key: twice(value) for key, value in answer.items()}
        return answer

    server.faults.append(Fault(".", "rewrite", edit=twice))
    result = run("rates", "--exchange", exchange, "-o", "json", now=None)
    assert result.code == 0, result.err
    assert sorted(row["symbol"] for row in result.rows) == sorted(symbol_of(c) for c in held(server.world, exchange))
