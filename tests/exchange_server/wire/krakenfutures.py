"""Kraken Futures: instruments, tickers with absolute rates, historical rates, mark price candles."""

from __future__ import annotations

from decimal import Decimal

from tests.exchange_server.wire.common import (
    Call,
    Row,
    book,
    candles,
    iso,
    levels,
    spot_book,
    spot_called,
    tick,
    unknown_path,
    window,
)
from tests.exchange_server.world import DAY_MS, Contract, Spot, World

BULK = (
    "https://futures.kraken.com/derivatives/api/v3/instruments",
    "https://futures.kraken.com/derivatives/api/v3/tickers",
)
RETAIL = {"contracts": 0, "initialMargin": 0.5, "maintenanceMargin": 0.25}


def answer(world: World, call: Call) -> object:
    held = world.of("krakenfutures")
    match call.path.strip("/").split("/"):
        case ["0", "public", "AssetPairs"]:
            return _ok_spot({_spot_id(s): _spot(s) for s in world.spot.get("krakenfutures", ())})
        case ["0", "public", "Depth"]:
            return _spot_depth(world, call)
        case ["derivatives", "api", "v3", "instruments"]:
            return _ok(world, instruments=[*(_instrument(c) for c in held), *(_index(c) for c in _bases(held))])
        case ["derivatives", "api", "v3", "tickers"]:
            last = iso(world.now_ms - 1000)
            indices = [{"symbol": _index(c)["symbol"], "last": float(c.index), "lastTime": last} for c in _bases(held)]
            return _ok(world, tickers=[*(_ticker(c, last) for c in held), *indices])
        case ["derivatives", "api", "v3", "orderbook"]:
            c = world.find("krakenfutures", call.text("symbol"))
            return _book(world, c) if c else _wrong(world, "invalidArgument: symbol")
        case ["derivatives", "api", "v4", "historicalfundingrates"]:
            return _history(world, call.text("symbol"))
        case ["derivatives", "api", "v3" | "v4", "historical-funding-rates"]:
            return _history(world, call.text("symbol"))
        case ["api", "charts", "v1", "mark" | "spot" as price, symbol, step]:
            c = world.find("krakenfutures", symbol)
            kind = "mark" if price == "mark" else "index"
            return _candles(c, world.now_ms, step, call, kind) if c else _wrong(world, "contract not found")
    raise unknown_path(call)


def _ok(world: World, **content: object) -> Row:
    return {"result": "success", **content, "serverTime": iso(world.now_ms)}


def _wrong(world: World, text: str) -> Row:
    return {"result": "error", "error": text, "serverTime": iso(world.now_ms)}


def _bases(held: tuple[Contract, ...]) -> list[Contract]:
    """The contracts that have an index row of their own beside them."""
    return [c for c in held if not c.linear and c.perpetual]


def _index(c: Contract) -> Row:
    return {"symbol": f"in_{c.id.split('_')[1].lower()}", "type": "spot index", "tradeable": False}


def _absolute(c: Contract, rate: str, price: str) -> float:
    """Quote per unit of base on linear contracts, base per dollar on inverse ones."""
    relative = Decimal(rate)
    return float(relative * Decimal(price) if c.linear else relative / Decimal(price))


def _instrument(c: Contract) -> Row:
    row: Row = {
        "symbol": c.id, "type": "flexible_futures" if c.linear else "futures_inverse",
        "tickSize": float(tick(c.mark)), "contractSize": 1, "tradeable": c.active,
        "impactMidSize": 1, "maxPositionSize": 1000000.0, "openingDate": iso(c.listed_ms),
        "marginLevels": _margins(c), "retailMarginLevels": [RETAIL], "postOnly": False,
        "feeScheduleUid": "5b755fea-c5b0-4307-a66e-b392cd5bd931", "category": "", "tags": [],
        "contractValueTradePrecision": 4 if c.linear else 0, "base": c.id.split("_")[1][:-3], "quote": "USD",
        "pair": f"{c.id.split('_')[1][:-3]}:USD",
    }  # fmt: skip
    if c.expiry_ms:
        return {**row, "lastTradingTime": iso(c.expiry_ms)}
    return {**row, "fundingRateCoefficient": 8, "maxRelativeFundingRate": float(c.cap)}


def _margins(c: Contract) -> list[Row]:
    # where each level begins: contracts of inverse instruments, USD of flexible ones
    begins = "numNonContractUnits" if c.linear else "contracts"
    return [
        {begins: int(start), "initialMargin": float(tier.initial), "maintenanceMargin": float(tier.rate)}
        for start, _, tier in levels(c)
    ]


