"""KuCoin Futures: contract list, rates of all contracts (UTA) and of one, history, candles of two kinds, order book."""

from __future__ import annotations

from decimal import Decimal

from tests.exchange_server.wire.common import (
    Call,
    Row,
    WireError,
    book,
    candles,
    interests,
    levels,
    spot_book,
    spot_called,
    unknown_path,
    window,
)
from tests.exchange_server.world import Contract, Spot, World

BULK = (
    "https://api-futures.kucoin.com/api/v1/contracts/active",
    "https://api.kucoin.com/api/ua/v2/market/funding-rate",
)
_CAP = 100


def answer(world: World, call: Call) -> object:
    symbol = call.text("symbol")
    parts = call.path.strip("/").split("/")
    match parts:
        case ["api", "v1", "contracts", "active"]:
            return _ok([_contract(c, world.now_ms) for c in world.of("kucoinfutures") if c.active])
        case ["api", "ua", "v2", "market", "funding-rate"]:
            held = [c for c in world.of("kucoinfutures") if c.funded and (not symbol or c.id == symbol)]
            # the names of the rates stand among those of the contracts
            return _ok([row for c in held for row in (_rate(c, c.id), _rate(c, _rate_name(c)))])
        case ["api", "v1", "funding-rate", name, "current"]:
            return _ok(_current(_find(world, name)))
        case ["api", "v1", "contract", "funding-rates"]:
            return _ok(_history(_find(world, symbol), call))
        case ["api", "v1", "contracts", "risk-limit", name]:
            return _ok(_limits(_find(world, name)))
        case ["api", "v1", "level2", "depth20" | "depth100" as depth]:
            return _ok(_book(_find(world, symbol), world.now_ms, int(depth.removeprefix("depth"))))
        case ["api", "v1", "level2", "snapshot"]:
            return _ok(_book(_find(world, symbol), world.now_ms, 1000))
        case ["api", "v2", "symbols"]:
            return _ok([_spot(s) for s in world.spot.get("kucoinfutures", ())])
        case ["api", "v1", "market", "orderbook", "level2_20" | "level2_100" as depth]:
            return _ok(_spot_book(world, symbol, int(depth.removeprefix("level2_"))))
        case ["api", "ua", "v1", "market", "kline"]:
            return _ok(_candles(world, call, symbol))
        case ["api", "ua", "v1", "market", "open-interest"]:
            return _ok(_interest(_find(world, symbol), world.now_ms, call))
    raise unknown_path(call)


def _ok(data: object) -> Row:
    return {"code": "200000", "data": data}


def _find(world: World, name: str) -> Contract:
    found = world.find("kucoinfutures", name)
    if found is None or not found.perpetual:
        raise WireError(400, {"code": "400100", "msg": "symbol: Contract parameter invalid."})
    return found


def _coin(base: str) -> str:
    return "XBT" if base == "BTC" else base


def _rate_name(c: Contract) -> str:
    return f".{c.id}FPI{c.interval_hours}H"


def _contract(c: Contract, now_ms: int) -> Row:
    row: Row = {
        "symbol": c.id, "rootSymbol": c.settle, "type": "FFWCSX" if c.perpetual else "FFICSX",
        "firstOpenDate": c.listed_ms, "expireDate": c.expiry_ms or None, "settleDate": c.expiry_ms or None,
        "baseCurrency": _coin(c.base), "quoteCurrency": c.quote, "settleCurrency": _coin(c.settle),
        "maxOrderQty": 1000000, "maxPrice": 1000000.0, "lotSize": 1, "tickSize": 0.1,
        "indexPriceTickSize": 0.01, "multiplier": 0.001 if c.linear else -1.0, "initialMargin": 0.008,
        "maintainMargin": 0.004, "makerFeeRate": 0.0002, "takerFeeRate": 0.0006, "isInverse": not c.linear,
        "isQuanto": False, "markMethod": "FairPrice", "status": "Open", "markPrice": float(c.mark),
        "indexPrice": float(c.index), "lastTradePrice": float(c.mark), "maxLeverage": 125,
        "nextFundingRateTime": None, "fundingFeeRate": None, "predictedFundingFeeRate": None,
    }  # fmt: skip
    if c.perpetual:
        # nextFundingRateTime counts down
        row |= {
            "fundingRateSymbol": _rate_name(c), "fundingFeeRate": float(c.rate),
            "fundingRateGranularity": c.interval_ms, "nextFundingRateTime": c.next_ms - now_ms,
            "nextFundingRateDateTime": c.next_ms, "lastTimeFundingRate": float(c.history[-1].rate) if c.history else 0,
        }  # fmt: skip
    return row


