"""OKX: instruments, funding rates and their history, mark price candles, open interest."""

from __future__ import annotations

from tests.exchange_server.wire.common import (
    Call,
    Row,
    book,
    candles,
    interests,
    levels,
    spot_book,
    spot_called,
    tick,
    unknown_path,
    window,
)
from tests.exchange_server.world import DAY_MS, HOUR_MS, MINUTE_MS, Contract, Spot, World

BULK = (
    "https://www.okx.com/api/v5/public/instruments?instType=SWAP",
    "https://www.okx.com/api/v5/public/instruments?instType=SPOT",
    "https://www.okx.com/api/v5/public/funding-rate?instId=ANY",
)
#: the history goes back three months and no further
KEPT_MS = 91 * DAY_MS


def answer(world: World, call: Call) -> object:
    match call.path:
        case "/api/v5/public/instruments":
            return _ok(_instruments(world, call.text("instType")))
        case "/api/v5/public/funding-rate":
            return _rates(world, call.text("instId"))
        case "/api/v5/public/funding-rate-history":
            return _history(world, call)
        case "/api/v5/market/history-mark-price-candles" | "/api/v5/market/mark-price-candles":
            return _candles(world, call, world.find("okx", call.text("instId")), "mark")
        case "/api/v5/market/history-index-candles" | "/api/v5/market/index-candles":
            # by the underlying, not the contract
            return _candles(world, call, world.find("okx", f"{call.text('instId')}-SWAP"), "index")
        case "/api/v5/rubik/stat/contracts/open-interest-history":
            return _interest(world, call)
        case "/api/v5/public/premium-history":
            return _premiums(world, call)
        case "/api/v5/public/position-tiers":
            return _tiers(world, call)
        case "/api/v5/public/interest-rate-loan-quota":
            return _ok([_loans(world)])
        case "/api/v5/market/books":
            return _book(world, call)
        case "/api/v5/public/time":
            return _ok([{"ts": str(world.now_ms)}])
    raise unknown_path(call)


def _ok(data: object) -> Row:
    return {"code": "0", "data": data, "msg": ""}


def _unknown() -> Row:
    return {"code": "51001", "data": [], "msg": "Instrument ID doesn't exist."}


def _loans(world: World) -> Row:
    """Quotas of levels by coefficients, but for USDT, whose quotas stand in `config` as they are."""
    lent = world.loans.get("okx", ())
    own = [loan for loan in lent if loan.coin == "USDT"]
    return {
        "basic": [
            {"ccy": loan.coin, "quota": loan.most if loan not in own else "1", "rate": loan.rate} for loan in lent
        ],
        "config": [
            {"ccy": loan.coin, "level": level, "quota": quota, "stgyType": strategy}
            for loan in own
            for level, quota, strategy in (("VIP1", "1", "0"), ("Lv1", "2", "1"), ("Lv1", loan.most, "0"))
        ],
        "configCcyList": [{"ccy": loan.coin, "rate": loan.rate} for loan in own],
        "regular": [
            {"irDiscount": "", "level": "Lv1", "loanQuotaCoef": "1"},
            {"irDiscount": "", "level": "Lv2", "loanQuotaCoef": "2"},
        ],
        "vip": [{"irDiscount": "", "level": "VIP1", "loanQuotaCoef": "6"}],
    }


def _instruments(world: World, kind: str) -> list[Row]:
    if kind == "SPOT":
        return [_spot(s) for s in world.spot.get("okx", ())]
    held = [c for c in world.of("okx") if kind == ("SWAP" if c.perpetual else "FUTURES")]
    return [_instrument(c, kind) for c in held]


def _instrument(c: Contract, kind: str) -> Row:
    return {
        "alias": "" if c.perpetual else "quarter", "baseCcy": "", "category": "1", "ctMult": "1",
        "ctType": "linear" if c.linear else "inverse", "ctVal": c.contract_size,
        "ctValCcy": c.base if c.linear else "USD", "expTime": str(c.expiry_ms or ""),
        "instFamily": f"{c.base}-{c.quote}", "instId": c.id, "instType": kind, "lever": "100",
        "listTime": str(c.listed_ms), "lotSz": "1", "maxLmtSz": "100000000", "maxMktSz": "30000",
        "minSz": "1",
        "optType": "", "quoteCcy": "", "ruleType": "normal", "settleCcy": c.settle,
        "state": "live" if c.active else "suspend", "stk": "", "tickSz": tick(c.mark),
        "uly": f"{c.base}-{c.quote}",
    }  # fmt: skip


def _spot(s: Spot) -> Row:
    return {
        "alias": "", "baseCcy": s.base, "category": "1", "ctMult": "", "ctType": "", "ctVal": "",
        "ctValCcy": "",
        "expTime": "", "instFamily": "", "instId": f"{s.base}-{s.quote}", "instType": "SPOT", "lever": "10",
        "listTime": "1548133413000", "lotSz": "0.00000001", "minSz": "0.00001", "optType": "",
        "quoteCcy": s.quote, "ruleType": "normal", "settleCcy": "",
        "state": "live" if s.active else "suspend",
        "stk": "", "tickSz": "0.1", "uly": "",
    }  # fmt: skip


