"""fundcli predict: the rate of the next settlement, from the premium so far and an assumption about the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from fundcli.commands import formula_options as formula
from fundcli.commands import options, values
from fundcli.commands.shared import Shared
from fundcli.core.predict import Predicted
from fundcli.core.symbols import unified
from fundcli.errors import UsageError
from fundcli.market.explaining import idle
from fundcli.market.predicting import Assumed, Clock, clock_of, known_of_average, known_of_samples, prediction
from fundcli.market.subject import subject
from fundcli.profiles.rules import Given
from fundcli.render.answer import Answer, Table

CONTENT = Predicted
IS_LIST = False
SIGN = "long pays short"
Last = Annotated[
    Decimal | None,
    typer.Option("--last-premium", metavar="SHARE", parser=values.signed_share("--last-premium"),
                 help="The newest premium, from which the rest goes on (the average)."),
]  # fmt: skip
Assume = Annotated[
    str | None,
    typer.Option("--assume", metavar="WHAT", parser=values.choice("--assume", ("holds", "decays", "range")),
                 help="Of the rest: the premium holds, decays to a mean, or stays in a range (holds)."),
]  # fmt: skip
Mean = Annotated[
    Decimal | None,
    typer.Option("--mean", metavar="SHARE", parser=values.signed_share("--mean"),
                 help="What it decays to (the interval's average so far)."),
]  # fmt: skip
HalfLife = Annotated[
    Decimal | None,
    typer.Option("--half-life", metavar="SPAN", parser=values.span("--half-life"),
                 help="In what time it halves its distance to the mean (1h)."),
]  # fmt: skip
Range = Annotated[
    values.Decimals | None,
    typer.Option("--range", metavar="LO..HI", parser=values.share_range("--range"),
                 help="Bounds of the premium of the rest (lowest and highest so far)."),
]  # fmt: skip
At = Annotated[
    datetime | None,
    typer.Option("--at", metavar="TIME", parser=values.time("--at"), help="The moment to predict from, UTC (now)."),
]
Live = Annotated[bool, typer.Option("--live", help="The premium so far from the exchange.")]


def run(
    shared: Shared,
    exchange: options.Exchange = None,
    symbol: options.Symbol = None,
    live: Live = False,
    premium: formula.Premium = None,
    premium_samples: formula.Samples = None,
    last_premium: Last = None,
    assume: Assume = None,
    mean: Mean = None,
    half_life: HalfLife = None,
    range_: Range = None,
    interval: options.Interval = None,
    interest: formula.Interest = None,
    band: formula.Band = None,
    cap: formula.Cap = None,
    floor: formula.Floor = None,
    divisor: formula.Divisor = None,
    at: At = None,
    averaging: formula.Averaging = None,
) -> Answer:
    """The rate at the next settlement, with the least and greatest it can still be. Positive: long pays short.

    Exchanges average the premium over the interval, most with weights that grow: half-way only a quarter is fixed.

    \b
    fundcli predict -e binance --live
    fundcli predict -e bybit --symbol ETH --live --assume decays --half-life 30min
    fundcli predict -e okx --premium 0.08% --at 2026-11-22T05:00Z --range -0.1%..0.3%
    """
    sources = {"--live": live, "--premium": premium is not None, "--premium-samples": premium_samples is not None}
    named = [name for name, given in sources.items() if given]
    if len(named) != 1:
        what = " and ".join(named) + " are different sources" if named else "a prediction needs the premium so far"
        raise UsageError(what, "Give one of --live, --premium and --premium-samples.")
    _belong(assume, mean, half_life, last_premium, premium, live, at, interval)
    profile = shared.profile(exchange)
    now = shared.env.now()
    name = unified(symbol, profile.contracts.main)
    given = Given(interest=interest, band=band, divisor=divisor, cap=cap, floor=floor)
    warnings: list[str] = []
    unreported: list[str] = []
    published = None
    if live:
        from fundcli.market.explain_live import live_subject
        from fundcli.market.predicting import known_of_live

        found = live_subject(
            profile, symbol or profile.contracts.main, given, shared.network, now, shared.strict, shared.progress
        )
        about = found.subject
        clock = clock_of(about, now)
        if found.measured.since_ms is not None:
            step = clock.ends_ms - clock.began_ms
            clock = Clock(began_ms=found.measured.since_ms, now_ms=clock.now_ms, ends_ms=found.measured.since_ms + step)
        known = known_of_live(found, clock)
        published = found.published.rate
        warnings, unreported = found.warnings, found.unreported
    else:
        about = subject(profile, name, at or now, interval, given)
        clock = clock_of(about, at or now)
        if premium_samples is not None:
            from fundcli.market.files import read_samples

            known = known_of_samples(about, read_samples(premium_samples), clock, str(premium_samples))
        else:
            known = known_of_average(about, premium or Decimal(0), last_premium)
    if about.interval_basis == "profile" and not unreported:
        unreported.append("the interval is only the profile's")
    assumed = Assumed(
        assumption="holds" if assume is None else assume,  # type: ignore[arg-type]
        mean=mean,
        half_life_hours=half_life or Decimal(1),
        low=None if range_ is None else range_[0],
        high=None if range_ is None else range_[-1],
    )
    result = prediction(about, clock, known, assumed, published, averaging)
    if known.estimated:
        warnings.append(f"the premium so far is an estimate: {known.source}")
        unreported.append("the premium so far is an estimate")
    warnings += idle(about)
    if about.dated.doubt:
        warnings.append(about.dated.doubt)
    if about.terms.clamp_stage == "sample" and known.averaged:
        warnings.append(
            f"{profile.id} clamps every sample: one average stands for all so far here, --premium-samples takes each"
        )
    inputs = {
        "exchange": profile.id, "symbol": about.symbol, "live": live, "premium": premium,
        "premium_samples": premium_samples and str(premium_samples), "last_premium": last_premium,
        "assume": result.assumption, "mean": mean, "half_life_hours": assumed.half_life_hours, "range": range_,
        "interval_hours": interval, "interest": interest, "band": band, "cap": cap, "floor": floor,
        "divisor": divisor, "at": at, "averaging": averaging,
    }  # fmt: skip
    return Answer(
        command="predict", as_of=at or now, inputs=inputs, content=result, content_type=CONTENT, sign=SIGN,
        tables=lambda: _tables(result), warnings=warnings, unreported=unreported,
    )  # fmt: skip


def _belong(
    assume: str | None, mean: Decimal | None, half_life: Decimal | None, last: Decimal | None,
    premium: Decimal | None, live: bool, at: object, interval: Decimal | None,
) -> None:  # fmt: skip
    """Refuse an option that would be ignored."""
    if assume != "decays" and (mean is not None or half_life is not None):
        name = "--mean" if mean is not None else "--half-life"
        raise UsageError(f"{name} belongs to --assume decays", f"Add --assume decays, or drop {name}.")
    if last is not None and premium is None:
        raise UsageError("--last-premium belongs to --premium", "Samples and --live bring their newest one along.")
    if live and (at is not None or interval is not None):
        name = "--at" if at is not None else "--interval"
        raise UsageError(f"{name} belongs to a premium given by hand", "Drop it, or --live.")


def _tables(result: Predicted) -> Sequence[Table]:
    from fundcli.commands.predict_view import tables

    return tables(result)
