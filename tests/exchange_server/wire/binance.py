"""Binance: spot (api), USD-margined (fapi) and coin-margined (dapi) public endpoints."""

from __future__ import annotations

from tests.exchange_server.wire.common import (
    Call,
    Row,
    WireError,
    book,
    candles,
    interests,
    page,
    spot_book,
    spot_called,
    tick,
    unknown_path,
    window,
)
from tests.exchange_server.world import DAY_MS, Contract, Spot, World

BULK = (
    "https://api.binance.com/api/v3/exchangeInfo",
    "https://api.binance.com/api/v3/exchangeInfo?showPermissionSets=false",
    "https://fapi.binance.com/fapi/v1/exchangeInfo",
    "https://dapi.binance.com/dapi/v1/exchangeInfo",
    "https://fapi.binance.com/fapi/v1/premiumIndex",
    "https://dapi.binance.com/dapi/v1/premiumIndex",
    "https://fapi.binance.com/fapi/v1/fundingInfo",
    "https://dapi.binance.com/dapi/v1/fundingInfo",
)
#: the delivery date that Binance gives to what never delivers
NEVER_MS = 4133404800000
SPOT_ORDERS = (
    "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT",
)  # fmt: skip
FUTURES_ORDERS = (
    "LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET",
)  # fmt: skip
# the groups are what makes the real spot list so long: about 5 kB for each market
GROUPS = ["SPOT", "MARGIN", *(f"TRD_GRP_{number:03d}" for number in range(4, 250) if number % 20)]


def answer(world: World, call: Call) -> object:
    if call.path == "/api/v3/exchangeInfo":
        groups = [] if call.text("showPermissionSets") == "false" else [GROUPS]
        return _info(world, [_spot(s, groups) for s in world.spot.get("binance", ())])
    if call.path == "/api/v3/depth":
        return _spot_depth(world, call)
    statistics = call.path.startswith("/futures/data/")
    linear = call.path.startswith("/fapi/") or (statistics and call.host.startswith("fapi."))
    if not linear and not statistics and not call.path.startswith("/dapi/"):
        raise unknown_path(call)
    held = [c for c in world.of("binance") if c.linear == linear]
    symbol = call.text("symbol")
    chosen = [c for c in held if c.id == symbol] if symbol else held
    if symbol and not chosen:
        raise WireError(400, {"code": -1121, "msg": "Invalid symbol."})
    match call.path.rsplit("/", 1)[-1]:
        case "exchangeInfo":
            return _info(world, [_contract(c) for c in held])
        case "premiumIndex":
            rows = [_premium(c, world.now_ms) for c in chosen]
            return rows[0] if linear and symbol else rows
        case "fundingInfo":
            listed = (c for c in held if c.funded and (world.every_interval or c.interval_hours != 8))
            return [_interval(c) for c in listed]
        case "fundingRate":
            return _history(chosen[0] if symbol else None, call)
        case "markPriceKlines":
            return _klines(chosen[0], world.now_ms, call)
        case "indexPriceKlines":
            return _klines(_of_pair(held, call), world.now_ms, call, "index")
        case "premiumIndexKlines" if symbol:
            return _klines(chosen[0], world.now_ms, call, "premium")
        case "openInterestHist" if statistics:
            return _interest(chosen[0] if symbol and linear else _of_pair(held, call), world.now_ms, call)
        case "depth" if symbol:
            return _depth(chosen[0], world.now_ms, call)
        case "time":
            return {"serverTime": world.now_ms}
    raise unknown_path(call)


def _info(world: World, symbols: list[Row]) -> Row:
    limits = [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400}]
    return {
        "timezone": "UTC", "serverTime": world.now_ms, "rateLimits": limits, "exchangeFilters": [],
        "symbols": symbols,
    }  # fmt: skip


