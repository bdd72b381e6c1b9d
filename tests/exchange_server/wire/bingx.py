"""BingX: contract lists, premium index, history and order books of swap v2, and their twins of cswap v1."""

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

# every request carries a timestamp, so no answer can be encoded before it is asked for
BULK: tuple[str, ...] = ()


def answer(world: World, call: Call) -> object:
    symbol = call.text("symbol")
    held = [c for c in world.of("bingx") if not symbol or c.id == symbol]
    linear, inverse = [c for c in held if c.linear], [c for c in held if not c.linear]
    match call.path.removeprefix("/openApi"):
        case "/spot/v1/common/symbols":
            return _ok({"symbols": [_spot(s) for s in world.spot.get("bingx", ())]})
        case "/spot/v1/market/depth":
            return _spot_depth(world, call)
        case "/swap/v2/quote/contracts":
            return _ok([_linear(c) for c in linear])
        case "/swap/v2/quote/premiumIndex":
            rows = [_premium(c, world.now_ms) for c in linear if c.funded]
            return _ok(rows if not symbol else rows[0]) if rows or not symbol else _gone(symbol)
        case "/swap/v2/quote/fundingRate":
            return _ok(_history(linear[0], call)) if symbol and linear else _gone(symbol)
        case "/swap/v2/quote/depth" | "/cswap/v1/market/depth" if symbol and held:
            return _ok(_book(held[0], world.now_ms, call))
        case "/swap/v1/market/markPriceKlines" if symbol and linear:
            return _ok(_candles(linear[0], world.now_ms, call))
        case "/cswap/v1/market/contracts":
            # without a timestamp it answers 400
            if call.number("timestamp") is None:
                return {"code": 104414, "msg": "Invalid parameter", "retryable": 0}
            return {**_ok([_inverse(c) for c in inverse]), "timestamp": world.now_ms}
        case "/cswap/v1/market/premiumIndex":
            return {**_ok([_coin_premium(c) for c in inverse if c.funded]), "timestamp": world.now_ms}
    raise unknown_path(call)


def _ok(data: object) -> Row:
    return {"code": 0, "msg": "", "data": data}


def _gone(symbol: str) -> Row:
    return {"code": 109425, "msg": f"{symbol} not exist, please verify it in api: contracts", "data": {}}


def _linear(c: Contract) -> Row:
    # a contract that is closed for opening keeps its API open
    return {
        "contractId": "100", "symbol": c.id, "size": "0.0001", "quantityPrecision": 4,
        "pricePrecision": len(c.mark.partition(".")[2]), "feeRate": 0.0005, "makerFeeRate": 0.0002,
        "takerFeeRate": 0.0005, "tradeMinLimit": 0, "tradeMinQuantity": 0.0001, "tradeMinUSDT": 2,
        "maxLongLeverage": 125, "maxShortLeverage": 125, "currency": c.settle, "asset": c.base,
        "status": 1 if c.active else 25, "apiStateOpen": "true", "apiStateClose": "true", "ensureTrigger": True,
        "triggerFeeRate": "0.00020000",
    }  # fmt: skip


def _inverse(c: Contract) -> Row:
    return {
        "symbol": c.id, "pricePrecision": len(c.mark.partition(".")[2]), "minTickSize": c.contract_size,
        "minTradeValue": c.contract_size, "minQty": "1.00000000", "status": 1 if c.active else 0,
        "timeOnline": c.listed_ms,
    }  # fmt: skip


def _premium(c: Contract, now_ms: int) -> Row:
    # updateTime is the last settlement
    return {
        "symbol": c.id, "markPrice": c.mark, "indexPrice": c.index, "lastFundingRate": c.rate,
        "nextFundingTime": c.next_ms, "fundingIntervalHours": c.interval_hours,
        "minFundingRate": c.floor, "maxFundingRate": c.cap, "updateTime": c.next_ms - c.interval_ms,
    }  # fmt: skip


def _coin_premium(c: Contract) -> Row:
    # no interval
    return {
        "symbol": c.id, "lastFundingRate": c.rate, "markPrice": c.mark, "indexPrice": c.index,
        "nextFundingTime": c.next_ms,
    }  # fmt: skip


def _history(c: Contract, call: Call) -> list[Row]:
    start = call.number("startTime")
    rows = page(window(c, start, call.number("endTime")), start, call.limit("limit", 100, 1000))
    return [{"symbol": c.id, "fundingRate": s.rate, "fundingTime": s.time_ms} for s in reversed(rows)]


def _book(c: Contract, now_ms: int, call: Call) -> Row:
    if call.number("limit") not in (None, 5, 10, 20, 50, 100, 500, 1000):
        raise WireError(400, {"code": 109400, "msg": "limit: invalid", "data": {}})
    # coins, and contracts of coin-margined ones
    bids, asks = book(c, "1" if c.linear else c.contract_size, call.number("limit") or 20)
    sides: Row = {"T": now_ms, "bids": bids, "asks": asks[::-1]}
    if c.linear:
        names = {"bidsCoin": bids, "asksCoin": asks[::-1]}
        sides |= {k: [[p, f"{float(s) * 0.0001:.4f}"] for p, s in v] for k, v in names.items()}
    return sides


def _spot_depth(world: World, call: Call) -> Row:
    spot = spot_called(world, "bingx", call.text("symbol"), lambda s: f"{s.base}-{s.quote}")
    if spot is None:
        return {"code": 100204, "msg": "symbol not exist", "data": {}}
    bids, asks = spot_book(world, "bingx", spot, call.limit("limit", 20, 1000))
    # the best ask stands last
    content: Row = {"bids": bids, "asks": asks[::-1], "ts": world.now_ms, "lastUpdateId": 13565639906}
    return {"code": 0, "timestamp": world.now_ms, "data": content}


def _candles(c: Contract, now_ms: int, call: Call) -> list[Row]:
    step, start, end = call.text("interval", "1m"), call.number("startTime"), call.number("endTime")
    rows = candles(c, now_ms, step, start, end, call.limit("limit", 500, 1440))
    return [
        {
            "open": k.open, "close": k.close, "high": k.high, "low": k.low, "volume": "0.00",
            "openTime": k.time_ms, "closeTime": k.time_ms,
        }
        for k in rows
    ]  # fmt: skip


def _spot(s: Spot) -> Row:
    return {
        "symbol": f"{s.base}-{s.quote}", "minQty": 0, "maxQty": 0, "minNotional": 5, "maxNotional": 100000,
        "status": 1 if s.active else 0, "tickSize": 0.0001, "stepSize": 0.0001, "apiStateSell": s.active,
        "apiStateBuy": s.active, "timeOnline": 0,
    }  # fmt: skip
