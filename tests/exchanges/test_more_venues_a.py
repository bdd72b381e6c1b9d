"""BingX, KuCoin Futures, MEXC, Phemex and WOO X: what the wire or ccxt gets wrong there, one test each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Run
from tests.exchange_server import ExchangeServer, Fault
from tests.exchange_server.world import DAY_MS, HOUR_MS
from tests.exchanges import test_bad_numbers, test_symbols_online
from tests.exchanges.support import assert_failed, assert_partial, by_symbol, held, iso, same_rate, symbol_of
from tests.exchanges.test_history import ask, assert_same, long_world, within
from tests.market import test_cost_online

MINE = ("bingx", "kucoinfutures", "mexc", "phemex", "woo")
WITH_COIN = ("bingx", "kucoinfutures", "mexc", "phemex")
each_of_mine = pytest.mark.parametrize("exchange", MINE)


def _rows(run: Run, exchange: str, *more: str) -> dict[str, dict[str, Any]]:
    result = run("rates", "--exchange", exchange, "-o", "json", *more, now=None)
    assert result.code == 0, result.err
    return by_symbol(result.rows)


def _data(change: Any) -> Any:
    """An edit of the rows under `data`, or under `data.rows`."""

    def edit(answer: Any) -> Any:
        if isinstance(answer["data"], dict):
            return {**answer, "data": {**answer["data"], "rows": [change(row) for row in answer["data"]["rows"]]}}
        return {**answer, "data": [change(row) for row in answer["data"]]}

    return edit


# -- what the other exchanges promise, promised by these ones too ---------------------------------------------------


@pytest.mark.parametrize("typed", ["BTC", "BTCUSDT", "btc/usdt", "BTC/USDT:USDT", "BTC-USDT", "BTC_USDT"])
@each_of_mine
def test_every_way_to_write_btcusdt_means_the_same_contract(
    run: Run, server: ExchangeServer, exchange: str, typed: str
):
    test_symbols_online.test_every_way_to_write_btcusdt_means_the_same_contract(run, server, exchange, typed)


@pytest.mark.parametrize("exchange", WITH_COIN)
def test_btc_usd_means_the_coin_margined_contract(run: Run, server: ExchangeServer, exchange: str):
    test_symbols_online.test_btc_usd_means_the_inverse_contract_where_linear_ones_are_quoted_in_usdt(
        run, server, exchange
    )


@each_of_mine
def test_an_inactive_contract_is_neither_found_nor_shown(run: Run, server: ExchangeServer, exchange: str):
    test_symbols_online.test_an_inactive_contract_is_not_found(run, server, exchange)
    assert not [row for row in _rows(run, exchange).values() if row["base"] == "WAVES"]


# KuCoin's BTC is called XBT
@pytest.mark.parametrize("exchange", [name for name in MINE if name != "kucoinfutures"])
def test_a_contract_listed_since_the_list_was_saved_is_found(run: Run, server: ExchangeServer, exchange: str):
    test_symbols_online.test_a_contract_listed_since_the_list_was_saved_is_found(run, server, exchange)


def test_a_dated_future_of_kucoin_is_refused(run: Run, server: ExchangeServer):
    test_symbols_online.test_a_dated_future_is_refused(run, server, "kucoinfutures")


@each_of_mine
def test_a_window_without_a_settlement_is_an_empty_answer(run: Run, server: ExchangeServer, exchange: str):
    start = held(server.world, exchange)[0].history[-5].time_ms + HOUR_MS
    result = ask(run, exchange, held(server.world, exchange)[0], start, start + HOUR_MS)
    assert (result.code, result.rows) == (0, []), result.err


@pytest.mark.parametrize("price", ["NaN", "abc", None, 0, -1], ids=repr)
@pytest.mark.parametrize("exchange", ["bingx", "mexc"])
def test_a_price_that_cannot_be_one_is_null_beside_a_good_rate(
    run: Run, server: ExchangeServer, exchange: str, price: Any
):
    test_bad_numbers.test_a_price_that_cannot_be_one_is_null_beside_a_good_rate(run, server, exchange, price)


@pytest.mark.parametrize("side", ["long", "short"])
@pytest.mark.parametrize("exchange", [name for name in MINE if name != "phemex"])  # Phemex tells no price of the past
def test_settled_is_size_times_price_times_rate_at_each_settlement(
    run: Run, server: ExchangeServer, exchange: str, side: str
):
    test_cost_online.test_settled_is_size_times_price_times_rate_at_each_settlement(run, server, exchange, side)


@pytest.mark.parametrize("exchange", ["kucoinfutures", "mexc"])
def test_settled_inverse_is_paid_in_coin(run: Run, server: ExchangeServer, exchange: str):
    test_cost_online.test_settled_inverse_is_paid_in_coin(run, server, exchange)


@each_of_mine
def test_cost_of_history_is_the_mean_of_what_settled(run: Run, server: ExchangeServer, exchange: str):
    c = held(server.world, exchange)[0]
    rates = [Decimal(s.rate) for s in c.history if s.time_ms >= server.world.now_ms - 7 * DAY_MS]
    result = run("cost", "-e", exchange, "-s", "BTC", "--history", "7d", "--hold", "8h", "-o", "json", now=None)
    assert result.code == 0, result.err
    assert len(rates) == 21
    assert abs(Decimal(str(result.result["rate"])) - sum(rates) / 21) < Decimal("1e-20")


# -- BingX ----------------------------------------------------------------------------------------------------------


def test_bingx_time_of_its_last_settlement_is_not_shown_as_the_time_of_the_answer(run: Run, server: ExchangeServer):
    """updateTime is the last settlement on the wire; ccxt takes it for the time of the answer."""
    c = server.world.contract("bingx", "BTC-USDT")
    row = _rows(run, "bingx", "-s", "BTC")["BTC/USDT:USDT"]
    assert row["time"] == iso(c.next_ms)
    assert row["observed_at"] != iso(c.next_ms - c.interval_ms)


def test_bingx_coin_margined_interval_is_the_profiles_and_strict_refuses_it(run: Run, server: ExchangeServer):
    c = server.world.contract("bingx", "BTC-USD")
    row = _rows(run, "bingx", "-s", "BTC/USD")["BTC/USD:BTC"]
    assert same_rate(row["rate"], c.rate)
    assert (row["interval_hours"], row["interval_basis"]) == (8, "profile")
    assert_failed(run("rates", "-e", "bingx", "-s", "BTC/USD", "--strict", now=None), 6)
    assert run("cost", "-e", "bingx", "-s", "BTC/USDT", "--live", "--strict", now=None).code == 0


def test_bingx_coin_margined_history_is_an_error_that_says_so(run: Run, server: ExchangeServer):
    line = assert_failed(run("rates", "-e", "bingx", "-s", "BTC/USD", "--last", "7d", now=None))
    assert "BTC/USD:BTC" in line and "no funding history" in line


def test_bingx_history_of_all_contracts_names_the_coin_margined_ones_as_missing(run: Run, server: ExchangeServer):
    result = run("rates", "-e", "bingx", "--last", "2d", "-o", "json", now=None)
    assert "BTC/USD:BTC" in assert_partial(result)
    assert {row["symbol"] for row in result.rows} == {symbol_of(c) for c in held(server.world, "bingx") if c.linear}


def test_bingx_contracts_closed_for_opening_are_not_active(run: Run, server: ExchangeServer):
    """Status 25: their API is open, which is all that ccxt looks at, but they have no rate."""
    gone = server.world.contract("bingx", "WAVES-USDT")
    assert not gone.active
    result = run("rates", "-e", "bingx", "-o", "json", now=None)
    assert (result.code, result.err) == (0, "")
    assert symbol_of(gone) not in by_symbol(result.rows)


def test_bingx_one_family_failing_is_partial(run: Run, server: ExchangeServer):
    server.faults.append(Fault("cswap", "status", status=400))
    result = run("rates", "-e", "bingx", "-o", "json", now=None)
    assert_partial(result)
    assert {row["symbol"] for row in result.rows} == {symbol_of(c) for c in held(server.world, "bingx") if c.linear}


def test_bingx_refusal_with_http_200_is_an_error(run: Run, server: ExchangeServer):
    server.answer("premiumIndex", {"code": 100410, "msg": "rate limited", "data": {}})
    assert "rate limited" in assert_failed(run("rates", "-e", "bingx", now=None))


# -- KuCoin Futures -------------------------------------------------------------------------------------------------


def test_kucoin_time_is_the_settlement_and_not_the_start_of_a_new_interval(run: Run, server: ExchangeServer):
    """newGranularityStartTime, ccxt's nextFundingTimestamp, stands in June 2025 here."""
    rows = _rows(run, "kucoinfutures")
    assert {row["time"] for row in rows.values()} == {iso(c.next_ms) for c in held(server.world, "kucoinfutures")}