def _contract(c: Contract) -> Row:
    step = tick(c.mark)
    row: Row = {
        "symbol": c.id, "pair": f"{c.base}{c.quote}", "deliveryDate": c.expiry_ms or NEVER_MS,
        "contractType": "CURRENT_QUARTER" if c.expiry_ms else "PERPETUAL", "onboardDate": c.listed_ms,
        "maintMarginPercent": "2.5000", "requiredMarginPercent": "5.0000",
        "baseAsset": c.base, "quoteAsset": c.quote, "marginAsset": c.settle,
        "pricePrecision": len(step) - 2, "quantityPrecision": 3, "baseAssetPrecision": 8, "quotePrecision": 8,
        "underlyingType": "COIN", "underlyingSubType": [], "triggerProtect": "0.0500",
        "liquidationFee": "0.012500", "marketTakeBound": "0.05",
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": step, "maxPrice": "1000000", "tickSize": step},
            {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
            {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "120", "stepSize": "0.001"},
            {"filterType": "MAX_NUM_ORDERS", "limit": 200},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
            {"filterType": "PERCENT_PRICE", "multiplierUp": "1.0500", "multiplierDown": "0.9500",
             "multiplierDecimal": "4"},
        ],
        "orderTypes": FUTURES_ORDERS, "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
    }  # fmt: skip
    status = "TRADING" if c.active else "SETTLING"
    if c.linear:
        return {**row, "status": status}
    return {**row, "contractStatus": status, "contractSize": int(c.contract_size), "equalQtyPrecision": 4}


def _spot(s: Spot, groups: list[list[str]]) -> Row:
    return {
        "symbol": f"{s.base}{s.quote}", "status": "TRADING" if s.active else "BREAK",
        "baseAsset": s.base, "baseAssetPrecision": 8, "quoteAsset": s.quote, "quotePrecision": 8,
        "quoteAssetPrecision": 8, "baseCommissionPrecision": 8, "quoteCommissionPrecision": 8,
        "orderTypes": SPOT_ORDERS, "icebergAllowed": True, "ocoAllowed": True, "otoAllowed": True,
        "opoAllowed": True, "quoteOrderQtyMarketAllowed": True, "allowTrailingStop": True,
        "cancelReplaceAllowed": True, "amendAllowed": True, "pegInstructionsAllowed": True,
        "isSpotTradingAllowed": True, "isMarginTradingAllowed": True,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.00010000", "maxPrice": "1000000.00000000",
             "tickSize": "0.00010000"},
            {"filterType": "LOT_SIZE", "minQty": "0.00010000", "maxQty": "90000000.00000000",
             "stepSize": "0.00010000"},
            {"filterType": "ICEBERG_PARTS", "limit": 100},
            {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "63100.00000000",
             "stepSize": "0.00000000"},
            {"filterType": "TRAILING_DELTA", "minTrailingAboveDelta": 10, "maxTrailingAboveDelta": 2000,
             "minTrailingBelowDelta": 10, "maxTrailingBelowDelta": 2000},
            {"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": "5", "bidMultiplierDown": "0.2",
             "askMultiplierUp": "5", "askMultiplierDown": "0.2", "avgPriceMins": 5},
            {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True,
             "maxNotional": "9000000.00000000", "applyMaxToMarket": False, "avgPriceMins": 5},
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
            {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": 20},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
            {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": 10},
        ],
        "permissions": [], "permissionSets": groups, "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"],
    }  # fmt: skip


def _premium(c: Contract, now_ms: int) -> Row:
    # what pays no funding stands in the list all the same: zeros on fapi, empty text on dapi
    nothing = "0.00000000" if c.linear else ""
    row: Row = {"symbol": c.id} if c.linear else {"symbol": c.id, "pair": f"{c.base}{c.quote}"}
    return {
        **row, "markPrice": c.mark, "indexPrice": c.index, "estimatedSettlePrice": c.index,
        "lastFundingRate": c.rate if c.funded else nothing,
        "interestRate": f"{float(c.interest):.8f}" if c.funded else nothing,
        "nextFundingTime": c.next_ms if c.funded else 0, "time": now_ms,
    }  # fmt: skip