def _rates(world: World, wanted: str) -> Row:
    if wanted == "ANY":
        return _ok([_rate(c, world.now_ms) for c in world.of("okx") if c.funded])
    c = world.find("okx", wanted)
    return _ok([_rate(c, world.now_ms)]) if c is not None and c.funded else _unknown()


def _rate(c: Contract, now_ms: int) -> Row:
    return {
        "formulaType": "withRate", "fundingRate": c.rate, "fundingTime": str(c.next_ms),
        "impactValue": "20000", "instId": c.id, "instType": "SWAP", "interestRate": c.interest,
        "maxFundingRate": c.cap, "method": "current_period", "minFundingRate": c.floor,
        "nextFundingRate": "", "nextFundingTime": str(c.next_ms + c.interval_ms),
        "premium": c.premium_at(now_ms),
        "settFundingRate": c.history[-1].rate if c.history else "", "settState": "settled", "ts": str(now_ms),
    }  # fmt: skip


def _history(world: World, call: Call) -> Row:
    c = world.find("okx", call.text("instId"))
    if c is None:
        return _unknown()
    # `before` asks for what is newer, `after` for what is older, both without the stamp itself
    newer, older = call.number("before"), call.number("after")
    oldest = world.now_ms - KEPT_MS
    start = oldest if newer is None else max(oldest, newer + 1)
    rows = window(c, start, None if older is None else older - 1)[-call.limit("limit", 400, 400) :]
    return _ok(
        [
            {
                "formulaType": "withRate", "fundingRate": s.rate, "fundingTime": str(s.time_ms),
                "instId": c.id,
                "instType": "SWAP", "method": "current_period", "realizedRate": s.rate,
            }
            for s in reversed(rows)
        ]
    )  # fmt: skip


def _premiums(world: World, call: Call) -> Row:
    c = world.find("okx", call.text("instId"))
    if c is None:
        return _unknown()
    # a sample on each full minute, the newest first
    newer, older = call.number("before") or 0, call.number("after") or world.now_ms + 1
    newest = min(world.now_ms, older - 1) // MINUTE_MS * MINUTE_MS
    stamps = range(newest, max(newer, world.now_ms - KEPT_MS), -MINUTE_MS)[: call.limit("limit", 100, 100)]
    return _ok([{"instId": c.id, "premium": c.premium_at(t), "ts": str(t)} for t in stamps])


def _tiers(world: World, call: Call) -> Row:
    family = call.text("instFamily")
    c = world.find("okx", f"{family}-SWAP")
    if call.text("instType") != "SWAP" or call.text("tdMode") not in ("cross", "isolated") or c is None:
        return {"code": "51000", "data": [], "msg": "Parameter instFamily error"}
    # in contracts
    return _ok(
        [
            {
                "baseMaxLoan": "", "imr": tier.initial, "instFamily": family, "instId": "", "maxLever": tier.leverage,
                "maxSz": end, "minSz": start, "mmr": tier.rate, "optMgnFactor": "0", "quoteMaxLoan": "",
                "tier": str(i), "uly": family,
            }
            for i, (start, end, tier) in enumerate(levels(c, c.contract_size), 1)
        ]
    )  # fmt: skip


def _book(world: World, call: Call) -> Row:
    name = call.text("instId")
    c, spot = world.find("okx", name), spot_called(world, "okx", name, lambda s: f"{s.base}-{s.quote}")
    limit = call.number("sz") or 1
    if limit > 400:
        return {"code": "51000", "data": [], "msg": "Parameter sz error"}
    # price, contracts (spot: coins), a field of old, number of orders
    if spot is not None:
        sides = spot_book(world, "okx", spot, limit)
    elif c is not None:
        sides = book(c, c.contract_size, limit)
    else:
        return _unknown()
    bids, asks = ([[*level, "0", "1"] for level in side] for side in sides)
    return _ok([{"asks": asks, "bids": bids, "ts": str(world.now_ms)}])


def _interest(world: World, call: Call) -> Row:
    c = world.find("okx", call.text("instId"))
    if c is None or call.text("period") != "1H":
        return _unknown()
    # neither end belongs to the window; contracts, coins, USD
    begin, end = call.number("begin"), call.number("end")
    since, until = None if begin is None else begin + 1, None if end is None else end - 1
    rows = interests(c, world.now_ms, since, until, call.limit("limit", 100, 100), newest=True)
    return _ok([[str(r.time_ms), r.contracts(c.contract_size), r.coins, r.money] for r in reversed(rows)])


def _candles(world: World, call: Call, c: Contract | None, kind: str) -> Row:
    if c is None:
        return _unknown()
    newer, older = call.number("before"), call.number("after")
    start, end = None if newer is None else newer + 1, None if older is None else older - 1
    step = call.text("bar", "1m")
    if "history-" not in call.path and step == "1H":  # the newest 1,440 candles alone
        start = max(start or 0, world.now_ms - 1440 * HOUR_MS)
    rows = candles(c, world.now_ms, step, start, end, call.limit("limit", 100, 100), newest=True, kind=kind)
    # the last field says whether the candle is closed
    listed = [[str(k.time_ms), k.open, k.high, k.low, k.close, str(int(k.end_ms < world.now_ms))] for k in rows]
    return _ok(listed[::-1])
