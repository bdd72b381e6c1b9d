"""Paradex v1: markets, their summary, order books, and funding observations that are no payments."""

from __future__ import annotations

from tests.exchange_server.wire.common import Call, Row, WireError, book, candles, tick, unknown_path
from tests.exchange_server.world import Contract, World

BULK = (
    "https://api.prod.paradex.trade/v1/markets",
    "https://api.prod.paradex.trade/v1/markets/summary?market=ALL",
)
#: an option stands beside the perpetuals in both lists
OPTION = "BTC-USD-96000-C"


def answer(world: World, call: Call) -> object:
    held = world.of("paradex")
    match call.path:
        case "/v1/markets":
            return {"results": [*(_market(c) for c in held), _option(held[0])]}
        case "/v1/markets/summary":
            wanted = call.text("market")
            rows = [*(_summary(c, world.now_ms) for c in held), {**_summary(held[0], world.now_ms), **_unfunded()}]
            return {"results": [row for row in rows if wanted in ("ALL", row["symbol"])]}
        case path if path.startswith("/v1/orderbook/"):
            c = world.find("paradex", path.rsplit("/", 1)[-1])
            if c is None:
                raise WireError(400, {"error": "VALIDATION_ERROR", "message": "market does not exist", "data": None})
            bids, asks = book(c, "1", call.limit("depth", 20, 100))
            return {"market": c.id, "seq_no": 14115975, "last_updated_at": world.now_ms, "asks": asks, "bids": bids}
        case "/v1/markets/klines" if call.text("price_kind") == "mark":
            c = world.find("paradex", call.text("symbol"))
            if c is None:
                raise WireError(400, {"error": "VALIDATION_ERROR", "message": "market does not exist", "data": None})
            return {"results": _klines(c, world.now_ms, call)}
        case "/v1/funding/data":
            c = world.find("paradex", call.text("market"))
            if c is None:
                raise WireError(400, {"error": "VALIDATION_ERROR", "message": "market does not exist", "data": None})
            return _observations(c, world.now_ms, call)
    raise unknown_path(call)


def _klines(c: Contract, now_ms: int, call: Call) -> list[list[object]]:
    start, end = call.number("start_at"), call.number("end_at")
    rows = candles(c, now_ms, call.text("resolution"), start, end, 1000)
    return [[k.time_ms, float(k.open), float(k.high), float(k.low), float(k.close), 0] for k in rows]


def _unfunded() -> Row:
    return {"symbol": OPTION, "funding_rate": "", "mark_iv": "0.53"}


def _market(c: Contract) -> Row:
    return {
        "symbol": c.id, "base_currency": c.base, "quote_currency": c.quote, "settlement_currency": c.settle,
        "order_size_increment": "0.001", "price_tick_size": tick(c.mark), "min_notional": "10",
        "open_at": c.listed_ms, "expiry_at": 0, "asset_kind": "PERP", "market_kind": "cross",
        "position_limit": "2000000", "price_bands_width": "0.05", "max_open_orders": 150,
        "max_funding_rate": c.cap, "price_feed_id": "9LScEHse1ioZt2rUuhwiN6bmYnqpMqvZkQJDNUpxVHN5",
        "oracle_ewma_factor": "0.2", "max_order_size": "520000", "max_funding_rate_change": "0.0005",
        "max_tob_spread": "0.2", "interest_rate": c.interest, "clamp_rate": "0.0005",
        "funding_period_hours": c.interval_hours, "funding_multiplier": "1", "tags": [],
        "delta1_cross_margin_params":
            {"imf_base": "0.02", "imf_shift": "0", "imf_factor": "0.0005", "mmf_factor": "0.5"},
    }  # fmt: skip


def _option(c: Contract) -> Row:
    return {
        **_market(c), "symbol": OPTION, "asset_kind": "PERP_OPTION", "option_type": "CALL", "strike_price": "96000",
        "funding_period_hours": 24, "iv_bands_width": "0.05",
    }  # fmt: skip


def _summary(c: Contract, now_ms: int) -> Row:
    return {
        "symbol": c.id, "oracle_price": c.index, "mark_price": c.mark, "last_traded_price": c.mark, "bid": c.mark,
        "ask": c.mark, "volume_24h": "5815541.397939004", "total_volume": "584031465.525259686",
        "created_at": now_ms, "underlying_price": c.index, "open_interest": "162.272", "funding_rate": c.rate,
        "price_change_rate_24h": "0.009032", "future_funding_rate": "", "mark_iv": "", "delta": "1",
    }  # fmt: skip


def _observations(c: Contract, now_ms: int, call: Call) -> Row:
    """One every five seconds, newest first: each the rate of a whole period."""
    end = min(now_ms, call.number("end_at") or now_ms)
    size = call.limit("page_size", 100, 5000)
    rows = [
        {
            "market": c.id, "funding_index": "20511.93608234044552", "funding_premium": "-6.04646651485986656",
            "funding_rate": c.rate, "funding_rate_8h": "", "funding_period_hours": c.interval_hours,
            "created_at": end - i * 5_000,
        }
        for i in range(size)
    ]  # fmt: skip
    return {"next": "eyJmaWx0ZXIi", "prev": None, "results": rows}
