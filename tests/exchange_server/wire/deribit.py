"""Deribit v2: instruments of every kind, tickers, order books, hourly funding history; all in JSON-RPC."""

from __future__ import annotations

from decimal import Decimal

from tests.exchange_server.wire.common import (
    Call,
    Row,
    WireError,
    book,
    spot_book,
    spot_called,
    tick,
    unknown_path,
    window,
)
from tests.exchange_server.world import HOUR_MS, Contract, Spot, World

BULK = ("https://www.deribit.com/api/v2/public/get_instruments?currency=any&kind=future",)
#: what expires in the year 3000 does not
NEVER_MS = 32503708800000
MOST_ROWS = 744


def answer(world: World, call: Call) -> object:
    match call.path:
        case "/api/v2/public/get_instruments":
            kind = call.text("kind")
            spots = [_spot(s) for s in world.spot.get("deribit", ())] if kind in ("", "spot") else []
            futures = [_instrument(c) for c in world.of("deribit")] if kind in ("", "future") else []
            return _ok(world, [*futures, *spots])
        case "/api/v2/public/ticker":
            return _ok(world, _ticker(world, _one(world, call)))
        case "/api/v2/public/get_order_book":
            return _ok(world, _book(world, call))
        case "/api/v2/public/get_funding_rate_value":
            c = _one(world, call)
            return _ok(world, _sum(c, call.number("start_timestamp") or 0, call.number("end_timestamp") or 0))
        case "/api/v2/public/get_funding_rate_history":
            return _ok(world, _history(_one(world, call), world.now_ms, call))
    raise unknown_path(call)


def _ok(world: World, result: object) -> Row:
    us = world.now_ms * 1000
    return {"jsonrpc": "2.0", "result": result, "usIn": us, "usOut": us + 350, "usDiff": 350, "testnet": False}


def _one(world: World, call: Call) -> Contract:
    found = world.find("deribit", call.text("instrument_name"))
    if found is None:
        data = {"reason": "wrong format", "param": "instrument_name"}
        error = {"message": "Invalid params", "data": data, "code": -32602}
        raise WireError(400, {"jsonrpc": "2.0", "error": error, "testnet": False, "usDiff": 36})
    return found


def _instrument(c: Contract) -> Row:
    return {
        "tick_size": float(tick(c.mark)), "taker_commission": 0.00035, "maker_commission": 0.00015,
        "settlement_period": "perpetual" if c.perpetual else "month", "settlement_currency": c.settle,
        "quote_currency": c.quote, "counter_currency": c.quote, "base_currency": c.base, "price_index":
        f"{c.base}_{c.quote}".lower(), "min_trade_amount": 10.0, "max_leverage": 50, "kind": "future",
        "is_active": c.active, "instrument_name": c.id, "instrument_type": "linear" if c.linear else "reversed",
        "future_type": "linear" if c.linear else "reversed", "expiration_timestamp": c.expiry_ms or NEVER_MS,
        "creation_timestamp": c.listed_ms, "contract_size": 10.0 if not c.linear else 0.001,
        "block_trade_commission": 0.0001, "max_liquidation_commission": 0.0075, "instrument_id": 210838,
    }  # fmt: skip


def _ticker(world: World, c: Contract) -> Row:
    row: Row = {
        "timestamp": world.now_ms, "state": "open", "instrument_name": c.id, "mark_price": float(c.mark),
        "index_price": float(c.index), "estimated_delivery_price": float(c.index), "last_price": float(c.mark),
        "best_bid_price": float(c.mark), "best_ask_price": float(c.mark), "best_bid_amount": 1000.0,
        "best_ask_amount": 2000.0, "open_interest": 9_000_000.0, "settlement_price": float(c.index),
        "min_price": 1.0, "max_price": 1_000_000.0, "interest_value": 0.0005,
        "stats": {"volume": 1.0, "low": 1.0, "high": 2.0, "price_change": 0.1, "volume_usd": 1.0},
    }  # fmt: skip
    if c.perpetual:
        row["current_funding"] = float(c.rate)
        row["funding_8h"] = _sum(c, world.now_ms - 8 * HOUR_MS, world.now_ms)
    return row


def _spot_name(s: Spot) -> str:
    return f"{s.base}_{s.quote}"


def _spot(s: Spot) -> Row:
    return {
        "tick_size": 0.0001, "taker_commission": 0.0, "maker_commission": 0.0, "quote_currency": s.quote,
        "counter_currency": s.quote, "base_currency": s.base, "price_index": _spot_name(s).lower(),
        "min_trade_amount": 0.0001, "kind": "spot", "is_active": s.active, "instrument_name": _spot_name(s),
        "instrument_type": "linear", "expiration_timestamp": NEVER_MS, "creation_timestamp": 1682055902000,
        "contract_size": 0.0001, "block_trade_commission": 0.0003, "instrument_id": 257470,
    }  # fmt: skip


def _book(world: World, call: Call) -> Row:
    if (call.number("depth") or 5) not in (1, 5, 10, 20, 50, 100, 1000, 10000):
        error = {"message": "Invalid params", "data": {"param": "depth"}, "code": -32602}
        raise WireError(400, {"jsonrpc": "2.0", "error": error, "testnet": False, "usDiff": 36})
    levels = call.number("depth") or 5
    spot = spot_called(world, "deribit", call.text("instrument_name"), _spot_name)
    # coins, and USD on inverse contracts
    sides = spot_book(world, "deribit", spot, levels) if spot else book(_one(world, call), "1", levels)
    bids, asks = ([[float(price), float(size)] for price, size in side] for side in sides)
    head: Row = {"timestamp": world.now_ms, "state": "open"} if spot else _ticker(world, _one(world, call))
    return {**head, "bids": bids, "asks": asks, "change_id": 17538025952}


def _sum(c: Contract, start_ms: int, end_ms: int) -> float:
    return float(sum((Decimal(s.rate) for s in window(c, start_ms + 1, end_ms)), Decimal(0)))


def _history(c: Contract, now_ms: int, call: Call) -> list[Row]:
    rows = window(c, call.number("start_timestamp"), call.number("end_timestamp"))[-MOST_ROWS:]
    return [
        {
            "timestamp": s.time_ms, "index_price": float(s.mark),
            "prev_index_price": float(c.price_at(s.time_ms - HOUR_MS, now_ms)),
            "interest_8h": _sum(c, s.time_ms - 8 * HOUR_MS, s.time_ms), "interest_1h": float(s.rate),
        }
        for s in rows
    ]  # fmt: skip