def test_kucoin_interest_is_per_day(run: Run, server: ExchangeServer):
    """dailyInterestRate 3.0E-4 of a single contract; of all contracts none is told."""
    assert _rows(run, "kucoinfutures", "-s", "BTC")["BTC/USDT:USDT"]["interest_per_day"] == Decimal("0.0003")
    assert {row["interest_per_day"] for row in _rows(run, "kucoinfutures").values()} == {None}


def test_kucoin_interval_that_ccxt_has_no_name_for_is_read_in_milliseconds(run: Run, server: ExchangeServer):
    """ccxt names 1, 4, 8, 16 and 24 h, and hands on any other as milliseconds without a unit."""

    def two_hours(row: Any) -> Any:
        return {**row, "currentGranularity": 2 * HOUR_MS}

    server.faults.append(Fault(r"ua/v2/market/funding-rate", "rewrite", edit=_data(two_hours)))
    rows = _rows(run, "kucoinfutures")
    assert {(row["interval_hours"], row["interval_basis"]) for row in rows.values()} == {(2, "reported")}


def test_kucoin_names_of_rates_among_the_contracts_are_no_contracts(run: Run, server: ExchangeServer):
    assert len(_rows(run, "kucoinfutures")) == len(held(server.world, "kucoinfutures"))


