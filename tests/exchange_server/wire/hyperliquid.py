"""Hyperliquid: the one POST endpoint, told apart by the type in its body."""

from __future__ import annotations

from tests.exchange_server.wire.common import (
    Call,
    Row,
    WireError,
    book,
    candles,
    levels,
    page,
    spot_book,
    spot_called,
    unknown_path,
    window,
)
from tests.exchange_server.world import Contract, World

# its answers depend on the body, so nothing can be asked for by URL alone
BULK: tuple[str, ...] = ()


def answer(world: World, call: Call) -> object:
    if call.path != "/info":
        raise unknown_path(call)
    asked = call.json()
    held = world.of("hyperliquid")
    # builder-deployed exchanges are none of this world's
    mine = not asked.get("dex")
    match asked.get("type"):
        case "meta":
            return _meta(held if mine else ())
        case "metaAndAssetCtxs":
            return [_meta(held if mine else ()), [_context(c) for c in held if mine]]
        case "perpDexs":
            return [None]
        case "spotMeta":
            return _spot_meta(world)
        case "spotMetaAndAssetCtxs":
            return [_spot_meta(world), [_spot_context() for _ in world.spot.get("hyperliquid", ())]]
        case "fundingHistory":
            return _history(_one(world, asked.get("coin")), asked)
        case "l2Book":
            return _book(world, str(asked.get("coin")))
        case "candleSnapshot":
            return _candles(world, asked.get("req"))
    raise WireError(422, "Failed to deserialize the JSON body into the target type")


def _one(world: World, coin: object) -> Contract:
    found = world.find("hyperliquid", str(coin))
    if found is None:
        raise WireError(500, None)
    return found


def _meta(held: tuple[Contract, ...]) -> Row:
    # tables below 50 are one tier with that leverage, and are not listed
    tiered = {_table_id(c): _tiers(c) for c in held if len(c.tiers) > 1}
    return {"universe": [_asset(c) for c in held], "marginTables": [*tiered.items()], "collateralToken": 0}


def _table_id(c: Contract) -> int:
    return 50 + sum(c.id.encode()) if len(c.tiers) > 1 else int(c.tiers[0].leverage)


def _tiers(c: Contract) -> Row:
    steps = [{"lowerBound": f"{start}.0", "maxLeverage": int(tier.leverage)} for start, _, tier in levels(c)]
    return {"description": f"tiered {c.tiers[0].leverage}x", "marginTiers": steps}


def _asset(c: Contract) -> Row:
    row: Row = {"szDecimals": 2, "name": c.id, "maxLeverage": 40, "marginTableId": _table_id(c)}
    return row if c.active else {**row, "isDelisted": True}


def _context(c: Contract) -> Row:
    return {
        "funding": c.rate if c.active else "0.0", "openInterest": "688.11", "prevDayPx": c.index,
        "dayNtlVlm": "1169046.29406", "premium": c.premium if c.active else None, "oraclePx": c.index,
        "markPx": c.mark, "midPx": c.mark if c.active else None,
        "impactPxs": [c.mark, c.mark] if c.active else None, "dayBaseVlm": "17.5",
    }  # fmt: skip


def _spot_meta(world: World) -> Row:
    spot = world.spot.get("hyperliquid", ())
    names = list(dict.fromkeys(["USDC", *(_token(code) for s in spot for code in (s.base, s.quote))]))
    tokens = [
        {
            "name": name, "szDecimals": 4, "weiDecimals": 8, "index": i, "tokenId": f"0x{i:032x}",
            "isCanonical": True, "evmContract": None, "fullName": None,
        }
        for i, name in enumerate(names)
    ]  # fmt: skip
    universe = [
        {
            "name": f"@{i}", "tokens": [names.index(_token(s.base)), names.index(_token(s.quote))], "index": i,
            "isCanonical": False,
        }
        for i, s in enumerate(spot)
    ]  # fmt: skip
    return {"tokens": tokens, "universe": universe}


def _token(code: str) -> str:
    # what came over a bridge has a name of its own
    return {"BTC": "UBTC", "ETH": "UETH", "SOL": "USOL", "USDT": "USDT0"}.get(code, code)


def _spot_context() -> Row:
    return {"dayNtlVlm": "8906.0", "markPx": "0.14", "midPx": "0.209265", "prevDayPx": "0.20432"}


def _time(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None


def _history(c: Contract, asked: object) -> list[Row]:
    assert isinstance(asked, dict)
    start = _time(asked.get("startTime"))
    if start is None:
        raise WireError(422, "Failed to deserialize the JSON body into the target type")
    rows = page(window(c, start, _time(asked.get("endTime"))), start, 500)
    return [{"coin": c.id, "fundingRate": s.rate, "premium": "0.00057962", "time": s.time_ms} for s in rows]


def _candles(world: World, asked: object) -> list[Row]:
    if not isinstance(asked, dict):
        raise WireError(422, "Failed to deserialize the JSON body into the target type")
    c, step = _one(world, asked.get("coin")), str(asked.get("interval"))
    start, end = _time(asked.get("startTime")), _time(asked.get("endTime"))
    rows = candles(c, world.now_ms, step, start, end, 5000, newest=True)
    return [
        {
            "t": k.time_ms, "T": k.end_ms, "s": c.id, "i": step, "o": k.open, "c": k.close, "h": k.high,
            "l": k.low, "v": "591.6427", "n": 46,
        }
        for k in rows
    ]  # fmt: skip


def _book(world: World, coin: str) -> Row:
    spots = world.spot.get("hyperliquid", ())
    spot = spot_called(world, "hyperliquid", coin, lambda s: f"@{spots.index(s)}")
    sides = spot_book(world, "hyperliquid", spot, 20) if spot else book(_one(world, coin), "1", 20)
    return {
        "coin": coin, "time": world.now_ms,
        "levels": [[{"px": price, "sz": size, "n": 1} for price, size in side] for side in sides],
    }  # fmt: skip
