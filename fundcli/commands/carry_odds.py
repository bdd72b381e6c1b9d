"""The --odds of `carry`: its options, and the replay of what the lake holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated

import typer

from fundcli.commands import values
from fundcli.commands.shared import Shared
from fundcli.core.carry_answer import CarryResult
from fundcli.core.carry_plan import Plan
from fundcli.core.odds_answer import CapitalPath, Odds
from fundcli.errors import UsageError
from fundcli.profiles import Profile
from fundcli.render.answer import Cell, Column, Table

_RESAMPLES = 10_000
_FEW = 10
_EVER = datetime(2009, 1, 1, tzinfo=UTC)

Wanted = Annotated[
    bool, typer.Option("--odds", help="How such holds have ended: the lake's history replayed from every start.")
]
Window = Annotated[
    Decimal | None,
    typer.Option("--window", metavar="SPAN", parser=values.span("--window"),
                 help="Replay the last 2y (all that the lake holds)."),
]  # fmt: skip
Block = Annotated[
    Decimal | None,
    typer.Option("--block", metavar="SPAN", parser=values.span("--block"),
                 help="Blocks of the bootstrap (the hold, at least 30d)."),
]  # fmt: skip
Resamples = Annotated[
    int | None, typer.Option("--resamples", metavar="N", min=100, max=1_000_000, help="Draws of the bootstrap (10000).")
]


def odds_of(
    shared: Shared, profile: Profile, result: CarryResult, plan: Plan, window: Decimal | None, block: Decimal | None,
    resamples: int | None,
) -> tuple[Odds, list[str]]:  # fmt: skip
    """The odds of a carry, and what to say about the history that they rest on."""
    from fundcli.core.odds import Terms
    from fundcli.core.odds_result import LEAST_BLOCK_HOURS, odds
    from fundcli.core.topups import Prices, backing_of
    from fundcli.market.kept import path_prices
    from fundcli.market.past import kept_series

    least = max(result.hold_hours, LEAST_BLOCK_HOURS)
    if block is not None and block < least:
        raise UsageError(
            f"--block of {block / 24:.3g} days tears holds apart: their settlements belong together",
            f"Take {least / 24:.3g}d or more, or leave it out.",
        )
    now = shared.env.now()
    since = _EVER if window is None else now - timedelta(seconds=float(window * 3600))
    series = kept_series(profile, result.symbol, since, now, shared.store)
    charged = result.borrow_interest / result.borrow_hours if result.borrow_hours else Decimal(0)
    added = result.borrow_interest - charged * result.hold_hours  # the hours that the counting adds are paid once
    terms = Terms(
        sign=plan.sign,
        fixed=(result.fees + result.slippage - result.basis_pnl + added) / result.notional,
        hourly=(charged - result.yield_income / result.hold_hours) / result.notional,
    )
    rows = series.history.settled
    backing = backing_of(plan, result)
    known = path_prices(shared.store, profile, series.symbol, rows) if backing.accounts else ({}, None)
    prices = Prices(*known)
    found = odds(
        rows, result.hold_hours, terms, result.capital / result.notional, block or least, resamples or _RESAMPLES,
        result.hurdle_rate, backing, prices,
    )  # fmt: skip
    warnings = [] if window is None else [*series.warnings]
    if found.skipped:
        warnings.append(f"{found.skipped} starts are left out: settlements are missing from their hold")
    if found.uncrossed:
        warnings.append(
            f"{found.uncrossed} of {found.starts} starts cross no settlement: the interval was longer than the hold"
        )
    if found.independent < _FEW:
        warnings.append(f"the odds rest on {found.independent} holds that do not overlap: they say little")
    return found, [*warnings, *_unpriced(found.capital, profile.id, result.symbol)]


def _unpriced(path: CapitalPath | None, exchange: str, symbol: str) -> list[str]:
    """What is not known of the capital along the path, and how to learn it."""
    remedy = f"`fundcli history sync -e {exchange} -s {symbol} --with prices` fetches them where the exchange has them"
    if path is None:
        return [f"capital along the path is not known: no hold has a price at every settlement; {remedy}"]
    if path.unpriced > 1:  # one: before the first settlement known there is no price, and the answer shows that
        return [
            f"capital along the path leaves out {path.unpriced} holds without a price at every settlement; {remedy}"
        ]
    return []


def tables(odds: Odds, currency: str, notional: Decimal) -> Sequence[Table]:
    """Outcomes, and when the costs were covered."""
    outcomes = [
        (f"p{int(row.share * 100)}", row.net_on_notional, row.low, row.high, row.net_on_capital,
         row.net_on_notional * notional)
        for row in odds.quantiles
    ]  # fmt: skip
    facts = [
        ("holds replayed", Cell(odds.starts, "number")),
        ("of them beside each other", Cell(odds.independent, "number")),
        ("from", Cell(odds.since, "day")),
        ("to", Cell(odds.until, "day")),
        ("net above zero at the end", Cell(odds.profitable, "percent")),
        *([("more than cash meanwhile", Cell(odds.above_hurdle, "percent"))] if odds.above_hurdle is not None else []),
        *((f"costs covered after {hours / 24:.3g} days", Cell(share, "percent")) for hours, share in _some(odds)),
        ("a tenth had covered them after", Cell(odds.break_even_hours_p10, "hours")),
        ("half", Cell(odds.break_even_hours_p50, "hours")),
        ("nine tenths", Cell(odds.break_even_hours_p90, "hours")),
        ("holds with rates of both signs", Cell(odds.flipped, "percent")),
        ("worst start", Cell(odds.worst_start, "time")),
        ("its net on notional", Cell(odds.worst_net_on_notional, "percent")),
        *_topped_up(odds.capital),
        ("estimator", odds.estimator),
        ("bounds", f"middle 90 % of {odds.resamples:,} draws of blocks of {odds.block_hours / 24:.3g} days"),
    ]
    ended = [
        Table(
            title="How such holds have ended",
            columns=[
                Column("share", ""), Column("net_on_notional", "net of notional", "percent"),
                Column("low", "from", "percent"), Column("high", "to", "percent"),
                Column("net_on_capital", "of capital", "percent"), Column("net", currency, "money"),
            ],
            rows=outcomes,
        ),
        Table(columns=[Column("fact", ""), Column("value", "")], rows=facts),
    ]  # fmt: skip
    return ended if odds.capital is None else [*ended, _capital(odds.capital, currency, notional)]


def _topped_up(path: CapitalPath | None) -> list[tuple[str, Cell | str]]:
    """How many holds needed more money, and what they made on all of it."""
    if path is None:
        return []
    return [
        ("holds that needed a top-up", Cell(path.topped_up, "percent")),
        ("greatest top-up from", Cell(path.worst_topup_start, "time")),
        ("net on mean capital p5", Cell(path.net_on_mean_capital_p5, "percent")),
        ("net on mean capital p50", Cell(path.net_on_mean_capital_p50, "percent")),
        ("net on mean capital p95", Cell(path.net_on_mean_capital_p95, "percent")),
        ("capital along the path", path.method),
        *([("counted with", path.price_source)] if path.price_source else []),
        *([("holds left out, a price is missing", Cell(path.unpriced, "number"))] if path.unpriced else []),
    ]


def _capital(path: CapitalPath, currency: str, notional: Decimal) -> Table:
    """Capital along the path, beside that at the open and in money."""
    initial = path.initial_on_notional * notional
    rows = [
        ("at its peak, half of the holds", path.peak_capital_p50),
        ("at its peak, 95 % of the holds", path.peak_capital_p95),
        ("at its peak, all of them", path.peak_capital_max),
        ("on average, half of the holds", path.mean_capital_p50),
        ("on average, 95 % of the holds", path.mean_capital_p95),
    ]
    return Table(
        columns=[
            Column("capital", "capital at most"), Column("of_initial", "of that at the open", "percent"),
            Column("amount", currency, "money"),
        ],
        rows=[(name, multiple, multiple * initial) for name, multiple in rows],
    )  # fmt: skip


def _some(odds: Odds) -> list[tuple[Decimal, Decimal]]:
    """A few points of the curve: a person reads a tenth of the hold, half of it, and all."""
    return [(odds.chances[i].hours, odds.chances[i].broken_even) for i in (0, 4, 9)]
