"""Bybit v5: instruments, tickers, funding history, mark price candles."""

from __future__ import annotations

from tests.exchange_server.wire.common import (
    Call,
    Row,
    book,
    candles,
    interests,
    spot_book,
    spot_called,
    tick,
    unknown_path,
    window,
)
from tests.exchange_server.world import Contract, Spot, World

BULK = (
    "https://api.bybit.com/v5/market/instruments-info?category=spot",
    "https://api.bybit.com/v5/market/instruments-info?category=linear&limit=1000",
    "https://api.bybit.com/v5/market/instruments-info?category=inverse&limit=1000",
    "https://api.bybit.com/v5/market/tickers?category=linear",
    "https://api.bybit.com/v5/market/tickers?category=inverse",
)


def answer(world: World, call: Call) -> object:
    category = call.text("category")
    symbol = call.text("symbol")
    held = [c for c in world.of("bybit") if category == ("linear" if c.linear else "inverse")]
    chosen = [c for c in held if not symbol or c.id == symbol]
    match call.path:
        case "/v5/market/instruments-info":
            return _instruments(world, call, category, chosen)
        case "/v5/market/tickers":
            rows = [_ticker(c) for c in chosen if c.active]
            return _ok(world, {"category": category, "list": rows}) if rows or not symbol else _wrong(world)
        case "/v5/market/funding/history":
            return _history(world, call, category, chosen) if symbol and chosen else _wrong(world)
        case "/v5/market/mark-price-kline":
            return _candles(world, call, category, chosen[0]) if symbol and chosen else _wrong(world)
        case "/v5/market/index-price-kline":
            return _candles(world, call, category, chosen[0], "index") if symbol and chosen else _wrong(world)
        case "/v5/market/open-interest":
            return _interest(world, call, category, chosen[0]) if symbol and chosen else _wrong(world)
        case "/v5/market/premium-index-price-kline":
            # linear contracts alone
            known = symbol and chosen and category == "linear"
            return _candles(world, call, category, chosen[0], "premium") if known else _wrong(world)
        case "/v5/market/risk-limit":
            return _ok(world, {"category": category, "list": _limits(chosen), "nextPageCursor": ""})
        case "/v5/market/orderbook" if category == "spot":
            return _spot_book(world, call)
        case "/v5/market/orderbook":
            return _book(world, call, chosen[0]) if symbol and chosen else _wrong(world)
        case "/v5/spot-margin-trade/data":
            return _loans(world, call)
        case "/v5/market/time":
            return _ok(world, {"timeSecond": str(world.now_ms // 1000), "timeNano": f"{world.now_ms}000000"})
    raise unknown_path(call)


def _ok(world: World, result: Row) -> Row:
    return {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}, "time": world.now_ms}


def _wrong(world: World, text: str = "params error: symbol invalid") -> Row:
    return {"retCode": 10001, "retMsg": text, "result": {}, "retExtInfo": {}, "time": world.now_ms}


def _loans(world: World, call: Call) -> Row:
    """By level; one that is asked for, or all."""
    rows = [
        {
            "borrowable": loan.open, "collateralRatio": "0.98", "currency": loan.coin,
            "hourlyBorrowRate": loan.rate, "liquidationOrder": "3", "marginCollateral": True,
            "maxBorrowingAmount": loan.most,
        }
        for loan in world.loans.get("bybit", ())
        if call.text("currency") in ("", loan.coin)
    ]  # fmt: skip
    # higher levels pay less
    cheaper = [{**row, "hourlyBorrowRate": "0.0000000001"} for row in rows]
    levels = [{"list": cheaper, "vipLevel": "PRO-1"}, {"list": rows, "vipLevel": "No VIP"}]
    return _ok(
        world, {"vipCoinList": [level for level in levels if level["vipLevel"] == call.text("vipLevel", "No VIP")]}
    )


def _instruments(world: World, call: Call, category: str, chosen: list[Contract]) -> Row:
    if category == "spot":
        return _ok(world, {"category": "spot", "list": [_spot(s) for s in world.spot.get("bybit", ())]})
    # before its launch a contract is only found where it is asked for
    early = call.text("status") == "PreLaunch"
    rows = [_instrument(c) for c in chosen if c.pre_launch == early]
    limit = call.limit("limit", 500, 1000)
    first = call.number("cursor") or 0
    cursor = str(first + limit) if first + limit < len(rows) else ""
    return _ok(world, {"category": category, "list": rows[first : first + limit], "nextPageCursor": cursor})


def _instrument(c: Contract) -> Row:
    kind = ("Linear" if c.linear else "Inverse") + ("Perpetual" if c.perpetual else "Futures")
    step = tick(c.mark)
    return {
        "symbol": c.id, "contractType": kind,
        "status": "PreLaunch" if c.pre_launch else "Trading" if c.active else "Delivering",
        "baseCoin": c.base, "quoteCoin": c.quote, "launchTime": str(c.listed_ms),
        "deliveryTime": str(c.expiry_ms), "deliveryFeeRate": "0.0005" if c.expiry_ms else "",
        "priceScale": "2",
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
        "priceFilter": {"minPrice": step, "maxPrice": "1999999.80", "tickSize": step},
        "lotSizeFilter": {
            "maxOrderQty": "1190.000", "minOrderQty": "0.001" if c.linear else "10",
            "qtyStep": "0.001" if c.linear else "1", "postOnlyMaxOrderQty": "1190.000",
            "maxMktOrderQty": "500.000", "minNotionalValue": "5",
        },
        "unifiedMarginTrade": True, "fundingInterval": c.interval_hours * 60 if c.perpetual else 0,
        "settleCoin": c.settle, "copyTrading": "none", "upperFundingRate": c.cap, "lowerFundingRate": c.floor,
        "isPreListing": c.pre_launch,
    }  # fmt: skip


def _spot(s: Spot) -> Row:
    return {
        "symbol": f"{s.base}{s.quote}", "baseCoin": s.base, "quoteCoin": s.quote, "innovation": "0",
        "status": "Trading" if s.active else "Closed", "marginTrading": "both",
        "lotSizeFilter": {
            "basePrecision": "0.000001", "quotePrecision": "0.00000001", "minOrderQty": "0.00004",
            "maxOrderQty": "63.01197227", "minOrderAmt": "1", "maxOrderAmt": "100000",
        },
        "priceFilter": {"tickSize": "0.01"},
    }  # fmt: skip


def _ticker(c: Contract) -> Row:
    return {
        "symbol": c.id, "lastPrice": c.mark, "indexPrice": c.index, "markPrice": c.mark,
        "prevPrice24h": c.index, "price24hPcnt": "0.008797", "highPrice24h": c.mark, "lowPrice24h": c.index,
        "prevPrice1h": c.index, "openInterest": "69655.813", "openInterestValue": "4781864596.87",
        "turnover24h": "7940401914.5025", "volume24h": "115859.1120",
        "fundingRate": c.rate if c.perpetual else "",
        "nextFundingTime": str(c.next_ms) if c.perpetual else "",
        "predictedDeliveryPrice": "", "basisRate": "" if c.perpetual else "0.0021", "deliveryFeeRate": "",
        "deliveryTime": str(c.expiry_ms), "ask1Size": "14.246", "bid1Price": c.mark, "ask1Price": c.mark,
        "bid1Size": "0.043", "basis": "", "preOpenPrice": "", "preQty": "", "curPreListingPhase": "",
    }  # fmt: skip


def _history(world: World, call: Call, category: str, chosen: list[Contract]) -> Row:
    start, end = call.number("startTime"), call.number("endTime")
    if start is not None and end is None:
        return _wrong(world, "params error: endTime is required when startTime is passed")
    rows = window(chosen[0], start, end)[-call.limit("limit", 200, 200) :]
    listed = [
        {"symbol": chosen[0].id, "fundingRate": s.rate, "fundingRateTimestamp": str(s.time_ms)} for s in reversed(rows)
    ]
    return _ok(world, {"category": category, "list": listed})


def _limits(chosen: list[Contract]) -> list[Row]:
    # the value of a position: quote currency, and coins of inverse contracts
    return [
        {
            "id": i, "symbol": c.id, "riskLimitValue": tier.end, "maintenanceMargin": tier.rate,
            "initialMargin": tier.initial, "isLowestRisk": int(i == 1), "maxLeverage": f"{tier.leverage}.00",
            "mmDeduction": "" if i == 1 else tier.deduction,
        }
        for c in chosen
        for i, tier in enumerate(c.tiers, 1)
    ]  # fmt: skip


def _book(world: World, call: Call, c: Contract) -> Row:
    limit = call.number("limit") or 25
    if not 1 <= limit <= 500:
        return _wrong(world, "params error: limit invalid")
    # coins, and USD on inverse contracts
    bids, asks = book(c, "1", limit)
    row: Row = {
        "s": c.id,
        "b": bids,
        "a": asks,
        "ts": world.now_ms,
        "u": 243781,
        "seq": 3887177875,
        "cts": world.now_ms,
    }
    return _ok(world, row)


def _spot_book(world: World, call: Call) -> Row:
    spot = spot_called(world, "bybit", call.text("symbol"), lambda s: f"{s.base}{s.quote}")
    limit = call.number("limit") or 1
    if spot is None or not 1 <= limit <= 200:
        return _wrong(world)
    bids, asks = spot_book(world, "bybit", spot, limit)
    return _ok(world, {"s": call.text("symbol"), "b": bids, "a": asks, "ts": world.now_ms, "u": 243781, "seq": 1})


def _candles(world: World, call: Call, category: str, c: Contract, kind: str = "mark") -> Row:
    step, start, end = call.text("interval", "1"), call.number("start"), call.number("end")
    limit = call.limit("limit", 200, 1000)
    # of a range that holds more, the newest
    rows = candles(c, world.now_ms, step, start, end, limit, newest=end is not None, kind=kind)
    listed = [[str(k.time_ms), k.open, k.high, k.low, k.close] for k in reversed(rows)]
    return _ok(world, {"symbol": c.id, "category": category, "list": listed})


def _interest(world: World, call: Call, category: str, c: Contract) -> Row:
    start, end = call.number("startTime"), call.number("endTime")
    if call.text("intervalTime") != "1h":
        return _wrong(world, "params error: intervalTime invalid")
    # coins, and USD on inverse contracts; back from the end, whatever the start
    rows = interests(c, world.now_ms, start, end, call.limit("limit", 50, 200), newest=True)
    listed = [{"openInterest": r.coins if c.linear else r.money, "timestamp": str(r.time_ms)} for r in reversed(rows)]
    return _ok(world, {"symbol": c.id, "category": category, "list": listed, "nextPageCursor": ""})
