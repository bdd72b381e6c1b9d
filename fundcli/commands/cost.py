"""fundcli cost: what does holding this position cost?"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

import typer

from fundcli.commands import options, values
from fundcli.commands.cost_view import tables
from fundcli.commands.shared import Shared
from fundcli.commands.sources import Source, find_rate, hold_times, one_of
from fundcli.core import cost as core
from fundcli.core.numbers import exact
from fundcli.core.position import Position, is_inverse, open_position, payment
from fundcli.core.schedule import Count, Grid, accrued_parts, count_for_hold, count_for_times, instants_around
from fundcli.core.units import from_ms, to_ms
from fundcli.errors import UsageError
from fundcli.profiles import Profile
from fundcli.profiles.fees import fee_rate
from fundcli.render.answer import Answer

CONTENT = core.CostResult
IS_LIST = False
SIGN = "money the holder pays"
Side = Annotated[
    str | None, typer.Option("--side", metavar="SIDE", parser=values.choice("--side", ("long", "short")), help="long or short (long).")
]
Size = Annotated[
    Decimal | None,
    typer.Option("--size", metavar="COINS", parser=values.positive("--size"), help="Position in coin; inverse: contracts."),
]
Settled = Annotated[bool, typer.Option("--settled", help="With --open and --close: what was really paid at each settlement.")]
Fees = Annotated[
    str | None,
    typer.Option("--fees", metavar="ROLE", parser=values.choice("--fees", ("taker", "maker", "none")),
                 help="taker, maker or none, to open and to close (taker)."),
]  # fmt: skip
PerpFee = Annotated[
    values.Decimals | None,
    typer.Option("--perp-fee", metavar="FEE", parser=values.fees("--perp-fee", (1, 2)), help="Fee of a fill, or open,close."),
]
Compare = Annotated[
    values.Decimals | None,
    typer.Option("--compare", metavar="RATES", parser=values.rates("--compare"), help="Also at these rates, like 0.01%,0.1%,-0.05%."),
]
Leverages = Annotated[
    values.Decimals | None,
    typer.Option("--leverages", metavar="LIST", parser=values.positives("--leverages"), help="Also at these leverages, like 1,3,5,10."),
]


def run(
    shared: Shared,
    exchange: options.Exchange = None,
    symbol: options.Symbol = None,
    side: Side = None,
    leverage: options.Leverage = None,
    notional: options.Notional = None,
    size: Size = None,
    price: options.Price = None,
    rate: options.Rate = None,
    interval: options.Interval = None,
    live: options.Live = False,
    history: options.History = None,
    settled: Settled = False,
    hold: options.Hold = None,
    open_: options.Open = None,
    close: options.Close = None,
    fees: Fees = None,
    perp_fee: PerpFee = None,
    tier: options.Tier = None,
    discount: options.Discount = None,
    compare: Compare = None,
    leverages: Leverages = None,
) -> Answer:
    """What does holding this position cost? Positive is money the holder pays.

    Without options: the default profile's baseline rate, offline.

    \b
    fundcli cost --leverage 5
    fundcli cost --size 10 --price 10000 --rate 0.01% --hold 8h
    fundcli cost --symbol ETH --live --side short
    fundcli cost --symbol BTC --size 1 --open 2026-01-05 --close 2026-01-07 --settled
    """
    one_of(rate=rate, live=live, history=history, settled=settled)
    if size is not None and notional is not None:
        raise UsageError("--size and --notional both give the position", "Give one of them.")
    times = hold_times(hold, open_, close)
    if settled and times is None:
        raise UsageError("--settled asks what was paid between two times", "Add --open and --close.")
    if settled and times and times[1] > to_ms(shared.env.now()):
        raise UsageError("--settled: --close lies in the future", "What has not settled has no rate yet; drop --settled.")
    profile = shared.profile(exchange)
    between = (from_ms(times[0]), from_ms(times[1])) if settled and times else None
    source = find_rate(shared, profile, symbol, rate, interval, live, history, between)
    entry = price or _entry_price(source, times)
    position = open_position(
        exchange=profile.id,
        symbol=source.symbol,
        side="short" if side == "short" else "long",
        leverage=leverage or Decimal(1),
        notional=notional or options.DEFAULT_NOTIONAL,
        size=size,
        price=entry,
        contract_value=_contract_value(profile, source.symbol),
    )
    market_name = "inverse" if position.inverse else "perp"
    fee_open, fee_close = (
        (perp_fee[0], perp_fee[-1]) if perp_fee else [fee_rate(profile, market_name, fees or "taker", tier, discount)] * 2
    )
    hold_hours, count, schedule = _crossed(profile, position, source, hold, times, settled)
    _warn_about_leverage(profile, position, source)
    result = core.cost(position, source.used, count, hold_hours, fee_open, fee_close, schedule)
    if compare or leverages:
        grid = core.scenarios(
            position, source.used, count, hold_hours, fee_open, fee_close,
            compare or (source.used.rate,), leverages or (position.leverage,),
        )  # fmt: skip
        result = core.with_scenarios(result, grid)
    inputs = {
        "exchange": profile.id, "symbol": source.symbol, "side": position.side, "leverage": position.leverage,
        "notional": None if size else notional or options.DEFAULT_NOTIONAL, "size": size, "price": entry,
        "rate": rate, "interval_hours": interval, "live": live, "history_hours": history, "settled": settled,
        "hold_hours": hold_hours, "open": times and from_ms(times[0]), "close": times and from_ms(times[1]),
        "fees": fees or "taker", "tier": tier or profile.fees.base_tier, "discount": discount,
    }  # fmt: skip
    return Answer(
        command="cost", as_of=shared.env.now(), inputs=inputs, content=result, content_type=CONTENT, sign=SIGN,
        tables=tables(result), warnings=source.warnings, unreported=source.unreported,
    )  # fmt: skip


def _entry_price(source: Source, times: tuple[int, int] | None) -> Decimal | None:
    """The mark price now, or at the first settlement crossed."""
    if source.live is not None:
        return source.live.mark_price or source.live.index_price
    if source.past is None or times is None:
        return None
    crossed = [t for t in sorted(source.past.prices) if times[0] < t <= times[1]]
    return source.past.prices[crossed[0]] if crossed else None


def _contract_value(profile: Profile, symbol: str) -> Decimal | None:
    if not is_inverse(symbol):
        return None
    by_coin = profile.contracts.inverse_value
    found = by_coin.get(symbol.partition("/")[0]) or by_coin.get("default")
    return None if found is None else Decimal(found)


@exact
def _crossed(
    profile: Profile, position: Position, source: Source, hold: Decimal | None, times: tuple[int, int] | None, settled: bool
) -> tuple[Decimal, Count, list[core.Payment] | None]:
    """How long it is held, how many settlements that crosses, and each of them where the times are known."""
    used, funding = source.used, profile.funding
    continuous = funding.accrual == "continuous"
    if times is None:
        hours = hold or options.DEFAULT_HOLD_HOURS
        return hours, count_for_hold(hours, used.interval_hours, continuous), None
    opened, closed = times
    hours = Decimal(closed - opened) / 3_600_000
    grid = Grid.of(used.interval_hours, funding.settlement_hours_utc)
    rates: dict[int, Decimal] = {}
    prices: dict[int, Decimal] = {}
    if settled and source.past is not None:
        rates = {row.time_ms: row.rate for row in source.past.settled}
        prices = source.past.prices
    if continuous:
        parts = accrued_parts(grid, opened, closed)
        schedule = [
            _payment(source, position, end, rates.get(grid.first_after(end - 1), None if settled else used.rate), prices, share)
            for end, share in parts
        ]
        paid = [p for p in schedule if p is not None]
        expected = sum((share for _, share in parts), Decimal(0))
        return hours, Count(expected, expected, expected), paid
    window_ms = (funding.window_seconds or 0) * 1000
    instants = sorted(rates) if settled else instants_around(grid, opened, closed, window_ms)
    count, crossed, doubtful = count_for_times(instants, opened, closed, window_ms)
    for instant in doubtful:
        source.warnings.append(
            f"an end of the hold lies within {funding.window_seconds} s of the settlement of {from_ms(instant):%Y-%m-%dT%H:%M:%SZ}: "
            "the exchange may or may not charge it"
        )
    payments = [_payment(source, position, t, rates.get(t, used.rate), prices, Decimal(1)) for t in crossed]
    return hours, count, [p for p in payments if p is not None]


def _payment(
    source: Source, position: Position, at_ms: int, rate: Decimal | None, prices: dict[int, Decimal], share: Decimal
) -> core.Payment | None:
    if rate is None:
        source.warnings.append(f"no settled rate is known for {from_ms(at_ms):%Y-%m-%dT%H:%MZ}; it is left out")
        return None
    price = prices.get(at_ms)
    if price is None and source.past is not None and source.used.kind == "mean" and prices is source.past.prices:
        text = "settlement prices are not published for part of the hold: those payments are on the notional at entry"
        if text not in source.warnings:
            source.warnings.append(text)
            source.unreported.append("prices of some settlements are not published")
    return core.Payment(from_ms(at_ms), rate, price, payment(position, rate * share, price))


def _warn_about_leverage(profile: Profile, position: Position, source: Source) -> None:
    if profile.margin is None or profile.margin.symbol != position.symbol:
        return
    most = max(tier.max_leverage for tier in profile.margin.tiers)
    if position.leverage > most:
        source.warnings.append(
            f"{profile.id} offers at most {most}x on {position.symbol} ({profile.margin.source.what}, {profile.margin.source.date})"
        )