def _rate(c: Contract, name: str) -> Row:
    return {
        "symbol": name, "nextFundingRate": c.rate, "fundingTime": c.next_ms, "fundingRateCap": c.cap,
        "fundingRateFloor": c.floor, "currentGranularity": c.interval_ms, "newGranularity": c.interval_ms,
        "newGranularityStartTime": 1750147200000,
    }  # fmt: skip


def _current(c: Contract) -> Row:
    return {
        "symbol": _rate_name(c), "granularity": c.interval_ms, "timePoint": c.next_ms - c.interval_ms,
        "value": float(c.rate), "dailyInterestRate": float(Decimal(c.interest) * 3),
        "fundingRateCap": float(c.cap), "fundingRateFloor": float(c.floor), "period": 1, "fundingTime": c.next_ms,
    }  # fmt: skip


def _history(c: Contract, call: Call) -> list[Row]:
    # anchored at the end, newest first; nothing says how many rows there are at most
    rows = window(c, call.number("from"), call.number("to"))[-_CAP:]
    return [{"symbol": c.id, "fundingRate": float(s.rate), "timepoint": s.time_ms} for s in reversed(rows)]


def _book(c: Contract, now_ms: int, levels: int) -> Row:
    # sizes are contracts: of 0.001 coins, or of one USD
    bids, asks = (
        [[price, int(size)] for price, size in side] for side in book(c, "0.001" if c.linear else "1", levels)
    )
    return {"symbol": c.id, "sequence": 1697895963339, "asks": asks, "bids": bids, "ts": now_ms * 1_000_000}


def _limits(c: Contract) -> list[Row]:
    # the value of a linear position, the contracts (of one USD) of an inverse one
    return [
        {
            "symbol": c.id, "level": i, "maxRiskLimit": int(end), "minRiskLimit": int(start),
            "maxLeverage": int(tier.leverage), "initialMargin": float(tier.initial), "maintainMargin": float(tier.rate),
        }
        for i, (start, end, tier) in enumerate(levels(c), 1)
    ]  # fmt: skip


def _spot(s: Spot) -> Row:
    return {
        "symbol": f"{s.base}-{s.quote}", "name": f"{s.base}-{s.quote}", "baseCurrency": s.base,
        "quoteCurrency": s.quote, "feeCurrency": s.quote, "market": "USDS", "baseMinSize": "0.1",
        "quoteMinSize": "0.01", "baseMaxSize": "10000000000", "quoteMaxSize": "99999999", "baseIncrement": "0.0001",
        "quoteIncrement": "0.000001", "priceIncrement": "0.000001", "priceLimitRate": "0.1", "minFunds": "0.1",
        "isMarginEnabled": True, "enableTrading": s.active,
    }  # fmt: skip


def _spot_book(world: World, name: str, levels: int) -> Row:
    spot = spot_called(world, "kucoinfutures", name, lambda s: f"{s.base}-{s.quote}")
    if spot is None:
        raise WireError(400, {"code": "900001", "msg": "symbol not exists"})
    bids, asks = spot_book(world, "kucoinfutures", spot, levels)
    return {"sequence": "3262786978", "time": world.now_ms, "bids": bids, "asks": asks}


def _candles(world: World, call: Call, name: str) -> Row:
    suffixes = {"-mark-price": "mark", "-index-price": "index", "-premium-index": "premium"}
    suffix = next((s for s in suffixes if name.endswith(s)), None)
    if suffix is None or call.text("tradeType") != "FUTURES":
        raise unknown_path(call)
    c = _find(world, name.removesuffix(suffix))
    start, end = call.number("startAt"), call.number("endAt")
    step = {"1min": "1m", "1hour": "1h", "1day": "1d"}.get(call.text("interval"), call.text("interval"))
    since, until = (None if seconds is None else seconds * 1000 for seconds in (start, end))
    rows = candles(c, world.now_ms, step, since, until, 1500, kind=suffixes[suffix])
    # open, close, high, low
    listed = [[str(k.time_ms // 1000), k.open, k.close, k.high, k.low, "0", "0"] for k in reversed(rows)]
    return {"tradeType": "FUTURES", "symbol": name, "list": listed}


def _interest(c: Contract, now_ms: int, call: Call) -> list[Row]:
    if call.text("interval") != "1hour":
        raise WireError(400, {"code": "400100", "msg": "interval: Parameter error."})
    # contracts: of 0.001 coins, or of one USD
    start, end = call.number("startAt"), call.number("endAt")
    rows = interests(c, now_ms, start, end, call.limit("pageSize", 30, 200), newest=True)
    size = "0.001" if c.linear else "1"
    return [{"symbol": c.id, "openInterest": r.contracts(size), "ts": r.time_ms} for r in reversed(rows)]
