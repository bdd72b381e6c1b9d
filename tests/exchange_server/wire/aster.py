"""Aster: Binance's futures endpoints under /fapi/v3; the spot list stands on another host."""

from __future__ import annotations

from tests.exchange_server.wire.common import (
    Call,
    Row,
    WireError,
    book,
    page,
    spot_book,
    spot_called,
    tick,
    unknown_path,
    window,
)
from tests.exchange_server.world import Contract, Spot, World

BULK = (
    "https://fapi.asterdex.com/fapi/v3/exchangeInfo",
    "https://fapi.asterdex.com/fapi/v3/premiumIndex",
    "https://fapi.asterdex.com/fapi/v3/fundingInfo",
)
NEVER_MS = 4133404800000


def answer(world: World, call: Call) -> object:
    if call.path == "/api/v3/exchangeInfo":
        return {"timezone": "UTC", "serverTime": world.now_ms, "symbols": [_spot(s) for s in world.spot["aster"]]}
    if call.path == "/api/v3/depth":
        return _spot_depth(world, call)
    if not call.path.startswith("/fapi/v3/"):
        raise unknown_path(call)
    symbol = call.text("symbol")
    held = world.of("aster")
    chosen = [c for c in held if not symbol or c.id == symbol]
    if not chosen:
        raise WireError(400, {"code": -1121, "msg": "Invalid symbol."})
    match call.path.rsplit("/", 1)[-1]:
        case "exchangeInfo":
            return _info(world)
        case "premiumIndex":
            rows = [_premium(c, world.now_ms) for c in chosen if c.funded]
            return rows[0] if symbol else rows
        case "fundingInfo":
            return [_interval(c, world.now_ms) for c in held if c.funded]
        case "depth":
            return _depth(world, book(chosen[0], "1", _levels(call)))
        case "fundingRate":
            start = call.number("startTime")
            settled = page(window(chosen[0], start, call.number("endTime")), start, call.limit("limit", 100, 1000))
            return [{"symbol": symbol, "fundingRate": s.rate, "fundingTime": s.time_ms} for s in settled]
    raise unknown_path(call)


def _info(world: World) -> Row:
    limits = [{"interval": "MINUTE", "intervalNum": 1, "limit": 2400, "rateLimitType": "REQUEST_WEIGHT"}]
    # a row without a base really stands in the list
    symbols = [*(_contract(c) for c in world.of("aster")), {"symbol": "NOTHING", "status": "PENDING_TRADING"}]
    return {
        "timezone": "UTC", "serverTime": world.now_ms, "rateLimits": limits, "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}], "symbols": symbols,
    }  # fmt: skip


def _contract(c: Contract) -> Row:
    step = tick(c.mark)
    return {
        "symbol": c.id, "pair": c.id, "contractType": "PERPETUAL", "deliveryDate": NEVER_MS,
        "onboardDate": c.listed_ms, "createTime": c.listed_ms, "status": "TRADING" if c.active else "SETTLING",
        "maintMarginPercent": "2.5000", "requiredMarginPercent": "5.0000", "baseAsset": c.base,
        "quoteAsset": c.quote, "marginAsset": c.settle, "pricePrecision": len(step) - 2, "quantityPrecision": 3,
        "baseAssetPrecision": 8, "quotePrecision": 8, "underlyingType": "COIN", "underlyingSubType": [],
        "settlePlan": 0, "triggerProtect": "0.0500", "liquidationFee": "0.025000", "marketTakeBound": "0.05",
        "symbolType": 0, "tradingMode": 0, "channel": "{}", "sequenceNo": 100, "imn": "4000.00", "tags": [],
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": step, "maxPrice": "1000000", "tickSize": step},
            {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
            {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "120", "stepSize": "0.001"},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
        ],
        "orderTypes": ["LIMIT", "MARKET"], "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }  # fmt: skip


def _spot_name(s: Spot) -> str:
    return f"{s.base}{s.quote}"


def _spot(s: Spot) -> Row:
    return {
        "symbol": _spot_name(s), "status": "TRADING" if s.active else "BREAK", "baseAsset": s.base,
        "quoteAsset": s.quote, "pricePrecision": 8, "quantityPrecision": 8, "baseAssetPrecision": 8,
        "quotePrecision": 8, "orderTypes": ["LIMIT", "MARKET"], "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "100000", "tickSize": "0.01"},
            {"filterType": "LOT_SIZE", "minQty": "1", "maxQty": "1000", "stepSize": "0.001"},
            {"filterType": "NOTIONAL", "minNotional": "5"},
        ],
        "ocoAllowed": False,
    }  # fmt: skip


def _spot_depth(world: World, call: Call) -> Row:
    spot = spot_called(world, "aster", call.text("symbol"), _spot_name)
    if spot is None:
        raise WireError(400, {"code": -1121, "msg": "Invalid symbol."})
    return _depth(world, spot_book(world, "aster", spot, _levels(call)))


def _levels(call: Call) -> int:
    if call.number("limit") not in (None, 5, 10, 20, 50, 100, 500, 1000):
        raise WireError(400, {"code": -4021, "msg": "Invalid depth limit."})
    return call.number("limit") or 500


def _depth(world: World, sides: tuple[list[list[str]], list[list[str]]]) -> Row:
    bids, asks = sides
    return {"lastUpdateId": 1027024, "E": world.now_ms, "T": world.now_ms, "bids": bids, "asks": asks}


def _interest(c: Contract) -> str:
    return f"{float(c.interest) * c.interval_hours / 8:.8f}"


def _premium(c: Contract, now_ms: int) -> Row:
    return {
        "symbol": c.id, "markPrice": c.mark, "indexPrice": c.index, "estimatedSettlePrice": c.index,
        "lastFundingRate": c.rate, "interestRate": _interest(c), "nextFundingTime": c.next_ms, "time": now_ms,
    }  # fmt: skip


def _interval(c: Contract, now_ms: int) -> Row:
    return {
        "symbol": c.id, "interestRate": _interest(c), "time": now_ms, "fundingIntervalHours": c.interval_hours,
        "fundingFeeCap": float(c.cap), "fundingFeeFloor": float(c.floor),
    }  # fmt: skip
