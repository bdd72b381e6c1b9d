"""Bitget v2: contracts, tickers, funding rates, their history and times, mark price candles."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial

from tests.exchange_server.wire.common import (
    STEPS_MS,
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
from tests.exchange_server.world import DAY_MS, Contract, Spot, World

PRODUCTS = ("USDT-FUTURES", "COIN-FUTURES", "USDC-FUTURES", "SUSDT-FUTURES", "SCOIN-FUTURES", "SUSDC-FUTURES")
_MIX = "https://api.bitget.com/api/v2/mix/market/"
BULK = (
    "https://api.bitget.com/api/v2/spot/public/symbols",
    *(f"{_MIX}contracts?productType={product}" for product in PRODUCTS),
    *(f"{_MIX}tickers?productType={product}" for product in PRODUCTS),
    *(f"{_MIX}current-fund-rate?productType={product}" for product in PRODUCTS),
)


def answer(world: World, call: Call) -> object:
    match call.path:
        case "/api/v2/spot/public/symbols":
            return _ok(world, [_spot(s) for s in world.spot.get("bitget", ())])
        case "/api/v2/margin/currencies" | "/api/v2/spot/public/coins":
            return _ok(world, [])
        case "/api/v3/market/margin-loans":
            return _ok(world, _loan(world, call.text("coin")))
        case "/api/v2/spot/market/orderbook":
            return _ok(world, _spot_book(world, call))
        case "/api/v2/public/time":
            return _ok(world, {"serverTime": str(world.now_ms)})
    name = call.path.removeprefix("/api/v2/mix/market/")
    product, symbol = call.text("productType").upper(), call.text("symbol")
    if name == call.path or name not in _ANSWERS:
        raise unknown_path(call)
    if product not in PRODUCTS:
        raise WireError(400, {"code": "40020", "msg": "Parameter productType error", "data": None})
    chosen = [c for c in world.of("bitget") if _product(c) == product and (not symbol or c.id == symbol)]
    if not chosen and symbol:
        raise WireError(400, {"code": "40034", "msg": "Parameter does not exist", "data": None})
    if not symbol and (
        name in ("history-fund-rate", "funding-time", "merge-depth", "query-position-lever") or name.endswith("candles")
    ):
        raise WireError(400, {"code": "400172", "msg": "symbol cannot be empty", "data": None})
    return _ok(world, _ANSWERS[name](world, call, chosen))


def _ok(world: World, data: object) -> Row:
    return {"code": "00000", "msg": "success", "requestTime": world.now_ms, "data": data}


def _loan(world: World, coin: str) -> Row:
    loan = world.lent("bitget", coin)
    if loan is None:
        return {}
    yearly = f"{(Decimal(loan.rate) * 365).normalize():f}"
    return {"dailyInterest": loan.rate, "annualInterest": yearly, "limit": loan.most}


def _product(c: Contract) -> str:
    if not c.linear:
        return "SCOIN-FUTURES" if c.demo else "COIN-FUTURES"
    return f"{c.settle}-FUTURES"


def _contracts(world: World, call: Call, chosen: list[Contract]) -> object:
    return [_contract(c) for c in chosen]


def _contract(c: Contract) -> Row:
    return {
        "symbol": c.id, "baseCoin": c.base, "quoteCoin": c.quote, "buyLimitPriceRatio": "0.05",
        "sellLimitPriceRatio": "0.05", "feeRateUpRatio": "0.005", "makerFeeRate": "0.0002",
        "takerFeeRate": "0.0006", "openCostUpRatio": "0.01", "supportMarginCoins": [c.settle],
        "minTradeNum": "0.001", "priceEndStep": "1", "volumePlace": "3",
        "pricePlace": str(len(c.mark.partition(".")[2])), "sizeMultiplier": "0.001",
        "symbolType": "perpetual" if c.perpetual else "delivery", "minTradeUSDT": "5",
        "maxSymbolOrderNum": "200",
        "maxProductOrderNum": "400", "maxPositionNum": "150", "symbolStatus": "normal" if c.active else "off",
        "offTime": "-1", "limitOpenTime": "-1", "deliveryTime": str(c.expiry_ms or ""),
        "deliveryStartTime": str(c.listed_ms) if c.expiry_ms else "",
        "deliveryPeriod": "this_quarter" if c.expiry_ms else "", "launchTime": str(c.listed_ms),
        "fundInterval": str(c.interval_hours) if c.perpetual else "", "minLever": "1", "maxLever": "125",
        "posLimit": "0.05", "maintainTime": "",
    }  # fmt: skip


def _tickers(world: World, call: Call, chosen: list[Contract]) -> object:
    return [
        {
            "symbol": c.id, "lastPr": c.mark, "askPr": c.mark, "bidPr": c.mark, "bidSz": "0.5091",
            "askSz": "2.2694", "high24h": c.mark, "low24h": c.index, "ts": str(world.now_ms),
            "change24h": "0",
            "baseVolume": "0", "quoteVolume": "0", "usdtVolume": "0", "openUtc": c.index, "changeUtc24h": "0",
            "indexPrice": c.index, "fundingRate": c.rate if c.perpetual else "0", "holdingAmount": "125.6844",
            "deliveryStartTime": str(c.listed_ms) if c.expiry_ms else None,
            "deliveryTime": str(c.expiry_ms) if c.expiry_ms else None,
            "deliveryStatus": "delivery_normal" if c.expiry_ms else "", "open24h": c.index,
            "markPrice": c.mark,
        }
        for c in chosen
        if c.active
    ]  # fmt: skip


def _rates(world: World, call: Call, chosen: list[Contract]) -> object:
    return [
        {
            "symbol": c.id, "fundingRate": c.rate, "fundingRateInterval": str(c.interval_hours),
            "nextUpdate": str(c.next_ms), "minFundingRate": c.floor, "maxFundingRate": c.cap,
        }
        for c in chosen
        if c.funded
    ]  # fmt: skip


def _times(world: World, call: Call, chosen: list[Contract]) -> object:
    return [
        {"symbol": c.id, "nextFundingTime": str(c.next_ms), "ratePeriod": str(c.interval_hours)}
        for c in chosen
        if c.funded
    ]


def _history(world: World, call: Call, chosen: list[Contract]) -> object:
    # pages back from now; a start time means nothing to it
    size, number = call.limit("pageSize", 20, 100), max(1, call.number("pageNo") or 1)
    rows = list(reversed(chosen[0].history))[(number - 1) * size : number * size]
    return [{"symbol": chosen[0].id, "fundingRate": s.rate, "fundingTime": str(s.time_ms)} for s in rows]


def _old_candles(world: World, call: Call, chosen: list[Contract], kind: str) -> object:
    # what begins before the hour of the end, none that still runs; a start means nothing to it
    step, end = call.text("granularity", "1m"), min(call.number("endTime") or world.now_ms, world.now_ms)
    return _candles(world, chosen, kind, step, None, end - STEPS_MS[step], call.limit("limit", 100, 200))


def _recent_candles(world: World, call: Call, chosen: list[Contract]) -> object:
    kind = call.text("kLineType").lower()
    if kind not in ("mark", "index"):
        raise unknown_path(call)
    step, start, end = call.text("granularity", "1m"), call.number("startTime"), call.number("endTime")
    oldest = world.now_ms - 60 * DAY_MS
    return _candles(world, chosen, kind, step, max(start or 0, oldest), end, call.limit("limit", 100, 1000))


def _candles(
    world: World, chosen: list[Contract], kind: str, step: str, start: int | None, end: int | None, limit: int
) -> list[list[str]]:
    rows = candles(chosen[0], world.now_ms, step, start, end, limit, newest=True, kind=kind)
    return [[str(k.time_ms), k.open, k.high, k.low, k.close, "0", "0"] for k in rows]


def _depth(world: World, call: Call, chosen: list[Contract]) -> object:
    limit = call.text("limit", "100")
    if limit not in ("1", "5", "15", "50", "100", "max"):
        raise WireError(400, {"code": "40020", "msg": "Parameter limit error", "data": None})
    c = chosen[0]
    # coins on coin-margined contracts too
    bids, asks = (
        [[price, size if c.linear else f"{float(size) / float(price):.12f}"] for price, size in side]
        for side in book(c, "1", 1000 if limit == "max" else int(limit))
    )
    return {
        "asks": asks, "bids": bids, "ts": str(world.now_ms), "scale": "0.1", "precision": "scale0",
        "isMaxPrecision": "NO",
    }  # fmt: skip


def _tiers(world: World, call: Call, chosen: list[Contract]) -> object:
    return [
        {
            "symbol": chosen[0].id, "level": str(i), "startUnit": start, "endUnit": end, "leverage": tier.leverage,
            "keepMarginRate": tier.rate,
        }
        for i, (start, end, tier) in enumerate(levels(chosen[0]), 1)
    ]  # fmt: skip


def _spot_book(world: World, call: Call) -> Row:
    spot = spot_called(world, "bitget", call.text("symbol"), lambda s: f"{s.base}{s.quote}")
    if spot is None:
        raise WireError(400, {"code": "40034", "msg": "Parameter does not exist", "data": None})
    bids, asks = spot_book(world, "bitget", spot, call.limit("limit", 150, 150))
    return {"asks": asks, "bids": bids, "ts": str(world.now_ms)}


def _spot(s: Spot) -> Row:
    return {
        "symbol": f"{s.base}{s.quote}", "baseCoin": s.base, "quoteCoin": s.quote, "minTradeAmount": "0",
        "maxTradeAmount": "10000000000", "takerFeeRate": "0.002", "makerFeeRate": "0.002",
        "pricePrecision": "6",
        "quantityPrecision": "4", "quotePrecision": "6", "status": "online" if s.active else "offline",
        "minTradeUSDT": "1", "buyLimitPriceRatio": "0.05", "sellLimitPriceRatio": "0.05",
    }  # fmt: skip


_ANSWERS: dict[str, Callable[[World, Call, list[Contract]], object]] = {
    "contracts": _contracts,
    "tickers": _tickers,
    "current-fund-rate": _rates,
    "funding-time": _times,
    "history-fund-rate": _history,
    "history-mark-candles": partial(_old_candles, kind="mark"),
    "history-index-candles": partial(_old_candles, kind="index"),
    "candles": _recent_candles,
    "merge-depth": _depth,
    "query-position-lever": _tiers,
}
