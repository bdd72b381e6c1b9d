"""HTX (Huobi): linear swaps of v5, inverse swaps and futures of v1, spot symbols."""

from __future__ import annotations

from decimal import Decimal

from tests.exchange_server.wire.common import (
    Call,
    Row,
    book,
    candles,
    day,
    interests,
    levels,
    spot_book,
    spot_called,
    tick,
    unknown_path,
    window,
)
from tests.exchange_server.world import Contract, Spot, World

BULK = (
    "https://api.hbdm.vn/linear-swap-api/v1/swap_contract_info?business_type=all",
    "https://api.hbdm.vn/swap-api/v1/swap_contract_info",
    "https://api.hbdm.vn/api/v1/contract_contract_info",
    "https://api.hbdm.vn/swap-api/v1/swap_batch_funding_rate",
    "https://api.huobi.pro/v1/common/symbols",
)


def answer(world: World, call: Call) -> object:
    code = call.text("contract_code")
    held = [c for c in world.of("htx") if not code or c.id == code]
    linear = [c for c in held if c.linear]
    inverse = [c for c in held if not c.linear and c.perpetual]
    match call.path:
        case "/linear-swap-api/v1/swap_contract_info":
            # by default swaps only; `all` brings the dated ones too
            every = call.text("business_type", "swap") == "all"
            return _ok(world, [_linear(c) for c in linear if c.perpetual or every])
        case "/swap-api/v1/swap_contract_info":
            return _ok(world, [_inverse(c) for c in inverse])
        case "/api/v1/contract_contract_info":
            return _ok(world, [_inverse(c) for c in held if not c.linear and not c.perpetual])
        case "/v5/market/funding_rate":
            return _ok5(world, [_linear_rate(c) for c in linear if c.funded] if code else [])
        case "/v5/market/funding_rate_history":
            return _ok5(world, _linear_history(linear[0], call) if code and linear else [])
        case "/swap-api/v1/swap_funding_rate":
            return _ok(world, _inverse_rate(inverse[0])) if code and inverse else _wrong(world)
        case "/swap-api/v1/swap_batch_funding_rate":
            return _ok(world, [_inverse_rate(c) for c in inverse if c.funded])
        case "/swap-api/v1/swap_historical_funding_rate":
            return _ok(world, _inverse_history(inverse[0], call)) if code and inverse else _wrong(world)
        case "/index/market/history/linear_swap_mark_price_kline" | "/index/market/history/swap_mark_price_kline":
            return _ok(world, _candles(held[0], world.now_ms, call)) if code and held else _wrong(world)
        case "/index/market/history/linear_swap_premium_index_kline" if code and linear:
            return _ok(world, _candles(linear[0], world.now_ms, call, kind="premium"))
        case "/index/market/history/swap_premium_index_kline" if code and inverse:
            return _ok(world, _candles(inverse[0], world.now_ms, call, kind="premium"))
        case "/linear-swap-api/v1/swap_his_open_interest" if code and linear:
            return _interest(world, linear[0], call)
        case "/swap-api/v1/swap_his_open_interest" if code and inverse:
            return _interest(world, inverse[0], call)
        case "/linear-swap-api/v1/swap_adjustfactor":
            return _ok(world, [{**_factors(c), "margin_mode": "isolated", "trade_partition": c.quote} for c in linear])
        case "/swap-api/v1/swap_adjustfactor":
            return _ok(world, [_factors(c) for c in inverse])
        case "/linear-swap-ex/market/depth" if code and linear:
            return _depth(world, linear[0], call)
        case "/swap-ex/market/depth" if code and inverse:
            return _depth(world, inverse[0], call)
        case "/v1/common/symbols":
            return _ok(world, [_spot(s) for s in world.spot.get("htx", ())])
        case "/market/depth":
            return _spot_depth(world, call)
        case "/v2/reference/currencies":
            return {"code": 200, "data": []}
    raise unknown_path(call)


def _ok(world: World, data: object) -> Row:
    return {"status": "ok", "data": data, "ts": world.now_ms}


def _ok5(world: World, data: list[Row]) -> Row:
    # v5 sends its numbers as text
    return {"code": "200", "message": "Success", "data": data, "ts": str(world.now_ms)}


def _wrong(world: World) -> Row:
    return {"status": "error", "err_code": 1332, "err_msg": "The contract doesn't exist.", "ts": world.now_ms}


def _common(c: Contract) -> Row:
    return {
        "symbol": c.base, "contract_code": c.id, "contract_size": 0.001 if c.linear else 100,
        "price_tick": float(tick(c.mark)), "create_date": day(c.listed_ms),
        "contract_status": 1 if c.active else 3, "settlement_date": str(c.next_ms),
    }  # fmt: skip


def _linear(c: Contract) -> Row:
    kind = "swap" if c.perpetual else "quarter"
    # swaps have their delivery as empty text, so that only the dated contracts have a date
    return {
        **_common(c), "delivery_date": day(c.expiry_ms) if c.expiry_ms else "",
        "delivery_time": str(c.expiry_ms or ""), "support_margin_mode": "all" if c.perpetual else "cross",
        "business_type": "swap" if c.perpetual else "futures", "pair": f"{c.base}-{c.quote}",
        "contract_type": kind, "trade_partition": c.quote,
    }  # fmt: skip


def _inverse(c: Contract) -> Row:
    if c.perpetual:
        return {**_common(c), "delivery_time": ""}
    return {
        **_common(c), "contract_type": "quarter", "delivery_date": day(c.expiry_ms),
        "delivery_time": str(c.expiry_ms), "settlement_time": str(c.next_ms),
    }  # fmt: skip


