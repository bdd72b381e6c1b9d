"""WOO X v3: instruments, funding rates, futures (prices), order books, funding history by page."""

from __future__ import annotations

from tests.exchange_server.wire.common import Call, Row, WireError, book, spot_book, spot_called, unknown_path, window
from tests.exchange_server.world import Contract, Spot, World

_PUBLIC = "https://api.woox.io/v3/public/"
BULK = (f"{_PUBLIC}instruments", f"{_PUBLIC}fundingRate", f"{_PUBLIC}futures")
_PAGE = 25


def answer(world: World, call: Call) -> object:
    symbol = call.text("symbol")
    held = [c for c in world.of("woo") if not symbol or c.id == symbol]
    match call.path.removeprefix("/v3/public/"):
        case "instruments":
            spots = [_spot(s) for s in world.spot.get("woo", ())]
            return _ok(world, {"rows": [*spots, *(_instrument(c) for c in held)]})
        case "fundingRate":
            if not held:
                raise WireError(500, {"success": False, "message": f"no funding rate data for {symbol}"})
            return _ok(world, {"rows": [_rate(c, world.now_ms) for c in held if c.funded]})
        case "futures":
            if not held:
                raise WireError(500, {"success": False, "message": f"invalid symbol {symbol}"})
            return _ok(world, {"rows": [_future(c) for c in held if c.funded]})
        case "orderbook" if symbol.startswith("SPOT_"):
            spot = spot_called(world, "woo", symbol, _spot_name)
            if spot is None:
                raise WireError(400, {"success": False, "code": -1005, "message": "invalid request"})
            return _ok(world, _levels(spot_book(world, "woo", spot, call.limit("maxLevel", 100, 1000))))
        case "orderbook":
            if not symbol or not held:
                raise WireError(400, {"success": False, "code": -1005, "message": "invalid request"})
            return _ok(world, _levels(book(held[0], "1", call.limit("maxLevel", 100, 1000))))
        case "fundingRateHistory":
            if not symbol or not held:
                raise WireError(400, {"success": False, "code": -1005, "message": "invalid request"})
            return _ok(world, _history(held[0], call))
    # a gateway's answer: HTTP 200 without `success`
    if call.path.startswith("/v3/"):
        return {"code": 503, "message": "[GW] no upstream server"}
    raise unknown_path(call)


def _ok(world: World, data: object) -> Row:
    return {"success": True, "data": data, "timestamp": world.now_ms}


def _instrument(c: Contract) -> Row:
    return {
        "symbol": c.id, "status": "TRADING" if c.active else "SUSPENDED", "baseAsset": c.base,
        "baseAssetMultiplier": 1, "quoteAsset": c.quote, "quoteMin": "0", "quoteMax": "100000",
        "quoteTick": "0.01", "baseMin": "0.005", "baseMax": "5000", "baseTick": "0.0001", "minNotional": "1",
        "bidCapRatio": "1.1", "bidFloorRatio": None, "askCapRatio": None, "askFloorRatio": "0.9",
        "orderMode": "NORMAL", "fundingIntervalHours": c.interval_hours, "fundingCap": c.cap,
        "fundingFloor": c.floor, "impactNotional": "2000", "isAllowedRpi": True, "tickGranularity": None,
    }  # fmt: skip


def _spot(s: Spot) -> Row:
    return {
        "symbol": _spot_name(s), "status": "TRADING" if s.active else "SUSPENDED", "baseAsset": s.base,
        "baseAssetMultiplier": 1, "quoteAsset": s.quote, "quoteMin": "0", "quoteMax": "100000",
        "quoteTick": "0.01", "baseMin": "0.005", "baseMax": "5000", "baseTick": "0.0001", "minNotional": "1",
    }  # fmt: skip


def _rate(c: Contract, now_ms: int) -> Row:
    return {
        "symbol": c.id, "estFundingRate": c.rate, "estFundingRateTimestamp": now_ms - 41_000,
        "lastFundingRate": c.history[-1].rate if c.history else "0",
        "lastFundingRateTimestamp": c.next_ms - c.interval_ms, "nextFundingTime": c.next_ms,
        "lastFundingIntervalHours": c.interval_hours, "estFundingIntervalHours": c.interval_hours,
    }  # fmt: skip


def _future(c: Contract) -> Row:
    return {
        "symbol": c.id, "indexPrice": c.index, "markPrice": c.mark, "estFundingRate": c.rate,
        "lastFundingRate": c.history[-1].rate if c.history else "0", "nextFundingTime": c.next_ms,
        "openInterest": "106.2083", "24hOpen": c.index, "24hClose": c.mark, "24hHigh": c.mark, "24hLow": c.index,
        "24hAmount": "0", "24hVolume": "0",
    }  # fmt: skip


def _spot_name(s: Spot) -> str:
    return f"SPOT_{s.base}_{s.quote}"


def _levels(sides: tuple[list[list[str]], list[list[str]]]) -> Row:
    bids, asks = ([{"price": price, "quantity": size} for price, size in side] for side in sides)
    return {"asks": asks, "bids": bids}


def _history(c: Contract, call: Call) -> Row:
    rows = list(reversed(window(c, call.number("startTime"), call.number("endTime"))))
    number = max(1, call.number("page") or 1)
    listed = [
        {
            "symbol": c.id, "fundingRate": s.rate, "fundingRateTimestamp": s.time_ms,
            "nextFundingTime": s.time_ms + c.interval_ms, "markPrice": s.mark,
        }
        for s in rows[(number - 1) * _PAGE : number * _PAGE]
    ]  # fmt: skip
    return {"rows": listed, "meta": {"total": len(rows), "recordsPerPage": _PAGE, "currentPage": number}}