def _interval(c: Contract) -> Row:
    return {
        "symbol": c.id, "adjustedFundingRateCap": c.cap, "adjustedFundingRateFloor": c.floor,
        "fundingIntervalHours": c.interval_hours, "disclaimer": False, "updateTime": c.listed_ms,
    }  # fmt: skip


def _history(c: Contract | None, call: Call) -> list[Row]:
    if c is None:
        raise WireError(400, {"code": -1102, "msg": "Mandatory parameter 'symbol' was not sent."})
    start = call.number("startTime")
    rows = page(window(c, start, call.number("endTime")), start, call.limit("limit", 100, 1000))
    return [{"symbol": c.id, "fundingTime": s.time_ms, "fundingRate": s.rate, "markPrice": s.mark} for s in rows]


def _depth(c: Contract, now_ms: int, call: Call) -> Row:
    limit = call.number("limit") or 500
    if limit not in (5, 10, 20, 50, 100, 500, 1000):
        raise WireError(400, {"code": -4021, "msg": f"{limit} is not valid depth limit."})
    bids, asks = book(c, "1" if c.linear else c.contract_size, limit)
    row: Row = {} if c.linear else {"symbol": c.id, "pair": f"{c.base}{c.quote}"}
    return {"lastUpdateId": 1027024, **row, "E": now_ms, "T": now_ms, "bids": bids, "asks": asks}


def _spot_depth(world: World, call: Call) -> Row:
    spot = spot_called(world, "binance", call.text("symbol"), lambda s: f"{s.base}{s.quote}")
    if spot is None:
        raise WireError(400, {"code": -1121, "msg": "Invalid symbol."})
    bids, asks = spot_book(world, "binance", spot, call.limit("limit", 100, 5000))
    return {"lastUpdateId": 1027024, "bids": bids, "asks": asks}


def _of_pair(held: list[Contract], call: Call) -> Contract:
    for c in held:
        if c.perpetual and f"{c.base}{c.quote}" == call.text("pair"):
            return c
    raise WireError(400, {"code": -1128, "msg": "Combination of optional parameters invalid."})


def _interest(c: Contract, now_ms: int, call: Call) -> list[Row]:
    start, end = call.number("startTime"), call.number("endTime")
    if call.text("period") != "1h" or (not c.linear and call.text("contractType") != "PERPETUAL"):
        raise WireError(400, {"code": -1102, "msg": "Mandatory parameter was not sent or malformed."})
    if start is not None and start < now_ms - 30 * DAY_MS:
        raise WireError(400, {"code": -1130, "msg": "parameter 'startTime' is invalid."})
    rows = interests(c, now_ms, start, end, call.limit("limit", 30, 500), newest=True)
    if c.linear:
        return [
            {"symbol": c.id, "sumOpenInterest": r.coins, "sumOpenInterestValue": r.money, "timestamp": r.time_ms}
            for r in rows
        ]
    # contracts of so many USD, and coins for the value
    named = {"pair": f"{c.base}{c.quote}", "contractType": "PERPETUAL"}
    return [
        {
            **named, "sumOpenInterest": r.contracts(c.contract_size), "sumOpenInterestValue": r.coins,
            "timestamp": r.time_ms,
        }
        for r in rows
    ]  # fmt: skip


def _klines(c: Contract, now_ms: int, call: Call, kind: str = "mark") -> list[list[object]]:
    step, start, end = call.text("interval", "1m"), call.number("startTime"), call.number("endTime")
    if not c.linear and start is not None and (end or now_ms) - start > 200 * DAY_MS:
        raise WireError(400, {"code": -4090, "msg": "startTime and endTime are more than 200 days apart"})
    rows = candles(c, now_ms, step, start, end, call.limit("limit", 500, 1500), kind=kind)
    return [[k.time_ms, k.open, k.high, k.low, k.close, "0", k.end_ms, "0", 60, "0", "0", "0"] for k in rows]
