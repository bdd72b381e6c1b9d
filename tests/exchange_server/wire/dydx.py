"""dYdX v4: the indexer's perpetual markets with their rates, order books, historical funding."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from tests.exchange_server.wire.common import Call, Row, WireError, book, iso, tick, unknown_path, window
from tests.exchange_server.world import Contract, World

BULK = ("https://indexer.dydx.trade/v4/perpetualMarkets",)
MOST_ROWS = 100


def answer(world: World, call: Call) -> object:
    match call.path.strip("/").split("/"):
        case ["v4", "perpetualMarkets"]:
            return {"markets": {c.id: _market(c, i) for i, c in enumerate(world.of("dydx"))}}
        case ["v4", "historicalFunding", ticker]:
            return _history(world, ticker, call)
        case ["v4", "orderbooks", "perpetualMarket", ticker]:
            c = world.find("dydx", ticker)
            if c is None:
                raise _wrong("ticker", "ticker must be a valid ticker (BTC-USD, etc)")
            names = zip(("bids", "asks"), book(c, "1", 100), strict=True)
            return {name: [{"price": price, "size": size} for price, size in side] for name, side in names}
        case ["v4", "time"]:
            return {"iso": iso(world.now_ms), "epoch": world.now_ms / 1000}
    raise unknown_path(call)


def _wrong(param: str, text: str) -> WireError:
    return WireError(400, {"errors": [{"msg": text, "param": param, "location": "query"}]})


def _market(c: Contract, number: int) -> Row:
    return {
        "clobPairId": str(number), "ticker": c.id, "status": "ACTIVE" if c.active else "FINAL_SETTLEMENT",
        "oraclePrice": c.index, "priceChange24H": "-12.5", "volume24H": "1292729.3605", "trades24H": 9387,
        "nextFundingRate": c.rate, "initialMarginFraction": "0.02", "maintenanceMarginFraction": "0.012",
        "openInterest": "52.0691", "atomicResolution": -10, "quantumConversionExponent": -9,
        "tickSize": tick(c.index), "stepSize": "0.0001", "stepBaseQuantums": 1000000, "subticksPerTick": 100000,
        "marketType": "CROSS", "openInterestLowerCap": "0", "openInterestUpperCap": "0",
        "baseOpenInterest": "50.3776", "defaultFundingRate1H": f"{Decimal(c.interest) / 8:f}",
    }  # fmt: skip


def _history(world: World, ticker: str, call: Call) -> Row:
    c = world.find("dydx", ticker)
    if c is None:
        raise _wrong("ticker", "ticker must be a valid ticker (BTC-USD, etc)")
    limit = call.number("limit")
    if limit is not None and not 0 < limit <= MOST_ROWS:
        raise _wrong("limit", f"limit must be a positive integer that is not greater than max: {MOST_ROWS}")
    before = call.text("effectiveBeforeOrAt")
    end = int(datetime.fromisoformat(before).timestamp() * 1000) if before else None
    rows = window(c, None, end)[-(limit or MOST_ROWS) :]
    return {
        "historicalFunding": [
            {
                "ticker": c.id, "rate": s.rate, "price": s.mark, "effectiveAt": iso(s.time_ms),
                "effectiveAtHeight": str(44_865_196 + s.time_ms // 1100 % 10_000_000),
            }
            for s in reversed(rows)
        ]
    }  # fmt: skip
