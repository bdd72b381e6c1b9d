"""Phemex: products, rates of all contracts, tickers of two kinds, order books of
two kinds, funding history under the rates' own names."""

from __future__ import annotations

from decimal import Decimal

from tests.exchange_server.wire.common import (
    Call,
    Row,
    WireError,
    book,
    page,
    spot_book,
    spot_called,
    unknown_path,
    window,
)
from tests.exchange_server.world import Contract, Spot, World

_HOST = "https://api.phemex.com/"
BULK = (
    f"{_HOST}public/products",
    f"{_HOST}contract-biz/public/real-funding-rates?pageNum=1&pageSize=200",
    f"{_HOST}md/v2/ticker/24hr/all",
    f"{_HOST}v1/md/ticker/24hr/all",
)
_RATIO_SCALE = 8


def answer(world: World, call: Call) -> object:
    held = [c for c in world.of("phemex") if c.perpetual]
    match call.path:
        case "/public/products":
            return _ok(_products(world, held))
        case "/contract-biz/public/real-funding-rates":
            size, number = call.limit("pageSize", 20, 200), max(1, call.number("pageNum") or 1)
            funded = [c for c in held if c.funded]
            rows = [_rate(c) for c in funded[(number - 1) * size : number * size]]
            return _ok({"total": len(funded), "rows": rows})
        case "/md/v2/ticker/24hr/all":
            # a delisted contract may still have one
            return _result([_ticker(c, world.now_ms) for c in held if c.linear])
        case "/v1/md/ticker/24hr/all":
            return _result([_scaled_ticker(c, world.now_ms) for c in held if not c.linear])
        case "/md/v2/orderbook":
            return _book(_asked(held, call, linear=True), world.now_ms)
        case "/v1/md/fullbook":
            spot = spot_called(world, "phemex", call.text("symbol"), _spot_name)
            return _spot_book(world, spot) if spot else _book(_asked(held, call, linear=False), world.now_ms)
        case "/api-data/public/data/funding-rate-history" | "/v1/api-data/public/data/funding-rate-history":
            named = [c for c in held if rate_name(c) == call.text("symbol")]
            return _ok({"rows": _history(named[0], call) if named else []})
    if call.path.startswith(("/md/", "/v1/md/")):
        raise WireError(500, {"error": {"code": 6001, "message": "invalid argument"}, "id": None, "result": None})
    raise unknown_path(call)


def rate_name(c: Contract) -> str:
    """The rates' own name, 8H for every interval."""
    return f".{c.id if c.linear else c.base}FR8H"


def _ok(data: object) -> Row:
    return {"code": 0, "msg": "OK", "data": data}


def _result(rows: list[Row]) -> Row:
    return {"error": None, "id": 0, "result": rows}


def _price_scale(c: Contract) -> int:
    return max(4, len(c.mark.partition(".")[2]), len(c.index.partition(".")[2]))


def _products(world: World, held: list[Contract]) -> Row:
    return {
        "currencies": [
            {"currency": code, "name": code, "code": i, "valueScale": _value_scale(code), "status": "Listed"}
            for i, code in enumerate(dict.fromkeys(s.base for s in world.spot.get("phemex", ())))
        ],
        "products": [
            *(_inverse(c) for c in held if not c.linear),
            *(_spot(s) for s in world.spot.get("phemex", ())),
        ],
        "perpProductsV2": [_linear(c) for c in held if c.linear],
        "riskLimits": [], "leverages": [], "riskLimitsV2": [_limits(c) for c in held if c.linear], "leveragesV2": [],
        "ratioScale": _RATIO_SCALE,
        "md5Checksum": "5c6604814d3c1bafbe602c3d11a7e8bf",
    }  # fmt: skip


def _limits(c: Contract) -> Row:
    steps = [
        {"limit": int(tier.end), "initialMarginRr": tier.initial, "maintenanceMarginRr": tier.rate} for tier in c.tiers
    ]
    return {"symbol": c.id, "steps": "2000K", "riskLimits": steps}


def _common(c: Contract) -> Row:
    return {
        "symbol": c.id, "code": 1, "displaySymbol": f"{c.base} / {c.quote}", "indexSymbol": f".{c.base}",
        "markSymbol": f".M{c.id}", "fundingRateSymbol": f".{c.id}FR", "fundingRate8hSymbol": rate_name(c),
        "settleCurrency": c.settle, "quoteCurrency": c.quote, "status": "Listed" if c.active else "Delisted",
        "listTime": c.listed_ms, "majorSymbol": True, "defaultLeverage": "-10",
        "fundingInterval": c.interval_hours * 3600, "maxLeverage": 100,
    }  # fmt: skip


def _inverse(c: Contract) -> Row:
    # the coin stands only as settleCurrency; the underlying asset of a contract is 1 USD
    return {
        **_common(c), "type": "Perpetual", "contractUnderlyingAssets": "USD", "contractSize": 1.0, "lotSize": 1,
        "tickSize": 0.5, "priceScale": _price_scale(c), "ratioScale": _RATIO_SCALE, "pricePrecision": 1,
        "minPriceEp": 5000, "maxPriceEp": 10000000000, "maxOrderQty": 1000000,
    }  # fmt: skip


