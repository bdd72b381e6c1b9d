"""fundcli cost: what does holding this position cost?"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from fundcli.commands import capital_options, options, values
from fundcli.commands.shared import Shared
from fundcli.commands.sources import Source, find_hold, find_rate, hold_times, one_of
from fundcli.core import cost as core
from fundcli.core.position import Position, open_position
from fundcli.core.units import from_ms, to_ms
from fundcli.errors import UsageError
from fundcli.profiles import Profile
from fundcli.profiles.contracts import contract_value
from fundcli.profiles.fees import fee_rate
from fundcli.render.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fundcli.render.answer import Table

CONTENT = core.CostResult
IS_LIST = False
SIGN = "money the holder pays"
Side = Annotated[
    str | None,
    typer.Option(
        "--side", metavar="SIDE", parser=values.choice("--side", ("long", "short")), help="long or short (long)."
    ),
]
Settled = Annotated[
    bool, typer.Option("--settled", help="With --open and --close: what was really paid at each settlement.")
]
Fees = Annotated[
    str | None,
    typer.Option("--fees", metavar="ROLE", parser=values.choice("--fees", ("taker", "maker", "none")),
                 help="taker, maker or none, to open and to close (taker)."),
]  # fmt: skip
Compare = Annotated[
    values.Decimals | None,
    typer.Option(
        "--compare",
        metavar="RATES",
        parser=values.rates("--compare"),
        help="Also at these rates, like 0.01%,0.1%,-0.05%.",
    ),
]
Leverages = Annotated[
    values.Decimals | None,
    typer.Option(
        "--leverages",
        metavar="LIST",
        parser=values.positives("--leverages"),
        help="Also at these leverages, like 1,3,5,10.",
    ),
]


def run(
    shared: Shared,
    exchange: options.Exchange = None,
    symbol: options.Symbol = None,
    side: Side = None,
    leverage: options.Leverage = None,
    notional: options.Notional = None,
    size: capital_options.Size = None,
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
    perp_fee: options.PerpFee = None,
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
        raise UsageError(
            "--settled: --close lies in the future", "What has not settled has no rate yet; drop --settled."
        )
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
        contract_value=contract_value(profile, source.symbol),
    )
    market_name = "inverse" if position.inverse else "perp"
    fee_open, fee_close = (
        (perp_fee[0], perp_fee[-1])
        if perp_fee
        else [fee_rate(profile, market_name, fees or "taker", tier, discount)] * 2
    )
    held = find_hold(profile, source, hold, times)
    _warn_about_leverage(profile, position, source)
    result = core.cost(position, source.used, held, fee_open, fee_close)
    if compare or leverages:
        grid = core.scenarios(
            position, source.used, held, fee_open, fee_close,
            compare or (source.used.rate,), leverages or (position.leverage,),
        )  # fmt: skip
        result = core.with_scenarios(result, grid)
    inputs = {
        "exchange": profile.id, "symbol": source.symbol, "side": position.side, "leverage": position.leverage,
        "notional": None if size else notional or options.DEFAULT_NOTIONAL, "size": size, "price": entry,
        "rate": rate, "interval_hours": interval, "live": live, "history_hours": history, "settled": settled,
        "hold_hours": held.hours, "open": times and from_ms(times[0]), "close": times and from_ms(times[1]),
        "fees": fees or "taker", "tier": tier or profile.fees.base_tier, "discount": discount,
    }  # fmt: skip
    return Answer(
        command="cost", as_of=shared.env.now(), inputs=inputs, content=result, content_type=CONTENT, sign=SIGN,
        tables=partial(_tables, result), warnings=source.warnings, unreported=source.unreported,
    )  # fmt: skip


def _entry_price(source: Source, times: tuple[int, int] | None) -> Decimal | None:
    """The mark price now, or at the first settlement crossed."""
    if source.live is not None:
        return source.live.mark_price or source.live.index_price
    if source.past is None or times is None:
        return None
    crossed = [t for t in sorted(source.past.prices) if times[0] < t <= times[1]]
    return source.past.prices[crossed[0]] if crossed else None


def _warn_about_leverage(profile: Profile, position: Position, source: Source) -> None:
    if profile.margin is None or profile.margin.symbol != position.symbol:
        return
    most = max(tier.max_leverage for tier in profile.margin.tiers)
    if position.leverage > most:
        said = profile.margin.source
        source.warnings.append(f"{profile.id} offers at most {most}x on {position.symbol} ({said.what}, {said.date})")


def _tables(result: core.CostResult) -> Sequence[Table]:
    from fundcli.commands.cost_view import tables

    return tables(result)
