"""Gate v4: perpetual and delivery contracts, funding history, mark price candles, spot lists."""

from __future__ import annotations

from tests.exchange_server.wire.common import (
    Call,
    Row,
    WireError,
    book,
    candles,
    interests,
    spot_book,
    spot_called,
    tick,
    unknown_path,
    window,
)
from tests.exchange_server.world import HOUR_MS, Contract, Spot, World

BULK = (
    "https://api.gateio.ws/api/v4/spot/currency_pairs",
    "https://api.gateio.ws/api/v4/futures/usdt/contracts",
    "https://api.gateio.ws/api/v4/futures/btc/contracts",
    "https://api.gateio.ws/api/v4/delivery/usdt/contracts",
)


def answer(world: World, call: Call) -> object:
    parts = call.path.removeprefix("/api/v4/").split("/")
    match parts:
        case ["spot", "currency_pairs"]:
            return [_spot(s) for s in world.spot.get("gate", ())]
        case ["spot", "order_book"]:
            return _spot_book(world, call)
        case ["spot", "currencies"]:
            codes = _codes(world)
            return [{"currency": code, "name": code, "delisted": False, "chains": []} for code in codes]
        case ["unified", "history_loan_rate"]:
            return _loan_rates(world, call)
        case ["margin", "currency_pairs"]:
            # what is lent, whether it trades or not
            spots = world.spot.get("gate", ())
            return [{"id": f"{s.base}_{s.quote}", "leverage": "10", "status": 1} for s in spots]
        case ["options", "underlyings"] | ["options", "contracts"]:
            return []
        case ["futures" | "delivery" as kind, settle, "contracts"]:
            return [_contract(c) for c in _held(world, kind, settle)]
        case ["futures" | "delivery" as kind, settle, "contracts", name]:
            return _contract(_one(world, kind, settle, name))
        case ["futures", settle, "funding_rate"]:
            return _history(_one(world, "futures", settle, call.text("contract")), call)
        case ["futures", settle, "premium_index"]:
            return _premiums(_one(world, "futures", settle, call.text("contract")), world.now_ms, call)
        case ["futures", settle, "risk_limit_tiers"]:
            return _tiers(_one(world, "futures", settle, call.text("contract")))
        case ["futures" | "delivery" as kind, settle, "order_book"]:
            return _book(_one(world, kind, settle, call.text("contract")), world.now_ms, call)
        case ["futures" | "delivery" as kind, settle, "candlesticks"]:
            price, _, name = call.text("contract").partition("_")
            if price not in ("mark", "index"):
                raise unknown_path(call)
            return _candles(_one(world, kind, settle, name), world.now_ms, call, price)
        case ["futures", settle, "contract_stats"]:
            return _stats(_one(world, "futures", settle, call.text("contract")), world.now_ms, call)
    raise unknown_path(call)


def _loan_rates(world: World, call: Call) -> Row:
    """One rate for each full hour, newest first; the hours before had another rate."""
    loan = world.lent("gate", call.text("currency"))
    newest = world.now_ms // HOUR_MS * HOUR_MS
    rates = (
        [] if loan is None else [{"time": newest - k * HOUR_MS, "rate": "0.9" if k else loan.rate} for k in range(9)]
    )
    limit = call.limit("limit", 100, 100)
    return {"currency": call.text("currency"), "tier": "0", "tier_up_rate": "1.18", "rates": rates[:limit]}


def _held(world: World, kind: str, settle: str) -> list[Contract]:
    # everything that is not linear settles in bitcoin here, whatever its base
    return [
        c
        for c in world.of("gate")
        if c.perpetual == (kind == "futures") and ("btc" if not c.linear else c.settle.lower()) == settle
    ]


def _one(world: World, kind: str, settle: str, name: str) -> Contract:
    for c in _held(world, kind, settle):
        if c.id == name:
            return c
    raise WireError(400, {"label": "CONTRACT_NOT_FOUND", "message": "contract not found"})


def _codes(world: World) -> list[str]:
    return sorted({code for s in world.spot.get("gate", ()) for code in (s.base, s.quote)})