def _factors(c: Contract) -> Row:
    # by leverage and contracts held; the last step has no end
    steps = levels(c, "0.001" if c.linear else "100")
    return {
        "symbol": c.base, "contract_code": c.id,
        "list": [
            {
                "lever_rate": leverage,
                "ladders": [
                    {
                        "ladder": i, "min_size": int(start), "max_size": None if i + 1 == len(steps) else int(end),
                        "adjust_factor": float(Decimal(tier.rate) * leverage),
                    }
                    for i, (start, end, tier) in enumerate(steps)
                ],
            }
            for leverage in (1, 5, 10, 20)
        ],
    }  # fmt: skip


def _spot(s: Spot) -> Row:
    return {
        "base-currency": s.base.lower(), "quote-currency": s.quote.lower(), "price-precision": 4,
        "amount-precision": 4, "symbol-partition": "main", "symbol": f"{s.base}{s.quote}".lower(),
        "state": "online" if s.active else "offline", "value-precision": 8, "min-order-amt": 0.01,
        "max-order-amt": 1616.4353, "min-order-value": 5, "api-trading": "enabled", "tags": "",
    }  # fmt: skip


def _linear_rate(c: Contract) -> Row:
    return {
        "contract_code": c.id, "funding_rate": c.rate, "funding_time": str(c.next_ms),
        "next_funding_time": str(c.next_ms + c.interval_ms),
        "min_funding_rate": f"{float(c.floor):.18f}", "max_funding_rate": f"{float(c.cap):.18f}",
    }  # fmt: skip


def _inverse_rate(c: Contract) -> Row:
    return {
        "estimated_rate": None, "funding_rate": c.rate, "contract_code": c.id, "symbol": c.base,
        "fee_asset": c.settle, "funding_time": str(c.next_ms), "next_funding_time": None,
    }  # fmt: skip


def _linear_history(c: Contract, call: Call) -> list[Row]:
    # ascending from the start time, and from the very first settlement where none is given
    rows = window(c, call.number("start_time"), call.number("end_time"))
    number = {s.time_ms: i for i, s in enumerate(c.history, 1)}
    return [
        {
            "id": str(number[s.time_ms]), "contract_code": c.id, "funding_rate": s.rate,
            "funding_time": str(s.time_ms),
        }
        for s in rows[: call.limit("limit", 100, 100)]
    ]  # fmt: skip


def _inverse_history(c: Contract, call: Call) -> Row:
    # pages back from now; a start time means nothing to it
    size, index = call.limit("page_size", 20, 50), max(1, call.number("page_index") or 1)
    rows = list(reversed(c.history))
    listed = [
        {
            "avg_premium_index": "0.000149696771643437", "funding_rate": s.rate, "realized_rate": None,
            "funding_time": str(s.time_ms), "contract_code": c.id, "symbol": c.base, "fee_asset": c.settle,
        }
        for s in rows[(index - 1) * size : index * size]
    ]  # fmt: skip
    return {
        "total_page": str(-(-len(rows) // size)), "current_page": str(index), "total_size": str(len(rows)),
        "data": listed,
    }  # fmt: skip


def _depth(world: World, c: Contract, call: Call) -> Row:
    # sizes are contracts; step0 has 150 levels, step6 has 20
    if call.text("type") not in ("step0", "step6"):
        return _wrong(world)
    sides = book(c, "0.001" if c.linear else c.contract_size, 150 if call.text("type") == "step0" else 20)
    bids, asks = ([[float(price), int(size)] for price, size in side] for side in sides)
    channel = f"market.{c.id}.depth.{call.text('type')}"
    tick = {
        "asks": asks, "bids": bids, "ch": channel, "id": 1637554816, "mrid": 121654491624, "ts": world.now_ms,
        "version": 1637554816,
    }  # fmt: skip
    return {"ch": channel, "status": "ok", "tick": tick, "ts": world.now_ms}


def _spot_depth(world: World, call: Call) -> Row:
    spot = spot_called(world, "htx", call.text("symbol"), lambda s: f"{s.base}{s.quote}".lower())
    # 150 is what comes without a depth, and is refused as one
    if spot is None or call.text("type") != "step0" or call.text("depth") not in ("", "5", "10", "20"):
        return _wrong(world)
    sides = spot_book(world, "htx", spot, call.number("depth") or 150)
    bids, asks = ([[float(price), float(size)] for price, size in side] for side in sides)
    tick = {"bids": bids, "asks": asks, "version": 104999698781, "ts": world.now_ms}
    return {"ch": f"market.{call.text('symbol')}.depth.step0", "status": "ok", "ts": world.now_ms, "tick": tick}


def _candles(c: Contract, now_ms: int, call: Call, kind: str = "mark") -> list[Row]:
    limit = call.limit("size", 150, 2000)
    rows = candles(c, now_ms, call.text("period", "60min"), None, None, limit, kind=kind)
    return [
        {
            "id": k.time_ms // 1000, "open": k.open, "close": k.close, "high": k.high, "low": k.low,
            "amount": "0", "vol": "0", "count": "0", "trade_turnover": "0",
        }
        for k in rows
    ]  # fmt: skip


def _interest(world: World, c: Contract, call: Call) -> Row:
    unit = call.text("amount_type")
    if call.text("period") != "60min" or unit not in ("1", "2"):
        return _wrong(world)
    # a number of the newest ones, newest first, in contracts (1) or coins (2)
    rows = interests(c, world.now_ms, None, None, call.limit("size", 48, 200))
    size = "0.001" if c.linear else c.contract_size
    ticks: list[Row] = [
        {
            "volume": r.coins if unit == "2" else r.contracts(size), "amount_type": int(unit), "ts": r.time_ms,
            **({"value": r.money} if c.linear else {}),
        }
        for r in reversed(rows)
    ]  # fmt: skip
    return _ok(world, {"symbol": c.base, "tick": ticks, "contract_code": c.id})