def test_kucoin_without_prices_still_gives_rates_and_says_so(run: Run, server: ExchangeServer):
    assert run("rates", "-e", "kucoinfutures", now=None).code == 0  # the list is kept
    server.faults.append(Fault(r"contracts/active", "status", status=400))
    result = run("rates", "-e", "kucoinfutures", "-o", "json", now=None)
    assert result.code == 0
    row = by_symbol(result.rows)["BTC/USDT:USDT"]
    assert same_rate(row["rate"], server.world.contract("kucoinfutures", "XBTUSDTM").rate)
    assert (row["mark_price"], row["index_price"]) == (None, None)
    assert "prices" in result.err


def test_kucoin_spot_is_never_asked_for_and_xbt_is_btc(run: Run, server: ExchangeServer):
    assert "BTC/USDT:USDT" in _rows(run, "kucoinfutures")
    assert not server.seen(r"/api/v\d/symbols|allTickers|margin")


# -- MEXC -----------------------------------------------------------------------------------------------------------


def test_mexc_rates_come_in_one_request_for_all_contracts(run: Run, server: ExchangeServer):
    _rows(run, "mexc")
    assert [request.url for request in server.requests] == [
        "https://api.mexc.com/api/v1/contract/detail",
        "https://api.mexc.com/api/v1/contract/funding_rate",
    ]


def test_mexc_rows_without_a_contract_are_not_shown(run: Run, server: ExchangeServer):
    """The bulk answer keeps rows of contracts that are gone from the list."""
    gone = server.world.contract("mexc", "WAVES_USDT")
    assert not gone.active
    assert symbol_of(gone) not in _rows(run, "mexc")


def test_mexc_collect_cycle_is_in_hours(run: Run, server: ExchangeServer):
    def daily(row: Any) -> Any:
        return {**row, "collectCycle": 24}

    server.faults.append(Fault(r"contract/funding_rate$", "rewrite", edit=_data(daily)))
    rows = _rows(run, "mexc")
    assert {(row["interval_hours"], row["interval_basis"]) for row in rows.values()} == {(24, "reported")}


def test_mexc_mark_is_its_fair_price(run: Run, server: ExchangeServer):
    c = server.world.contract("mexc", "BTC_USD")
    row = _rows(run, "mexc")["BTC/USD:BTC"]
    assert same_rate(row["mark_price"], c.mark) and same_rate(row["index_price"], c.index)
    assert c.mark != c.index


def test_mexc_pages_smaller_than_asked_lose_nothing(run: Run, server: ExchangeServer):
    """It gives 20 rows a page where it does not like the size."""
    c = server.world.contract("mexc", "BTC_USDT")
    newest_first = list(reversed(c.history))

    def page(query: dict[str, str], body: bytes) -> object:
        first = (int(query.get("page_num") or 1) - 1) * 20
        listed = [{"symbol": c.id, "fundingRate": float(s.rate), "settleTime": s.time_ms} for s in newest_first[first:]]
        return {"success": True, "code": 0, "data": {"pageSize": 20, "resultList": listed[:20]}}

    server.answer("funding_rate/history", page)
    now = server.world.now_ms
    assert_same(ask(run, "mexc", c, now - 35 * DAY_MS, now), "mexc", within(c, now - 35 * DAY_MS, now))


