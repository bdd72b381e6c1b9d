"""Backpack: markets by type, mark prices with rates, order books, funding rates by offset."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from tests.exchange_server.wire.common import (
    Call,
    Row,
    WireError,
    book,
    candles,
    spot_book,
    spot_called,
    tick,
    unknown_path,
)
from tests.exchange_server.world import HOUR_MS, Contract, Loan, Spot, World

BULK = (
    "https://api.backpack.exchange/api/v1/markets?marketType=PERP",
    "https://api.backpack.exchange/api/v1/markPrices",
)


def answer(world: World, call: Call) -> object:
    held = world.of("backpack")
    symbol = call.text("symbol")
    chosen = [c for c in held if not symbol or c.id == symbol]
    spot = spot_called(world, "backpack", symbol, _spot_name)
    if not chosen and not spot:
        raise WireError(400, {"code": "INVALID_CLIENT_REQUEST", "message": "Invalid market"})
    match call.path:
        case "/api/v1/markets":
            kind = call.text("marketType")
            perps = [_market(c) for c in held] if kind in ("", "PERP") else []
            spots = [_spot(s) for s in world.spot.get("backpack", ())] if kind in ("", "SPOT") else []
            return [*perps, *spots]
        case "/api/v1/securities":
            return []
        case "/api/v1/borrowLend/markets":
            return [_loan(loan, world.now_ms) for loan in world.loans.get("backpack", ())]
        case "/api/v1/markPrices":
            return [_mark_price(c) for c in chosen if c.funded]
        case "/api/v1/depth" if symbol:
            if call.text("limit", "1000") not in ("5", "10", "20", "50", "100", "500", "1000"):
                raise WireError(400, {"code": "INVALID_CLIENT_REQUEST", "message": "Invalid limit"})
            limit = int(call.text("limit", "1000"))
            bids, asks = spot_book(world, "backpack", spot, limit) if spot else book(chosen[0], "1", limit)
            # the best bid stands last
            sides: Row = {"asks": asks, "bids": bids[::-1]}
            return {**sides, "lastUpdateId": "1684026955", "timestamp": world.now_ms * 1000}
        case "/api/v1/klines" if chosen and symbol:
            return _klines(chosen[0], world.now_ms, call)
        case "/api/v1/fundingRates" if chosen:
            return _history(chosen[0], world.now_ms, call)
    raise unknown_path(call)


def _market(c: Contract) -> Row:
    step = {"tickSize": tick(c.mark), "minPrice": tick(c.mark), "maxPrice": None}
    function = {"base": "0.02", "factor": "0.00006", "type": "sqrt"}
    return {
        "symbol": c.id, "baseSymbol": c.base, "quoteSymbol": c.quote, "marketType": "PERP", "visible": True,
        "createdAt": "2025-01-21T06:34:54.691858", "orderBookState": "Open" if c.active else "Closed",
        "filters": {"price": step, "quantity": {"minQuantity": "0.01", "maxQuantity": None, "stepSize": "0.01"}},
        "fundingInterval": c.interval_hours * HOUR_MS, "fundingRateLowerBound": _points(c.floor),
        "fundingRateUpperBound": _points(c.cap), "imfFunction": function, "mmfFunction": function,
        "openInterestLimit": "4000000", "positionLimitWeight": None,
    }  # fmt: skip


def _points(rate: str) -> str:
    return f"{(Decimal(rate) * 10_000).normalize():f}"


def _spot_name(s: Spot) -> str:
    return f"{s.base}_{s.quote}"


def _spot(s: Spot) -> Row:
    step = {"tickSize": "0.01", "minPrice": "0.01", "maxPrice": None}
    return {
        "symbol": _spot_name(s), "baseSymbol": s.base, "quoteSymbol": s.quote, "marketType": "SPOT",
        "createdAt": "2025-01-21T06:34:54.691858", "orderBookState": "Open" if s.active else "Closed", "visible": True,
        "filters": {"price": step, "quantity": {"minQuantity": "0.01", "maxQuantity": None, "stepSize": "0.01"}},
        "fundingInterval": 8 * HOUR_MS, "imfFunction": None, "mmfFunction": None, "openInterestLimit": "0",
    }  # fmt: skip


def _mark_price(c: Contract) -> Row:
    return {
        "symbol": c.id, "fundingRate": c.rate, "indexPrice": c.index, "markPrice": c.mark,
        "nextFundingTimestamp": c.next_ms,
    }  # fmt: skip


def _loan(loan: Loan, now_ms: int) -> Row:
    """A pool of ten times what may be borrowed, which pauses at 95 % and has lent 85 % of itself."""
    pool = Decimal(loan.most) * 10
    return {
        "state": "Open" if loan.open else "RepayOnly", "assetMarkPrice": "1", "borrowInterestRate": loan.rate,
        "borrowedQuantity": f"{pool * Decimal('0.85'):f}", "fee": "0.15", "lendInterestRate": "0.001",
        "lentQuantity": f"{pool:f}", "maxUtilization": "0.98", "openBorrowLendLimit": "999999999",
        "optimalUtilization": "0.7", "symbol": loan.coin, "timestamp": _unzoned(now_ms),
        "throttleUtilizationThreshold": "0.95", "throttleUtilizationBound": "0.99",
        "throttleUpdateFraction": "0.5", "utilization": "0.85", "stepSize": "0.000001",
    }  # fmt: skip


def _history(c: Contract, now_ms: int, call: Call) -> list[Row]:
    """Newest first; the first row is that of the interval which has not ended."""
    ends = [(s.time_ms, s.rate) for s in reversed(c.history)]
    rows = [(c.next_ms, c.rate), *ends] if c.funded else ends
    first = call.number("offset") or 0
    return [
        {"symbol": c.id, "intervalEndTimestamp": _unzoned(at), "fundingRate": rate}
        for at, rate in rows[first : first + call.limit("limit", 100, 10_000)]
    ]


def _klines(c: Contract, now_ms: int, call: Call) -> list[Row]:
    kind, start, end = call.text("priceType", "Last").lower(), call.number("startTime"), call.number("endTime")
    if kind not in ("mark", "index") or start is None:
        raise WireError(400, {"code": "INVALID_CLIENT_REQUEST", "message": "Invalid priceType or startTime"})
    until = None if end is None else end * 1000
    return [
        {
            "start": _unzoned(k.time_ms).replace("T", " "), "end": _unzoned(k.end_ms + 1).replace("T", " "),
            "open": k.open, "high": k.high, "low": k.low, "close": k.close, "volume": "0", "quoteVolume": "0",
            "trades": "0",
        }
        for k in candles(c, now_ms, call.text("interval"), start * 1000, until, 1000, kind=kind)
    ]  # fmt: skip


def _unzoned(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