def _linear(c: Contract) -> Row:
    return {
        **_common(c), "type": "PerpetualV2", "contractUnderlyingAssets": c.base, "baseCurrency": c.base,
        "tickSize": "0.1", "priceScale": 0, "ratioScale": 0, "pricePrecision": 1, "maxOrderQtyRq": "1000",
        "maxPriceRp": "2000000000", "minPriceRp": "1000.0", "qtyPrecision": 3, "qtyStepSize": "0.001",
    }  # fmt: skip


def _spot(s: Spot) -> Row:
    return {
        "symbol": _spot_name(s), "code": 1001, "type": "Spot", "displaySymbol": f"{s.base} / {s.quote}",
        "quoteCurrency": s.quote, "priceScale": 8, "ratioScale": 8, "pricePrecision": 2, "baseCurrency": s.base,
        "status": "Listed" if s.active else "Delisted",
    }  # fmt: skip


def _spot_name(s: Spot) -> str:
    return f"s{s.base}{s.quote}"


def _value_scale(code: str) -> int:
    # each coin has its own
    return 8 if code == "BTC" else 6


def _rate(c: Contract) -> Row:
    return {
        "symbol": c.id, "fundingRate": c.rate, "interestRate": f"{float(c.interest) * c.interval_hours / 8:.8f}",
        "fundingInterval": c.interval_hours * 3600, "nextfundingTime": c.next_ms,
        "fundingRateCap": c.cap, "fundingRateFloor": c.floor,
    }  # fmt: skip


def _ticker(c: Contract, now_ms: int) -> Row:
    return {
        "symbol": c.id, "closeRp": c.mark, "fundingRateRr": c.rate, "highRp": c.mark, "indexPriceRp": c.index,
        "lowRp": c.index, "markPriceRp": c.mark, "openInterestRv": "1323.596", "openRp": c.index,
        "predFundingRateRr": c.rate, "timestamp": str(now_ms * 1_000_000), "turnoverRv": "124835296.0538",
        "volumeRq": "7406.95",
    }  # fmt: skip


def _scaled_ticker(c: Contract, now_ms: int) -> Row:
    def scaled(text: str, scale: int) -> int:
        return int(Decimal(text).scaleb(scale))

    mark, index, rate = scaled(c.mark, _price_scale(c)), scaled(c.index, _price_scale(c)), scaled(c.rate, _RATIO_SCALE)
    return {
        "askEp": mark, "bidEp": mark, "fundingRateEr": rate, "highEp": mark, "indexEp": index, "lastEp": mark,
        "lowEp": index, "markEp": mark, "openEp": index, "openInterest": 1298050, "predFundingRateEr": rate,
        "symbol": c.id, "timestamp": now_ms * 1_000_000, "turnoverEv": 47228362330, "volume": 4053863,
    }  # fmt: skip


def _asked(held: list[Contract], call: Call, linear: bool) -> Contract:
    for c in held:
        if c.id == call.text("symbol") and c.linear == linear:
            return c
    raise WireError(500, {"error": {"code": 6001, "message": "invalid argument"}, "id": None, "result": None})


def _book(c: Contract, now_ms: int) -> Row:
    # coins and prices in text, at most 30 levels; of coin-margined contracts dollars and scaled prices
    bids, asks = book(c, "1", 30 if c.linear else 1000)
    sides: Row = {"asks": asks, "bids": bids}
    if not c.linear:
        scale = _price_scale(c)
        sides = {
            name: [[int(Decimal(price).scaleb(scale)), int(size)] for price, size in side]
            for name, side in (("asks", asks), ("bids", bids))
        }
    head: Row = {"depth": 30 if c.linear else 0, "sequence": 77751555, "symbol": c.id, "timestamp": now_ms * 1_000_000}
    result = {("orderbook_p" if c.linear else "book"): sides, **head, "type": "snapshot"}
    return {"error": None, "id": 0, "result": result}


def _spot_book(world: World, s: Spot) -> Row:
    # whole numbers: prices x 10^8, sizes x 10^valueScale of the coin
    bids, asks = (
        [[int(Decimal(p).scaleb(8)), int(Decimal(size).scaleb(_value_scale(s.base)))] for p, size in side]
        for side in spot_book(world, "phemex", s, 1000)
    )
    head: Row = {"depth": 0, "sequence": 1, "symbol": _spot_name(s), "timestamp": world.now_ms * 1_000_000}
    return {"error": None, "id": 0, "result": {"book": {"asks": asks, "bids": bids}, **head, "type": "snapshot"}}


def _history(c: Contract, call: Call) -> list[Row]:
    start = call.number("start")
    rows = page(window(c, start, call.number("end")), start, call.limit("limit", 100, 100))
    return [
        {
            "symbol": rate_name(c), "fundingRate": s.rate, "fundingTime": str(s.time_ms),
            "intervalSeconds": str(c.interval_hours * 3600),
        }
        for s in rows
    ]  # fmt: skip