def test_mexc_refusal_with_http_200_is_an_error(run: Run, server: ExchangeServer):
    server.answer(r"contract/funding_rate$", {"success": False, "code": 510, "message": "Requests are too frequent"})
    assert "too frequent" in assert_failed(run("rates", "-e", "mexc", now=None))


# -- Phemex ---------------------------------------------------------------------------------------------------------


def test_phemex_scaled_prices_of_coin_margined_contracts_are_read_with_their_scale(run: Run, server: ExchangeServer):
    """markEp 640001200 at a priceScale of 4 is 64000.12."""
    c = server.world.contract("phemex", "BTCUSD")
    row = _rows(run, "phemex")["BTC/USD:BTC"]
    assert same_rate(row["mark_price"], c.mark) and same_rate(row["index_price"], c.index)


def test_phemex_scaled_rate_10000_is_one_basis_point(run: Run, server: ExchangeServer):
    """Phemex's own example: fundingRateEr 10000 is 0.0001; read where real-funding-rates does not answer."""
    server.world = server.world.with_contract("phemex", "BTCUSD", rate="0.00010000")
    server.faults.append(Fault("real-funding-rates", "status", status=400))
    result = run("rates", "-e", "phemex", "-o", "json", now=None)
    assert result.code == 0
    assert "times of settlement are missing" in result.err
    rows = by_symbol(result.rows)
    assert same_rate(rows["BTC/USD:BTC"]["rate"], "0.0001")
    for c in held(server.world, "phemex"):
        row = rows[symbol_of(c)]
        assert same_rate(row["rate"], c.rate)
        # seconds in the product list
        assert (row["interval_hours"], row["interval_basis"], row["time"]) == (c.interval_hours, "reported", None)


def test_phemex_without_tickers_still_gives_rates_and_says_so(run: Run, server: ExchangeServer):
    server.faults.append(Fault("ticker/24hr", "status", status=400))
    result = run("rates", "-e", "phemex", "-o", "json", now=None)
    assert result.code == 0
    rows = by_symbol(result.rows)
    assert all(same_rate(rows[symbol_of(c)]["rate"], c.rate) for c in held(server.world, "phemex"))
    assert {row["mark_price"] for row in rows.values()} == {None}
    assert "prices" in result.err


def test_phemex_rates_are_read_over_all_pages(run: Run, server: ExchangeServer):
    """20 rows a page, whatever was asked for; `total` counts them all."""
    one = server.world.contract("phemex", "BTCUSDT")
    many = [replace(one, id=f"A{i:02d}USDT", base=f"A{i:02d}", rate=f"0.0000{i:02d}00") for i in range(45)]
    server.world = server.world.with_contracts("phemex", many)

    def page(query: dict[str, str], body: bytes) -> object:
        first = (int(query["pageNum"]) - 1) * 20
        rows = [
            {"symbol": c.id, "fundingRate": c.rate, "fundingInterval": 28800, "nextfundingTime": c.next_ms}
            for c in many[first : first + 20]
        ]
        return {"code": 0, "msg": "OK", "data": {"total": len(many), "rows": rows}}

    server.answer("real-funding-rates", page)
    rows = _rows(run, "phemex")
    assert len(rows) == 45
    assert all(rows[symbol_of(c)]["time"] == iso(c.next_ms) for c in many)
    assert len(server.seen("real-funding-rates")) == 3


def test_phemex_history_is_asked_for_by_the_name_in_the_product_list(run: Run, server: ExchangeServer):
    """ccxt would ask for .USDFR8H, after the quote that stands for the asset of a coin-margined contract."""
    for symbol in ("BTC/USD", "BTC/USDT", "SOL"):
        assert run("rates", "-e", "phemex", "-s", symbol, "--last", "2d", now=None).code == 0
    asked = [request.query["symbol"] for request in server.seen("funding-rate-history")]
    assert list(dict.fromkeys(asked)) == [".BTCFR8H", ".BTCUSDTFR8H", ".SOLUSDTFR8H"]


def test_phemex_interest_is_made_per_day(run: Run, server: ExchangeServer):
    """0.0001 of an 8 h contract and 0.00005 of a 4 h one are both 0.0003 a day."""
    assert {row["interest_per_day"] for row in _rows(run, "phemex").values()} == {Decimal("0.0003")}


