"""How the answers of `explain` are laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from fundcli.core.explain import Explained, Step, SweepRow
from fundcli.render.answer import Cell, Chart, Column, Kind, Table
from fundcli.render.human import hours, person_rate, plain_number, price

if TYPE_CHECKING:
    from fundcli.core.rebuild import HistoryShares, Rebuilt
    from fundcli.market.subject import Subject

_PRICES = ("bid", "ask", "mark", "index", "impact notional", "impact size")
_NUMBERS = ("samples", "divisor", "coefficient")


def explained_tables(result: Explained) -> Sequence[Table]:
    """The steps, the facts around them, and what people take wrong."""
    since = f" since {result.rule_since:%Y-%m-%d}" if result.rule_since else ""
    until = f" until {result.rule_until:%Y-%m-%d}" if result.rule_until else ""
    steps = Table(
        title=(
            f"{result.exchange} {result.symbol}  {person_rate(result.rate)} per {hours(result.interval_hours)}\n"
            f"{result.formula}\n{result.sentence}"
        ),
        columns=[
            Column("step", "step"),
            Column("formula", "formula"),
            Column("with", "with"),
            Column("value", "value"),
        ],
        rows=[(s.name, s.formula, _inputs(s.inputs), _value(s)) for s in result.steps],
    )
    rows: list[tuple[str, object]] = [
        ("same rate for premiums from", Cell(result.premium_low, "rate")),
        ("same rate for premiums to", Cell(result.premium_high, "rate")),
        ("premium at a rate of 0", Cell(result.premium_at_zero, "rate")),
        ("premium at the cap", Cell(result.premium_at_cap, "rate")),
        ("premium at the floor", Cell(result.premium_at_floor, "rate")),
        ("per 8 hours", Cell(result.rate_8h, "rate")),
        ("APR, simple", Cell(result.apr, "percent")),
        ("premium", _from(result.premium_basis, result.premium_source)),
        ("measured by the exchange", _measured(result)),
        ("paid", _paid(result)),
        ("interval", result.interval_basis),
        ("cap", _cap(result)),
        ("first tier", _tier(result)),
        ("rule", f"{result.rule_source}{since}{until}"),
    ]
    if result.published_rate is not None:
        kind = f" ({result.published_kind})" if result.published_kind else ""
        rows[:0] = [
            (f"published by {result.exchange}{kind}", Cell(result.published_rate, "rate")),
            ("ours minus published", Cell(result.difference, "rate")),
            ("published means a premium from", Cell(result.published_premium_low, "rate")),
            ("published means a premium to", Cell(result.published_premium_high, "rate")),
            ("settles in", Cell(result.settles_at, "until")),
        ]
    facts = Table(columns=[Column("fact", ""), Column("value", "")], rows=rows)
    notes = Table(columns=[Column("note", "worth knowing")], rows=[(note,) for note in result.notes])
    return [steps, facts, notes] if result.notes else [steps, facts]


def sweep_tables(about: Subject, rows: Sequence[SweepRow], chart: bool) -> Sequence[Table]:
    """The rate at each premium, as a list or drawn."""
    from fundcli.core.wording import notation

    title = (
        f"{about.profile.id} {about.symbol}  rate per {hours(about.interval_hours)} by premium\n{notation(about.terms)}"
    )
    columns = [
        Column("premium", "premium", "rate"), Column("rate", "rate", "rate"), Column("rate_8h", "per 8h", "rate"),
        Column("apr", "APR", "percent"), Column("decided_by", "decided by"),
    ]  # fmt: skip
    drawn = None
    if chart:
        drawn = Chart(
            x=[row.premium * 100 for row in rows],
            y=[row.rate * 100 for row in rows],
            x_name="premium %",
            y_name="rate %",
        )
    cells = [tuple(getattr(row, column.name) for column in columns) for row in rows]
    return [Table(title=title, columns=columns, rows=cells, chart=drawn)]


def history_tables(result: HistoryShares) -> Sequence[Table]:
    """Where settled rates lie."""
    intervals = ", ".join(hours(h) for h in result.intervals_hours)
    rows = [
        ("at the interest baseline", Cell(result.at_baseline, "percent")),
        ("premium inside the clamp", Cell(result.inside, "percent")),
        ("premium above it", Cell(result.above, "percent")),
        ("premium below it", Cell(result.below, "percent")),
        ("at the cap", Cell(result.at_cap, "percent")),
        ("at the floor", Cell(result.at_floor, "percent")),
        ("positive", Cell(result.positive, "percent")),
        ("lowest rate", Cell(result.lowest_rate, "rate")),
        ("highest rate", Cell(result.highest_rate, "rate")),
        ("cap", Cell(result.cap, "rate")),
        ("cap from", result.cap_source),
    ]
    title = (
        f"{result.exchange} {result.symbol}  {result.settlements} settlements, per {intervals}\n"
        f"{result.since:%Y-%m-%d %H:%M} to {result.until:%Y-%m-%d %H:%M} UTC, "
        f"{result.rules} rule{'' if result.rules == 1 else 's'} of the formula"
    )
    return [Table(title=title, columns=[Column("fact", ""), Column("value", "share")], rows=rows)]


def series_tables(result: Rebuilt) -> Sequence[Table]:
    """How closely a series is rebuilt."""
    worst = result.worst
    rows = [
        ("settlements", Cell(result.settlements, "number")),
        ("rebuilt", Cell(result.rebuilt, "number")),
        ("left out", Cell(result.left_out, "number")),
        ("premium from", result.premium_basis + (" (an estimate)" if result.estimated else "")),
        ("equal to the published digit", Cell(result.exact, "percent")),
        ("within 0.0005 points", Cell(result.within_0_0005pp, "percent")),
        ("within 0.002 points", Cell(result.within_0_002pp, "percent")),
        ("same sign", Cell(result.same_sign, "percent")),
        ("mean difference", Cell(result.mean_difference, "rate")),
        ("worst", Cell(worst.time, "time")),
        ("worst: published", Cell(worst.published_rate, "rate")),
        ("worst: rebuilt", Cell(worst.rate, "rate")),
        ("worst: difference", Cell(worst.difference, "rate")),
        ("its reason", result.worst_reason),
    ]
    title = (
        f"{result.exchange} {result.symbol}  published rates rebuilt\n"
        f"{result.since:%Y-%m-%d %H:%M} to {result.until:%Y-%m-%d %H:%M} UTC"
    )
    return [Table(title=title, columns=[Column("fact", ""), Column("value", "")], rows=rows)]


def _from(basis: str, source: str) -> str:
    return basis if source == basis else f"{basis}: {source}"


_KINDS = {
    "impact": "impact bid and ask", "impact_mid": "impact mid", "mid": "mid", "mark": "mark",
    "impact_from_mark": "impact bid and ask around the mark",
}  # fmt: skip
_AVERAGES = {
    "linear": "later samples weigh more (1 … n)", "simple": "plain mean", "twap": "time-weighted mean",
    "none": "at the moment, not averaged",
}  # fmt: skip


def _measured(result: Explained) -> str:
    """How the exchange measures and averages its premium."""
    if result.premium_kind is None:
        return "not on record"
    every = "" if result.sample_seconds is None else f", every {plain_number(result.sample_seconds)} s"
    average = _AVERAGES.get(result.averaging or "", "averaging not on record")
    return f"{_KINDS[result.premium_kind]} against the {result.reference} price{every}; {average}"


def _paid(result: Explained) -> str:
    lag = ", an interval later" if result.lag_periods else ""
    how = "by the time held" if result.accrual == "continuous" else "at the settlement"
    return f"{how}{lag}, on the {result.payment_price} price"


def _inputs(inputs: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{name} {_input(name, value)}" for name, value in inputs.items())


def _input(name: str, value: Decimal) -> str:
    if name in _PRICES:
        return price(value)
    return plain_number(value) if name in _NUMBERS else person_rate(value)


def _value(step: Step) -> Cell:
    kind: Kind = "price" if step.name.startswith("impact ") else "rate"
    return Cell(step.value, kind)


def _cap(result: Explained) -> str:
    if result.cap is None:
        return result.cap_source
    what = "" if result.cap_applies_to == "rate" else " of the rate before division"
    return f"{person_rate(result.cap)}{what}, from {result.cap_source}"


def _tier(result: Explained) -> str:
    if result.initial_margin_rate is None or result.maintenance_margin_rate is None:
        return "not on record"
    leverage = "" if result.max_leverage is None else f"{plain_number(result.max_leverage)}x, "
    return (
        f"{leverage}initial margin {person_rate(result.initial_margin_rate)}, "
        f"maintenance {person_rate(result.maintenance_margin_rate)}"
    )
