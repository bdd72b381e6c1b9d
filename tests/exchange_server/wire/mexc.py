"""MEXC contract v1: the contract list, rates of one and of all contracts, history, candles, order book."""

from __future__ import annotations

from tests.exchange_server.wire.common import (
    Call,
    Row,
    WireError,
    book,
    candles,
    levels,
    spot_book,
    spot_called,
    unknown_path,
)
from tests.exchange_server.world import Contract, Spot, World

BULK = (
    "https://api.mexc.com/api/v1/contract/detail",
    "https://api.mexc.com/api/v1/contract/funding_rate",
)


def answer(world: World, call: Call) -> object:
    if call.path == "/api/v3/exchangeInfo":
        symbols = [_spot(s) for s in world.spot.get("mexc", ())]
        return {"timezone": "CST", "serverTime": world.now_ms, "rateLimits": [], "symbols": symbols}
    if call.path == "/api/v3/depth":
        return _spot_depth(world, call)
    match call.path.strip("/").split("/")[2:]:
        case ["contract", "detail"] if call.text("symbol"):
            c = world.find("mexc", call.text("symbol"))
            return _gone() if c is None or not c.active else _ok(_contract(c))
        case ["contract", "detail"]:
            # a contract that is gone is not in the list
            return _ok([_contract(c) for c in world.of("mexc") if c.active])
        case ["contract", "funding_rate"]:
            # some rows have no contract in the list
            return _ok([_rate(c, world.now_ms) for c in world.of("mexc") if c.perpetual])
        case ["contract", "funding_rate", "history"]:
            c = world.find("mexc", call.text("symbol"))
            return _gone() if c is None else _ok(_history(c, call))
        case ["contract", "funding_rate", name]:
            c = world.find("mexc", name)
            return _gone() if c is None else _ok(_rate(c, world.now_ms))
        case ["contract", "depth", name]:
            c = world.find("mexc", name)
            return _gone() if c is None else _ok(_book(c, world.now_ms, call))
        case ["contract", "kline", "fair_price" | "index_price" as price, name]:
            c = world.find("mexc", name)
            kind = "mark" if price == "fair_price" else "index"
            return _gone() if c is None else _ok(_candles(c, world.now_ms, call, kind))
    raise unknown_path(call)


def _ok(data: object) -> Row:
    return {"success": True, "code": 0, "data": data}


def _gone() -> Row:
    return {"success": False, "code": 1001, "message": "Contract does not exist"}


def _contract(c: Contract) -> Row:
    return {
        "symbol": c.id, "displayName": f"{c.id}永续", "displayNameEn": f"{c.id} PERPETUAL", "positionOpenType": 3,
        "baseCoin": c.base, "quoteCoin": c.quote, "settleCoin": c.settle,
        "contractSize": 0.0001 if c.linear else int(c.contract_size), "minLeverage": 1, "maxLeverage": 125,
        "priceScale": 2, "volScale": 0, "amountScale": 4, "priceUnit": 0.5, "volUnit": 1, "minVol": 1,
        "maxVol": 1000000, "bidLimitPriceRate": 0.1, "askLimitPriceRate": 0.1, "takerFeeRate": 0.0002,
        "makerFeeRate": 0, "maintenanceMarginRate": 0.004, "initialMarginRate": 0.008,
        "indexOrigin": ["BINANCE", "GATEIO", "MEXC"], "state": 0, "isNew": False, "isHot": True,
        "isHidden": False, "apiAllowed": True, "futureType": 1, "riskBaseVol": 4500000, "riskIncrVol": 0,
        "riskIncrMmr": 0, "riskIncrImr": 0, "riskLevelLimit": 1,
        "riskLimitType": "BY_VOLUME", "riskLimitMode": "CUSTOM",
        "riskLimitCustom": [
            {
                "level": i, "maxVol": int(end), "mmr": float(tier.rate), "imr": float(tier.initial),
                "maxLeverage": int(tier.leverage),
            }
            for i, (_, end, tier) in enumerate(levels(c, "0.0001" if c.linear else c.contract_size), 1)
        ],
    }  # fmt: skip


def _rate(c: Contract, now_ms: int) -> Row:
    return {
        "symbol": c.id, "fundingRate": float(c.rate), "maxFundingRate": float(c.cap), "minFundingRate": float(c.floor),
        "collectCycle": c.interval_hours, "nextSettleTime": c.next_ms, "timestamp": now_ms,
        "idxPrice": float(c.index), "fairPrice": float(c.mark),
    }  # fmt: skip


def _history(c: Contract, call: Call) -> Row:
    # pages back from now; a start time means nothing to it
    size, number = call.limit("page_size", 20, 100), max(1, call.number("page_num") or 1)
    rows = list(reversed(c.history))
    listed = [
        {
            "symbol": c.id, "fundingRate": float(s.rate), "settleTime": s.time_ms, "collectCycle": c.interval_hours,
        }
        for s in rows[(number - 1) * size : number * size]
    ]  # fmt: skip
    return {
        "pageSize": size, "totalCount": len(rows), "totalPage": -(-len(rows) // size), "currentPage": number,
        "resultList": listed,
    }  # fmt: skip


def _book(c: Contract, now_ms: int, call: Call) -> Row:
    # price, contracts, orders
    bids, asks = (
        [[float(price), int(size), 1] for price, size in side]
        for side in book(c, "0.0001" if c.linear else c.contract_size, call.limit("limit", 100, 1000))
    )
    return {"asks": asks, "bids": bids, "version": 27883254360, "timestamp": now_ms}


def _spot(s: Spot) -> Row:
    return {
        "symbol": f"{s.base}{s.quote}", "status": "1" if s.active else "3", "baseAsset": s.base,
        "baseAssetPrecision": 2, "quoteAsset": s.quote, "quotePrecision": 5, "quoteAssetPrecision": 5,
        "orderTypes": ["LIMIT", "MARKET", "LIMIT_MAKER"], "isSpotTradingAllowed": s.active,
        "isMarginTradingAllowed": False, "quoteAmountPrecision": "1", "baseSizePrecision": "0",
        "permissions": ["SPOT"], "filters": [], "maxQuoteAmount": "2000000", "makerCommission": "0",
        "takerCommission": "0.0005", "tradeSideType": 1,
    }  # fmt: skip


def _spot_depth(world: World, call: Call) -> Row:
    spot = spot_called(world, "mexc", call.text("symbol"), lambda s: f"{s.base}{s.quote}")
    if spot is None:
        raise WireError(400, {"code": -1121, "msg": "Invalid symbol."})
    bids, asks = spot_book(world, "mexc", spot, call.limit("limit", 100, 5000))
    return {"lastUpdateId": 744267132, "bids": bids, "asks": asks, "timestamp": world.now_ms}


def _candles(c: Contract, now_ms: int, call: Call, kind: str) -> Row:
    start, end = call.number("start"), call.number("end")
    step = {"Min60": "1h", "Hour4": "4h", "Day1": "1d"}.get(call.text("interval"), "1m")
    since, until = (None if seconds is None else seconds * 1000 for seconds in (start, end))
    rows = candles(c, now_ms, step, since, until, 2000, kind=kind)
    return {
        "time": [k.time_ms // 1000 for k in rows], "open": [float(k.open) for k in rows],
        "close": [float(k.close) for k in rows], "high": [float(k.high) for k in rows],
        "low": [float(k.low) for k in rows], "vol": [0.0 for _ in rows], "amount": [0.0 for _ in rows],
    }  # fmt: skip