def _contract(c: Contract) -> Row:
    step = tick(c.mark)
    row: Row = {
        "name": c.id, "type": "direct" if c.linear else "inverse", "mark_type": "index",
        "quanto_multiplier": "0.0001" if c.linear else "0", "mark_price": c.mark, "index_price": c.index,
        "last_price": c.mark, "mark_price_round": step, "order_price_round": step,
        "order_price_deviate": "0.2",
        "order_size_min": 1, "order_size_max": 1000000, "leverage_min": "1", "leverage_max": "125",
        "maintenance_rate": "0.004", "maker_fee_rate": "-0.0001", "taker_fee_rate": "0.00075",
        "in_delisting": not c.active, "status": "trading" if c.active else "delisting",
        "create_time": c.listed_ms // 1000, "config_change_time": c.listed_ms // 1000, "orders_limit": 100,
    }  # fmt: skip
    if c.expiry_ms:
        underlying = f"{c.base}_{c.quote}"
        return {**row, "cycle": "QUARTERLY", "expire_time": c.expiry_ms // 1000, "underlying": underlying}
    return {
        **row, "funding_rate": c.rate, "funding_rate_indicative": c.rate,
        "funding_interval": c.interval_hours * 3600,
        "funding_next_apply": c.next_ms // 1000, "funding_offset": 0, "interest_rate": f"{float(c.interest) * 3:.6f}",
        "funding_impact_value": "30000", "funding_cap_ratio": "0.75", "funding_rate_limit": c.cap,
        "trade_size": 28530850594, "position_size": 5223816, "is_pre_market": c.pre_launch,
    }  # fmt: skip


def _spot(s: Spot) -> Row:
    return {
        "id": f"{s.base}_{s.quote}", "base": s.base, "quote": s.quote, "fee": "0.2",
        "min_base_amount": "0.0001",
        "min_quote_amount": "3", "amount_precision": 6, "precision": 4,
        "trade_status": "tradable" if s.active else "untradable", "sell_start": 0, "buy_start": 0,
    }  # fmt: skip


def _milliseconds(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * 1000


def _history(c: Contract, call: Call) -> list[Row]:
    start, end = _milliseconds(call.number("from")), _milliseconds(call.number("to"))
    rows = window(c, start, end)[-call.limit("limit", 100, 1000) :]
    return [{"t": s.time_ms // 1000, "r": s.rate} for s in reversed(rows)]


def _candles(c: Contract, now_ms: int, call: Call, kind: str) -> list[Row]:
    start, end = _milliseconds(call.number("from")), _milliseconds(call.number("to"))
    # a range may be as long as 2,000 candles; without one the limit counts, 100 by default
    limit = call.limit("limit", 100 if start is None else 2000, 2000)
    if start is not None and call.text("interval") == "1h" and (min(end or now_ms, now_ms) - start) // HOUR_MS >= 2000:
        raise WireError(400, {"label": "INVALID_PARAM_VALUE", "message": "Candlestick range too broad"})
    rows = candles(c, now_ms, call.text("interval", "5m"), start, end, limit, kind=kind)
    return [{"t": k.time_ms // 1000, "o": k.open, "h": k.high, "l": k.low, "c": k.close} for k in rows]


def _stats(c: Contract, now_ms: int, call: Call) -> list[Row]:
    # up from the start, as many as the limit says, and no end; contracts of 0.0001 coins, or of one USD
    rows = interests(c, now_ms, _milliseconds(call.number("from")), None, call.limit("limit", 30, 100))
    return [
        {
            "time": r.time_ms // 1000, "lsr_taker": 1.02, "lsr_account": 2.87, "long_liq_size": 0, "short_liq_size": 0,
            "open_interest": r.contracts("0.0001" if c.linear else "1"), "open_interest_usd": float(r.money),
            "mark_price": float(c.price_at(r.time_ms, now_ms)), "top_lsr_size": 1.1, "top_lsr_account": 1.2,
        }
        for r in rows
    ]  # fmt: skip


def _tiers(c: Contract) -> list[Row]:
    return [
        {
            "maintenance_rate": tier.rate, "tier": i, "initial_rate": tier.initial, "leverage_max": tier.leverage,
            "risk_limit": tier.end, "deduction": tier.deduction,
        }
        for i, tier in enumerate(c.tiers, 1)
    ]  # fmt: skip


def _premiums(c: Contract, now_ms: int, call: Call) -> list[Row]:
    start, end = _milliseconds(call.number("from")), _milliseconds(call.number("to"))
    if start is not None and call.text("limit"):
        raise WireError(400, {"label": "INVALID_PARAM_VALUE", "message": "limit conflicts with from and to"})
    if start is not None and (min(end or now_ms, now_ms) - start) // 60_000 >= 1000:
        raise WireError(400, {"label": "INVALID_PARAM_VALUE", "message": "Candlestick range too broad"})
    limit = 1000 if start is not None else call.limit("limit", 100, 1000)
    rows = candles(c, now_ms, call.text("interval", "5m"), start, end, limit, kind="premium")
    return [{"t": k.time_ms // 1000, "o": k.open, "h": k.high, "l": k.low, "c": k.close} for k in rows]


def _spot_book(world: World, call: Call) -> Row:
    spot = spot_called(world, "gate", call.text("currency_pair"), lambda s: f"{s.base}_{s.quote}")
    limit = call.number("limit") or 10
    if spot is None or limit > 1000:
        raise WireError(400, {"label": "INVALID_CURRENCY_PAIR", "message": "Invalid currency pair"})
    bids, asks = spot_book(world, "gate", spot, limit)
    return {"id": 6358770031, "current": world.now_ms, "update": world.now_ms, "asks": asks, "bids": bids}


def _book(c: Contract, now_ms: int, call: Call) -> Row:
    # sizes are contracts: of 0.0001 coins, or of one USD
    bids, asks = book(c, "0.0001" if c.linear else "1", call.limit("limit", 10, 300))
    sides = {
        name: [{"p": price, "s": int(size)} for price, size in side] for name, side in (("asks", asks), ("bids", bids))
    }
    return {"id": 123456, "current": now_ms / 1000, "update": now_ms / 1000, **sides}