def _ticker(c: Contract, last: str) -> Row:
    row: Row = {
        "symbol": c.id, "last": float(c.mark), "lastTime": last,
        "tag": "quarter" if c.expiry_ms else "perpetual", "pair": f"{c.id.split('_')[1][:-3]}:USD",
        "markPrice": float(c.mark), "bid": float(c.mark), "bidSize": 1000, "ask": float(c.mark),
        "askSize": 1000,
        "vol24h": 1696, "volumeQuote": 73.5216, "openInterest": 72513.0, "open24h": float(c.index),
        "high24h": float(c.mark), "low24h": float(c.index), "lastSize": 12, "suspended": not c.active,
        "indexPrice": float(c.index), "postOnly": False, "change24h": -0.46,
    }  # fmt: skip
    if not c.funded:
        return row
    prediction = _absolute(c, c.next_rate, c.index)
    return {**row, "fundingRate": _absolute(c, c.rate, c.index), "fundingRatePrediction": prediction}


def _book(world: World, c: Contract) -> Row:
    # coins on flexible contracts, USD on inverse ones; the whole book at once
    bids, asks = ([[float(price), float(size)] for price, size in side] for side in book(c, "1", 1000))
    return _ok(world, orderBook={"bids": bids, "asks": asks})


def _ok_spot(result: Row) -> Row:
    return {"error": [], "result": result}


def _coin(code: str) -> str:
    """Kraken's own names: an X before old coins, a Z before money of the state, XBT and XDG."""
    own = {"BTC": "XXBT", "DOGE": "XXDG", "ETH": "XETH", "USD": "ZUSD", "EUR": "ZEUR"}
    return own.get(code, code)


def _spot_id(s: Spot) -> str:
    base, quote = _coin(s.base), _coin(s.quote)
    # the long names only where both have one
    long = base != s.base and quote != s.quote
    return f"{base}{quote}" if long else f"{base.removeprefix('X')}{quote.removeprefix('Z')}"


def _spot(s: Spot) -> Row:
    base, quote = _coin(s.base), _coin(s.quote)
    short = base.removeprefix("X"), quote.removeprefix("Z")
    return {
        "altname": "".join(short), "wsname": "/".join(short), "aclass_base": "currency", "base": base,
        "aclass_quote": "currency", "quote": quote, "lot": "unit", "cost_decimals": 5, "pair_decimals": 1,
        "lot_decimals": 8, "lot_multiplier": 1, "leverage_buy": [], "leverage_sell": [], "fees": [[0, 0.8]],
        "fees_maker": [[0, 0.4]], "fee_volume_currency": "ZUSD", "margin_call": 80, "margin_stop": 40,
        "ordermin": "0.00005", "costmin": "0.5", "tick_size": "0.1",
        "status": "online" if s.active else "cancel_only",
    }  # fmt: skip


def _spot_depth(world: World, call: Call) -> Row:
    name = call.text("pair")
    spot = spot_called(world, "krakenfutures", name, _spot_id)
    if spot is None or not 1 <= (call.number("count") or 100) <= 500:
        return {"error": ["EQuery:Unknown asset pair"]}
    sides = spot_book(world, "krakenfutures", spot, call.number("count") or 100)
    seconds = world.now_ms // 1000
    bids, asks = ([[price, size, seconds] for price, size in side] for side in sides)
    return _ok_spot({name: {"asks": asks, "bids": bids}})


def _history(world: World, symbol: str) -> Row:
    c = world.find("krakenfutures", symbol)
    if c is None:
        return _wrong(world, "invalidArgument: symbol")
    # one answer holds the whole year
    rows = [
        {
            "timestamp": iso(s.time_ms), "fundingRate": _absolute(c, s.rate, s.mark),
            "relativeFundingRate": float(s.rate),
        }
        for s in window(c, world.now_ms - 366 * DAY_MS)
    ]  # fmt: skip
    return _ok(world, rates=rows)


def _candles(c: Contract, now_ms: int, step: str, call: Call, kind: str) -> Row:
    start, end = call.number("from"), call.number("to")
    start_ms, end_ms = None if start is None else start * 1000, None if end is None else end * 1000
    rows = candles(c, now_ms, step, start_ms, end_ms, 2000, kind=kind)
    listed = [
        {"time": k.time_ms, "open": k.open, "high": k.high, "low": k.low, "close": k.close, "volume": 0} for k in rows
    ]
    return {"candles": listed, "more_candles": len(rows) == 2000}
