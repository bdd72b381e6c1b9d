"""Histories as exchanges really give them: repeated, unordered, short, holed, strayed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Run
from tests.exchange_server import Contract, ExchangeServer, Fault
from tests.exchange_server.world import DAY_MS, HOUR_MS
from tests.exchanges.support import HISTORY_HOURS, iso, scheduled, symbol_of
from tests.exchanges.test_history import ask, assert_same, within

Rows = list[dict[str, Any]]
#: exchange → contract, pattern of the history request
ASKED = {
    "binance": ("ETHUSDT", r"fapi/v1/fundingRate"),
    "binancecoinm": ("BTCUSD_PERP", r"dapi/v1/fundingRate"),
    "okx": ("BTC-USDT-SWAP", r"public/funding-rate-history"),
    "bybit": ("BTCUSDT", r"market/funding/history"),
    "gate": ("BTC_USDT", r"usdt/funding_rate"),
    "htx": ("BTC-USDT", r"v5/market/funding_rate_history"),
    "weex": ("BTCUSDT", r"market/fundingRate"),
    "bitget": ("BTCUSDT", r"history-fund-rate"),
    "hyperliquid": ("BTC", r"fundingHistory"),
    "krakenfutures": ("PF_XBTUSD", r"historical-?funding-?rates"),
    "bingx": ("BTC-USDT", r"quote/fundingRate"),
    "kucoinfutures": ("XBTUSDTM", r"contract/funding-rates"),
    "mexc": ("BTC_USDT", r"funding_rate/history"),
    "phemex": ("BTCUSDT", r"funding-rate-history"),
    "woo": ("PERP_BTC_USDT", r"fundingRateHistory"),
    "bitfinex": ("tBTCF0:USTF0", r"status/deriv/.*/hist"),
    "deribit": ("BTC-PERPETUAL", r"get_funding_rate_history"),
    "dydx": ("BTC-USD", r"historicalFunding"),
    "aster": ("BTCUSDT", r"v3/fundingRate"),
    "backpack": ("BTC_USDC_PERP", r"api/v1/fundingRates"),
    "lighter": ("1", r"api/v1/fundings"),
}
STAMPS = (
    "fundingTime", "fundingRateTimestamp", "t", "funding_time", "time", "timestamp", "timepoint", "settleTime",
    "effectiveAt", "intervalEndTimestamp",
)  # fmt: skip
#: How far back, so that some pages are needed; these two are paced by up to a second a request.
DAYS = {"weex": 13, "hyperliquid": 5, "bitfinex": 7, "aster": 13, "lighter": 5}
#: Where a history row of Bitfinex, which has no names, keeps its settlement and its rate.
_EVENT, _RATE = 7, 11
each_exchange = pytest.mark.parametrize("exchange", ASKED)


def _on_rows(edit: Callable[[Rows], Rows]) -> Callable[[object], object]:
    """Apply `edit` to the list of rows, wherever in the answer it stands."""

    def apply(answer: Any) -> Any:
        if isinstance(answer, list):
            return edit(answer)
        for key in ("data", "result", "list", "rates", "rows", "resultList", "historicalFunding", "fundings"):
            if isinstance(answer.get(key), list | dict):
                return {**answer, key: apply(answer[key])}
        return answer

    return apply


def _contract(server: ExchangeServer, exchange: str) -> Contract:
    return server.world.contract("binance" if exchange == "binancecoinm" else exchange, ASKED[exchange][0])


def _spoil(server: ExchangeServer, exchange: str, edit: Callable[[Rows], Rows], **more: Any) -> None:
    server.faults.append(Fault(ASKED[exchange][1], "rewrite", edit=_on_rows(edit), **more))


def _stamp(row: dict[str, Any]) -> tuple[str, Any]:
    return next((name, row[name]) for name in STAMPS if name in row)


def _is(row: dict[str, Any], exchange: str, instant_ms: int) -> bool:
    if exchange == "bitfinex":
        return bool(row[_EVENT] == instant_ms)
    stamp = _stamp(row)[1]
    if exchange in ("krakenfutures", "dydx", "backpack"):
        return str(stamp).startswith(iso(instant_ms)[:16])
    unit = 1000 if exchange in ("gate", "lighter") else 1
    return abs(int(stamp) * unit - instant_ms) < HOUR_MS // 2


@each_exchange
@pytest.mark.parametrize(
    "edit",
    [
        lambda rows: rows + rows,
        lambda rows: rows[::-1],
        lambda rows: rows[1::2] + rows[::2],
        lambda rows: [row for row in rows for _ in range(3)],
    ],
    ids=["whole-page-twice", "reversed", "unordered", "each-row-thrice"],
)
def test_repeated_and_unordered_rows_change_nothing(run: Run, server: ExchangeServer, exchange: str, edit):
    c = _contract(server, exchange)
    _spoil(server, exchange, edit)
    # within one page of Bitget's: a page longer than asked for is cut by ccxt, and its pages are only numbered
    since = server.world.now_ms - DAYS.get(exchange, 10 if exchange == "bitget" else 35) * DAY_MS
    if exchange == "bitget":
        kept = list(c.history[-33:])
        server.world = server.world.with_contract("bitget", c.id, history=tuple(kept))
    result = ask(run, exchange, c, since, server.world.now_ms)
    assert result.err == ""
    assert_same(result, exchange, within(c, since, server.world.now_ms))


# Kraken gives the whole year at once; Bitget, MEXC, WOO and HTX's inverse contracts page by number (below)
@pytest.mark.parametrize("exchange", [name for name in ASKED if name not in ("krakenfutures", "bitget", "mexc", "woo")])
@pytest.mark.parametrize("cap", [20, 33])
def test_a_cap_silently_smaller_than_asked_loses_nothing(run: Run, server: ExchangeServer, exchange: str, cap: int):
    c = _contract(server, exchange)
    _spoil(server, exchange, lambda rows: rows[:cap])
    since = server.world.now_ms - DAYS.get(exchange, 35) * DAY_MS
    result = ask(run, exchange, c, since, server.world.now_ms)
    assert result.err == ""
    assert_same(result, exchange, within(c, since, server.world.now_ms))


def test_bitget_pages_smaller_than_asked_lose_nothing(run: Run, server: ExchangeServer):
    """It gives 20 rows a page where it does not like the size."""
    c = server.world.contract("bitget", "BTCUSDT")
    newest_first = list(reversed(c.history))

    def page(query: dict[str, str], body: bytes) -> object:
        first = (int(query.get("pageNo") or 1) - 1) * 20
        rows = newest_first[first : first + 20]
        listed = [{"symbol": c.id, "fundingRate": s.rate, "fundingTime": str(s.time_ms)} for s in rows]
        return {"code": "00000", "msg": "success", "requestTime": server.world.now_ms, "data": listed}

    server.answer("history-fund-rate", page)
    now = server.world.now_ms
    assert_same(ask(run, "bitget", c, now - 35 * DAY_MS, now), "bitget", within(c, now - 35 * DAY_MS, now))


def test_pages_by_number_that_shift_meanwhile_lose_nothing(run: Run, server: ExchangeServer):
    """A settlement between two requests pushes each row to the next place: pages overlap by one row."""
    c = server.world.contract("htx", "BTC-USD")
    newest_first = list(reversed(c.history))

    def page(query: dict[str, str], body: bytes) -> object:
        number, size = int(query["page_index"]), int(query["page_size"])
        first = max(0, (number - 1) * size - (number - 1))
        rows = newest_first[first : first + size]
        listed = [
            {"funding_rate": s.rate, "realized_rate": None, "funding_time": str(s.time_ms), "contract_code": c.id}
            for s in rows
        ]
        return {"status": "ok", "ts": server.world.now_ms, "data": {"total_page": "9", "data": listed}}

    server.answer("swap_historical_funding_rate", page)
    now = server.world.now_ms
    assert_same(ask(run, "htx", c, now - 35 * DAY_MS, now), "htx", within(c, now - 35 * DAY_MS, now))


@each_exchange
def test_a_hole_is_a_warning_and_no_longer_interval(run: Run, server: ExchangeServer, exchange: str):
    c = _contract(server, exchange)
    gone = c.history[-12]
    _spoil(server, exchange, lambda rows: [row for row in rows if not _is(row, exchange, scheduled(gone))])
    now = server.world.now_ms
    result = ask(run, exchange, c, now - 9 * DAY_MS, now)
    assert_same(result, exchange, [s for s in within(c, now - 9 * DAY_MS, now) if s is not gone])
    assert "warning" in result.err and "1 settlement missing" in result.err and symbol_of(c) in result.err
    assert iso(scheduled(c.history[-13]))[:16] in result.err and iso(scheduled(c.history[-11]))[:16] in result.err
    assert {row["interval_hours"] for row in result.rows} == {HISTORY_HOURS.get(exchange, c.interval_hours)}


@pytest.mark.parametrize("exchange", ["binance", "okx", "bybit", "gate", "htx", "hyperliquid"])
def test_a_page_that_comes_back_empty_does_not_shorten_the_answer_in_silence(
    run: Run, server: ExchangeServer, exchange: str
):
    """Pages of 30; the third is empty. What is missing must be said, or asked for again."""
    c = _contract(server, exchange)
    _spoil(server, exchange, lambda rows: rows[:30])
    _spoil(server, exchange, lambda rows: [], skip=2, times=1)
    now = server.world.now_ms
    since = now - 35 * DAY_MS
    result = ask(run, exchange, c, since, now)
    wanted = [iso(scheduled(s)) for s in within(c, since, now)]
    whole = [row["time"] for row in result.rows] == wanted
    assert whole or symbol_of(c) in result.err, f"{len(result.rows)} of {len(wanted)} rows, and not a word"


@pytest.mark.parametrize("stray_ms", [1, 999, 110_000, -110_000, 23 * 60_000])
def test_strayed_stamps_are_keyed_by_their_scheduled_instant(run: Run, server: ExchangeServer, stray_ms: int):
    """Hyperliquid stamped 12:01:50 on 2025-07-27, and 08:23:53 in 2023."""
    c = server.world.contract("hyperliquid", "BTC")
    _spoil(server, "hyperliquid", lambda rows: [{**row, "time": row["time"] + stray_ms} for row in rows])
    now = server.world.now_ms
    since, until = now - 6 * DAY_MS, now - DAY_MS
    result = ask(run, "hyperliquid", c, since, until)
    times = [row["time"] for row in result.rows]
    wanted = [iso(scheduled(s)) for s in within(c, since, until)]
    # the stand-in cuts the window by the unstrayed stamp, so a row at its very ends may be out of its sight
    assert times[1:-1] == [t for t in wanted if times[0] < t < times[-1]]
    assert len(wanted) - len(times) <= 1
    assert {row["interval_hours"] for row in result.rows} == {1}


def test_one_settlement_stamped_twice_is_one_row(run: Run, server: ExchangeServer):
    c = server.world.contract("hyperliquid", "BTC")
    _spoil(
        server,
        "hyperliquid",
        lambda rows: [copy for row in rows for copy in (row, {**row, "time": row["time"] + 95_000})],
    )
    now = server.world.now_ms
    result = ask(run, "hyperliquid", c, now - 4 * DAY_MS, now - DAY_MS)
    assert_same(result, "hyperliquid", within(c, now - 4 * DAY_MS, now - DAY_MS))


def test_two_rates_for_one_settlement_are_named(run: Run, server: ExchangeServer):
    c = server.world.contract("binance", "ETHUSDT")
    told = c.history[-7]
    _spoil(
        server,
        "binance",
        lambda rows: rows
        + [{**r, "fundingRate": "0.00099999", "fundingTime": r["fundingTime"] + 900} for r in rows
           if r["fundingTime"] == told.time_ms],
    )  # fmt: skip
    now = server.world.now_ms
    result = ask(run, "binance", c, now - 5 * DAY_MS, now)
    assert_same(result, "binance", within(c, now - 5 * DAY_MS, now))
    assert "two different rates" in result.err and iso(scheduled(told))[:16] in result.err


@each_exchange
def test_a_row_without_a_rate_is_left_out_and_said(run: Run, server: ExchangeServer, exchange: str):
    """Never taken for 0."""
    c = _contract(server, exchange)
    gone = c.history[-6]
    names = ("fundingRate", "r", "funding_rate", "realizedRate", "relativeFundingRate", "interest_1h", "rate")

    def clear(row: Any) -> Any:
        if isinstance(row, list):
            return [None if i == _RATE else v for i, v in enumerate(row)]
        return {k: None if k in names else v for k, v in row.items()}

    def null(rows: Rows) -> Rows:
        hit = [_is(row, exchange, scheduled(gone)) for row in rows]
        cleared = [clear(row) for row in rows]
        return [c if h else row for row, c, h in zip(rows, cleared, hit, strict=True)]

    _spoil(server, exchange, null)
    now = server.world.now_ms
    result = ask(run, exchange, c, now - 9 * DAY_MS, now)
    assert_same(result, exchange, [s for s in within(c, now - 9 * DAY_MS, now) if s is not gone])
    assert symbol_of(c) in result.err


@each_exchange
def test_history_of_several_contracts_with_one_failing_is_partial(run: Run, server: ExchangeServer, exchange: str):
    """Binance's COIN-M has one contract here, so its failure is total; everywhere else the others stand."""
    c = _contract(server, exchange)
    one = {"hyperliquid": f'"{c.id}"', "phemex": rf"=\.{c.id}FR8H"}.get(exchange, rf"={c.id}(&|$)")
    match = f"(?:{ASKED[exchange][1]}).*{one}"
    # here the contract stands in the path
    match = {"bitfinex": r"tBTCF0.*/hist", "dydx": rf"historicalFunding/{c.id}"}.get(exchange, match)
    server.faults.append(Fault(match, "status", status=400))
    result = run("rates", "-e", exchange, "--last", "2d", "-o", "json", now=None)
    if exchange == "binancecoinm":
        assert (result.code, result.out) == (4, "")
        return
    assert result.code == 5, result.err
    assert symbol_of(c) in result.err
    assert symbol_of(c) not in {row["symbol"] for row in result.rows}
    assert len({row["symbol"] for row in result.rows}) >= 3