def test_phemex_listed_contract_goes_before_a_delisted_one_of_its_name(run: Run, server: ExchangeServer):
    c = server.world.contract("phemex", "ETHUSDT")
    old = replace(c, id="oldETHUSDT", active=False, rate="0.00900000")
    server.world = server.world.with_contracts("phemex", [*server.world.of("phemex"), old])
    assert same_rate(_rows(run, "phemex")["ETH/USDT:USDT"]["rate"], c.rate)


# -- WOO X ----------------------------------------------------------------------------------------------------------


def test_woo_reports_no_interest_where_ccxt_writes_a_zero(run: Run, server: ExchangeServer):
    assert {row["interest_per_day"] for row in _rows(run, "woo").values()} == {None}


def test_woo_rows_carry_the_mark_price_of_their_settlement(run: Run, server: ExchangeServer):
    c, now = server.world.contract("woo", "PERP_BTC_USDT"), server.world.now_ms
    rows = ask(run, "woo", c, now - 10 * DAY_MS, now).rows
    wanted = within(c, now - 10 * DAY_MS, now)
    assert len(rows) == len(wanted) == 30
    assert all(same_rate(row["mark_price"], s.mark) for row, s in zip(rows, wanted, strict=True))


def test_woo_history_is_whole_where_the_times_asked_for_are_ignored(run: Run, server: ExchangeServer):
    c, now = server.world.contract("woo", "PERP_SOL_USDT"), server.world.now_ms
    newest_first = list(reversed(c.history))

    def page(query: dict[str, str], body: bytes) -> object:
        number = int(query.get("page") or 1)
        rows = [
            {"symbol": c.id, "fundingRate": s.rate, "fundingRateTimestamp": s.time_ms, "markPrice": s.mark}
            for s in newest_first[(number - 1) * 25 : number * 25]
        ]
        meta = {"total": len(newest_first), "recordsPerPage": 25, "currentPage": number}
        return {"success": True, "data": {"rows": rows, "meta": meta}, "timestamp": now}

    server.answer("fundingRateHistory", page)
    since, until = now - 30 * DAY_MS, now - 20 * DAY_MS
    result = ask(run, "woo", c, since, until)
    assert result.err == ""
    assert_same(result, "woo", within(c, since, until))


def test_woo_history_long_past_needs_no_page_of_the_time_since(run: Run, server: ExchangeServer):
    server.world = long_world()
    c, now = server.world.contract("woo", "PERP_BTC_USDT"), server.world.now_ms
    since, until = now - 400 * DAY_MS, now - 390 * DAY_MS
    assert_same(ask(run, "woo", c, since, until), "woo", within(c, since, until))
    assert len(server.seen("fundingRateHistory")) <= 3


def test_woo_gateway_failure_with_http_200_is_an_error(run: Run, server: ExchangeServer):
    server.answer("v3/public/fundingRate", {"code": 503, "message": "[GW] no upstream server"})
    assert_failed(run("rates", "-e", "woo", now=None))
    assert_failed(run("rates", "-e", "woo", "-s", "BTC", "--last", "2d", now=None))


def test_woo_without_prices_still_gives_rates_and_says_so(run: Run, server: ExchangeServer):
    server.faults.append(Fault(r"public/futures$", "status", status=400))
    result = run("rates", "-e", "woo", "-o", "json", now=None)
    assert result.code == 0
    rows = by_symbol(result.rows)
    assert all(same_rate(rows[symbol_of(c)]["rate"], c.rate) for c in held(server.world, "woo"))
    assert {row["mark_price"] for row in rows.values()} == {None}
    assert "prices" in result.err


def test_woo_contract_whose_rate_is_no_longer_estimated_is_warned_of(run: Run, server: ExchangeServer):
    c = server.world.contract("woo", "PERP_ETH_USDT")

    def frozen(row: Any) -> Any:
        return {**row, "nextFundingTime": c.next_ms - 3 * DAY_MS} if row["symbol"] == c.id else row

    server.faults.append(Fault(r"public/fundingRate$", "rewrite", edit=_data(frozen)))
    result = run("rates", "-e", "woo", "-o", "json", now=None)
    assert result.code == 0
    assert by_symbol(result.rows)["ETH/USDT:USDT"]["time"] == iso(c.next_ms - 3 * DAY_MS)
    assert "ETH/USDT:USDT" in result.err and "BTC/USDT:USDT" not in result.err
