"""Bitfinex v2: derivatives, their status and its history, order books; rows without names."""

from __future__ import annotations

from tests.exchange_server.wire.common import Call, WireError, book, spot_book, spot_called, unknown_path
from tests.exchange_server.world import HOUR_MS, MINUTE_MS, Contract, Loan, Spot, World

BULK = (
    "https://api-pub.bitfinex.com/v2/conf/pub:info:pair:futures",
    "https://api-pub.bitfinex.com/v2/status/deriv?keys=ALL",
)
PERIOD_MS = 8 * HOUR_MS
#: a status of the past is kept every 20 minutes, some seconds after the minute
STEP_MS = 20 * MINUTE_MS
SHIFT_MS = 7_000
Fields = list[object]


def answer(world: World, call: Call) -> object:
    match call.path.strip("/").split("/"):
        case ["v2", "conf", asked]:
            return [_listed(world, label) for label in asked.split(",")]
        case ["v2", "book", symbol, "P0"]:
            c, spot = world.find("bitfinex", symbol), spot_called(world, "bitfinex", symbol, lambda s: f"t{_pair(s)}")
            both = None
            most = int(call.text("len", "25"))
            if spot is not None:
                both = spot_book(world, "bitfinex", spot, most)
            elif c is not None:
                both = book(c, "1", most)
            if both is None or most not in (1, 25, 100, 250):
                raise WireError(500, ["error", 10020, "symbol: invalid"])
            # price, orders, amount: below zero on the side of the asks
            sides = zip(both, (1, -1), strict=True)
            return [[float(p), 3, sign * float(size)] for side, sign in sides for p, size in side]
        case ["v2", "tickers"]:
            wanted = call.text("symbols").split(",")
            lent = world.loans.get("bitfinex", ())
            named = [("f" + {"USDT": "UST"}.get(loan.coin, loan.coin), loan) for loan in lent]
            return [_funding_ticker(name, loan) for name, loan in named if name in wanted]
        case ["v2", "status", "deriv"]:
            keys = call.text("keys")
            chosen = [c for c in world.of("bitfinex") if keys == "ALL" or c.id in keys.split(",")]
            return [[c.id, *_status(c, world.now_ms, c.next_ms, c.rate, c.mark)] for c in chosen]
        case ["v2", "status", "deriv", symbol, "hist"]:
            c = world.find("bitfinex", symbol)
            if c is None:
                raise WireError(500, ["error", 10020, "key: invalid"])
            return _history(c, world.now_ms, call)
    raise unknown_path(call)


def _listed(world: World, label: str) -> list[Fields]:
    empty: Fields = [None, None, None, "0.00006", "2000.0", None, None, None, 0.2, 0.1]
    if label == "pub:info:pair":
        return [[_pair(s), empty] for s in world.spot.get("bitfinex", ())]
    if label == "pub:info:pair:futures":
        return [[c.id.removeprefix("t"), empty] for c in world.of("bitfinex")]
    return []


def _funding_ticker(name: str, loan: Loan) -> Fields:
    """Flash return rate, bid and ask with their days and sizes, change, last, volume, high, low, amount on offer."""
    return [
        name, float(loan.rate), 0.0003013, 120, 28731155.02, 0.000149, 2, 5996865.89, 0.00003788, 0.1474, 0.00029488,
        263021222.26, 0.00037104, 0.00007945, None, None, float(loan.most),
    ]  # fmt: skip


def _pair(s: Spot) -> str:
    # dollar coins have names of three letters; a longer name stands before a colon
    quote = {"USDT": "UST", "USDC": "UDC"}.get(s.quote, s.quote)
    return f"{s.base}{quote}" if len(s.base) == 3 else f"{s.base}:{quote}"


def _status(c: Contract, at_ms: int, event_ms: int, rate: str, mark: str) -> Fields:
    """Without the key, as the history has it."""
    step = (at_ms - (event_ms - PERIOD_MS)) // 3_000
    deriv_mid, spot_mid = float(mark) * (1 + float(c.premium_at(at_ms))), float(mark) * 0.9991
    return [
        at_ms, None, deriv_mid, spot_mid, None, 36950860.76, None, event_ms, step * 6.4e-08, step, None,
        float(rate), None, None, float(mark), None, None, 9636.07, None, None, None, 0.0005, float(c.cap),
    ]  # fmt: skip


def _history(c: Contract, now_ms: int, call: Call) -> list[Fields]:
    end = min(now_ms, call.number("end") or now_ms)
    oldest = max(call.number("start") or 0, c.history[0].time_ms - PERIOD_MS) if c.history else now_ms
    paid = {s.time_ms: s for s in c.history}
    rows: list[Fields] = []
    at = (end - SHIFT_MS) // STEP_MS * STEP_MS + SHIFT_MS
    most = call.limit("limit", 125, 5000)
    while at >= oldest and len(rows) < most:
        event = (at // PERIOD_MS + 1) * PERIOD_MS
        rate = paid[event].rate if event in paid else c.rate
        coins, _ = c.interest_at(at // HOUR_MS * HOUR_MS, now_ms)
        rows.append(_status(c, at, event, rate, c.price_at(at, now_ms)))
        rows[-1][17] = float(coins)
        at -= STEP_MS
    return rows if call.text("sort", "-1") == "-1" else rows[::-1]
