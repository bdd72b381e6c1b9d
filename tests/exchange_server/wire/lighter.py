"""Lighter v1: market list, rates of several exchanges for 8 hours, order books, hourly fundings in unsigned percent."""

from __future__ import annotations

from decimal import Decimal

from tests.exchange_server.wire.common import Call, Row, WireError, book, spot_book, spot_called, unknown_path, window
from tests.exchange_server.world import Contract, Settlement, Spot, World

BULK = (
    "https://mainnet.zklighter.elliot.ai/api/v1/orderBookDetails",
    "https://mainnet.zklighter.elliot.ai/api/v1/funding-rates",
)
MOST_ROWS = 750
#: spot markets have numbers from here on
SPOT_BEGINS = 2048


def answer(world: World, call: Call) -> object:
    held = world.of("lighter")
    match call.path:
        case "/api/v1/orderBookDetails":
            spot = [_spot(s, i) for i, s in enumerate(world.spot.get("lighter", ()))]
            return _ok(order_book_details=[_details(c) for c in held], spot_order_book_details=spot)
        case "/api/v1/funding-rates":
            return _ok(funding_rates=[row for c in held if c.funded for row in _rates(c)])
        case "/api/v1/orderBookOrders":
            number, limit = call.text("market_id"), call.number("limit") or 0
            if not 1 <= limit <= 250:
                raise WireError(400, {"code": 20001, "message": "invalid param"})
            bids, asks = (_orders(side) for side in _book(world, number, limit))
            return _ok(total_asks=len(asks), asks=asks, total_bids=len(bids), bids=bids)
        case "/api/v1/fundings":
            c = world.find("lighter", call.text("market_id"))
            if c is None:
                raise WireError(400, {"code": 20001, "message": "invalid param : market not found"})
            return _ok(resolution="1h", fundings=_fundings(c, call))
    raise unknown_path(call)


def _ok(**content: object) -> Row:
    return {"code": 200, **content}


def _details(c: Contract) -> Row:
    return {
        "symbol": c.base, "market_id": int(c.id), "market_type": "perp", "base_asset_id": 0, "quote_asset_id": 0,
        "status": "active" if c.active else "inactive", "taker_fee": "0.0000", "maker_fee": "0.0000",
        "liquidation_fee": "1.0000", "min_base_amount": "0.0050", "min_quote_amount": "10.000000",
        "supported_size_decimals": 4, "supported_price_decimals": 2, "supported_quote_decimals": 6,
        "size_decimals": 4, "price_decimals": 2, "quote_multiplier": 1, "default_initial_margin_fraction": 500,
        "min_initial_margin_fraction": 200, "maintenance_margin_fraction": 120, "closeout_margin_fraction": 80,
        "last_trade_price": float(c.mark), "daily_trades_count": 68, "daily_base_token_volume": 235.25,
        "daily_quote_token_volume": 93566.25, "daily_price_low": 1.0, "daily_price_high": 2.0,
        "daily_price_change": 0.12, "open_interest": 93.0, "daily_chart": {}, "strategy_index": 0,
        "mark_price": c.mark, "index_price": c.index, "funding_premium_multiplier": 100,
        "funding_clamp_small": "0.0500", "funding_clamp_big": f"{Decimal(c.cap) * 800:f}",
        "base_interest_rate": f"{Decimal(c.interest) * 100:f}",
    }  # fmt: skip


def _spot(s: Spot, number: int) -> Row:
    return {
        "symbol": f"{s.base}/{s.quote}", "market_id": SPOT_BEGINS + number, "market_type": "spot", "base_asset_id": 1,
        "quote_asset_id": 3, "status": "active" if s.active else "inactive", "taker_fee": "0.0000",
        "maker_fee": "0.0000", "min_base_amount": "0.0001", "min_quote_amount": "0.000001",
        "size_decimals": 4, "price_decimals": 2, "last_trade_price": 2731.79, "daily_chart": {},
    }  # fmt: skip


def _rates(c: Contract) -> list[Row]:
    """Those of other exchanges stand first, as they do at times on the wire."""
    own = float(Decimal(c.rate) * 8)
    others = [("binance", 0.0031), ("bybit", -0.0031), ("hyperliquid", 0.0007)]
    rows: list[Row] = [
        {"market_id": int(c.id), "exchange": name, "symbol": c.base, "rate": rate} for name, rate in others
    ]
    return [*rows, {"market_id": int(c.id), "exchange": "lighter", "symbol": c.base, "rate": own}]


def _book(world: World, number: str, limit: int) -> tuple[list[list[str]], list[list[str]]]:
    spots = world.spot.get("lighter", ())
    spot = spot_called(world, "lighter", number, lambda s: str(SPOT_BEGINS + spots.index(s)))
    c = world.find("lighter", number)
    if spot is not None:
        return spot_book(world, "lighter", spot, limit)
    if c is not None:
        return book(c, "1", limit)
    raise WireError(400, {"code": 20001, "message": "invalid param"})


def _orders(side: list[list[str]]) -> list[Row]:
    return [
        {
            "order_index": 281475565888172 + i, "order_id": str(281475565888172 + i), "owner_account_index": 134436,
            "initial_base_amount": size, "remaining_base_amount": size, "price": price,
            "order_expiry": 1765419046808,
        }
        for i, (price, size) in enumerate(side)
    ]  # fmt: skip


def _fundings(c: Contract, call: Call) -> list[Row]:
    start, end = call.number("start_timestamp") or 0, call.number("end_timestamp") or 0
    if call.text("resolution") not in ("1h", "1d") or call.number("count_back") is None:
        raise WireError(400, {"code": 20001, "message": "invalid param"})
    return [_funding(s) for s in window(c, start * 1000, end * 1000)[-MOST_ROWS:]]


def _funding(s: Settlement) -> Row:
    rate = Decimal(s.rate)
    return {
        "timestamp": s.time_ms // 1000, "value": f"{abs(rate) * Decimal(s.mark):.6f}", "rate": f"{abs(rate) * 100:f}",
        "direction": "short" if rate < 0 else "long",
    }  # fmt: skip
