"""WEEX v3: spot and contract lists, premium index, funding history."""

from __future__ import annotations

from tests.exchange_server.wire.common import (
    Call,
    Row,
    WireError,
    book,
    candles,
    page,
    spot_book,
    spot_called,
    unknown_path,
    window,
)
from tests.exchange_server.world import Contract, Spot, World

BULK = (
    "https://api-spot.weex.com/api/v3/exchangeInfo",
    "https://api-contract.weex.com/capi/v3/market/exchangeInfo",
    "https://api-contract.weex.com/capi/v3/market/premiumIndex",
)


def answer(world: World, call: Call) -> object:
    symbol = call.text("symbol")
    chosen = [c for c in world.of("weex") if not symbol or c.id == symbol]
    if call.path == "/api/v3/market/depth":
        return _spot_depth(world, call)
    if symbol and not chosen:
        raise WireError(400, {"code": -1121, "msg": "Invalid symbol."})
    match call.path:
        case "/api/v3/exchangeInfo":
            return {"timezone": "UTC", "serverTime": world.now_ms, "symbols": _spots(world)}
        case "/api/v3/coins":
            return []
        case "/capi/v3/market/exchangeInfo":
            return {"assets": [{"asset": "USDT"}], "symbols": [_contract(c) for c in world.of("weex")]}
        case "/capi/v3/market/premiumIndex":
            # a delisted contract stays in exchangeInfo, without a flag, and has no row here
            return [_premium(c, world.now_ms) for c in chosen if c.funded]
        case "/capi/v3/market/fundingRate":
            if not symbol:
                raise WireError(400, {"code": -1102, "msg": "Mandatory parameter 'symbol' was not sent."})
            return _history(chosen[0], call)
        case "/capi/v3/market/depth" if symbol:
            if call.text("limit", "15") not in ("15", "200"):
                raise WireError(400, {"code": -1130, "msg": "Parameter limit error"})
            bids, asks = book(chosen[0], "1", int(call.text("limit", "15")))
            return {"bids": bids, "asks": asks, "lastUpdateId": 14138610208}
        case "/capi/v3/market/historyKlines" if symbol:
            step, start, end = call.text("interval", "1m"), call.number("startTime"), call.number("endTime")
            kind = call.text("priceType").lower()
            if kind not in ("mark", "index"):
                raise unknown_path(call)
            rows = candles(chosen[0], world.now_ms, step, start, end, 100, kind=kind)
            return [[k.time_ms, k.open, k.high, k.low, k.close, "0", k.time_ms, "0"] for k in rows]
    raise unknown_path(call)


def _contract(c: Contract) -> Row:
    places = len(c.mark.partition(".")[2])
    hours = range(0, 24, c.interval_hours)
    return {
        "symbol": c.id, "baseAsset": c.base, "quoteAsset": c.quote, "marginAsset": c.settle,
        "pricePrecision": str(places), "quantityPrecision": "3", "baseAssetPrecision": "2",
        "quotePrecision": "8",
        "contractVal": "0.001", "delivery": [f"{hour:02d}:00:00" for hour in hours],
        "forwardContractFlag": c.linear, "minLeverage": "1", "maxLeverage": "400",
        "buyLimitPriceRatio": "0.01",
        "sellLimitPriceRatio": "0.01", "makerFeeRate": "0.0002", "takerFeeRate": "0.0008",
        "minOrderSize": "0.001", "maxOrderSize": "1000000", "maxPositionSize": "5000000",
        "marketOpenLimitSize": "2300",
    }  # fmt: skip


def _spots(world: World) -> list[Row]:
    return [_spot(s) for s in world.spot.get("weex", ())]


def _spot(s: Spot) -> Row:
    return {
        "symbol": f"{s.base}{s.quote}", "status": "TRADING" if s.active else "HALT", "baseAsset": s.base,
        "baseAssetPrecision": "8", "quoteAsset": s.quote, "quoteAssetPrecision": "8", "tickSize": "0.01",
        "stepSize": "0.00001", "minTradeAmount": "0.0001", "maxTradeAmount": "99999", "takerFeeRate": "0.001",
        "makerFeeRate": "0.001", "enableTrade": s.active, "enableDisplay": True,
    }  # fmt: skip


def _spot_depth(world: World, call: Call) -> Row:
    spot = spot_called(world, "weex", call.text("symbol"), lambda s: f"{s.base}{s.quote}")
    if spot is None or call.text("limit", "15") not in ("15", "200"):
        raise WireError(400, {"code": -1130, "msg": "Parameter limit error"})
    bids, asks = spot_book(world, "weex", spot, int(call.text("limit", "15")))
    return {"bids": bids, "asks": asks, "lastUpdateId": 14138610208}


def _premium(c: Contract, now_ms: int) -> Row:
    return {
        "symbol": c.id, "markPrice": c.mark, "indexPrice": c.index, "forecastFundingRate": c.next_rate,
        "lastFundingRate": c.rate, "interestRate": "0.0003", "nextFundingTime": c.next_ms, "time": now_ms,
        "collectCycle": c.interval_hours * 60,
    }  # fmt: skip


def _history(c: Contract, call: Call) -> list[Row]:
    start = call.number("startTime")
    rows = page(window(c, start, call.number("endTime")), start, call.limit("limit", 100, 1000))
    return [{"symbol": c.id, "fundingRate": s.rate, "fundingTime": s.time_ms, "markPrice": s.mark} for s in rows]
