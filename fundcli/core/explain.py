"""A funding rate taken apart: each step of the formula with its inputs, and a sentence that says which part decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fundcli.core.annualize import apr, rate_8h
from fundcli.core.formula import Breakdown, DecidedBy, Terms, as_published, funding_rate, premiums_for
from fundcli.core.numbers import exact, plain
from fundcli.core.wording import FORMULAS
from fundcli.errors import UsageError

_MOST_POINTS = 2001


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: its name, the formula in the field's notation, what went in, what came out, and where from."""

    name: str
    formula: str
    inputs: Mapping[str, Decimal]
    value: Decimal | None
    source: str


@dataclass(frozen=True, kw_only=True)
class Premium:
    """The premium that a rate is explained from, and how it is known.

    basis: `given`, `samples` (averaged from samples), `prices` (from bid, ask, mark and index), `book` (from an order
    book), `candles` (averaged from the exchange's premium candles), `reported` (the exchange's own figure),
    `mark_index` (mark over index, in place of impact prices), `implied` (by the published rate), `baseline` (none was
    given: zero). estimated: it stands in for the average that the exchange will use.
    """

    value: Decimal
    basis: str
    source: str
    estimated: bool = False
    steps: tuple[Step, ...] = ()
    breakdown: Breakdown | None = None
    samples: int | None = None


@dataclass(frozen=True, kw_only=True)
class Explained:
    """The answer of `explain`. Rates and premiums are fractions; a positive rate: long pays short.

    clamp_low, clamp_high: bounds of interest - premium (of the premium in MEXC's form); clamped: what came through.
    premium_kind, reference: which prices the exchange measures against which one; averaging, sample_seconds: how its
    samples become the interval's premium; None where no source says. payment_price, accrual: of the payment.
    premium_low, premium_high: every premium between them gives this same rate. premium_at_zero, premium_at_cap,
    premium_at_floor: the premium that gives a rate of zero (its upper end in a dead band), and those from which on
    the cap or floor holds. published_rate: the exchange's own number; difference: ours minus it;
    published_premium_low, published_premium_high: the average premiums that it can come from.
    """

    exchange: str
    symbol: str
    interval_hours: Decimal
    interval_basis: str
    form: str
    formula: str
    rule_since: datetime | None
    rule_until: datetime | None
    rule_source: str
    premium: Decimal
    premium_basis: str
    premium_source: str
    estimated: bool
    samples: int | None
    interest: Decimal
    interest_source: str
    clamp_low: Decimal | None
    clamp_high: Decimal | None
    clamped: Decimal | None
    clamp_stage: str
    unscaled_rate: Decimal
    divisor: Decimal
    uncapped_rate: Decimal
    cap: Decimal | None
    floor: Decimal | None
    cap_applies_to: str
    cap_source: str
    rate: Decimal
    decided_by: DecidedBy
    sentence: str
    rate_8h: Decimal
    apr: Decimal
    premium_low: Decimal | None
    premium_high: Decimal | None
    premium_at_zero: Decimal | None
    premium_at_cap: Decimal | None
    premium_at_floor: Decimal | None
    initial_margin_rate: Decimal | None
    maintenance_margin_rate: Decimal | None
    max_leverage: Decimal | None
    premium_kind: str | None
    reference: str
    averaging: str | None
    sample_seconds: Decimal | None
    payment_price: str
    accrual: str
    lag_periods: int
    published_rate: Decimal | None
    published_kind: str | None
    difference: Decimal | None
    published_premium_low: Decimal | None
    published_premium_high: Decimal | None
    settles_at: datetime | None
    steps: tuple[Step, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SweepRow:
    """The rate at one premium."""

    premium: Decimal
    rate: Decimal
    rate_8h: Decimal
    apr: Decimal
    decided_by: DecidedBy


@exact
def steps_of(
    found: Breakdown, terms: Terms, sources: Mapping[str, str], cap_inputs: Mapping[str, Decimal]
) -> list[Step]:
    """The steps from the premium to the rate.

    sources: where `rule`, `interest`, `divisor` and `cap` come from, and how the cap is found (`cap_rule`).
    """
    steps = []

    def add(name: str, formula: str, inputs: Mapping[str, Decimal], value: Decimal | None, source: str) -> None:
        steps.append(Step(name=name, formula=formula, inputs=inputs, value=value, source=sources.get(source, "")))

    band, clamped = terms.band or Decimal(0), found.clamped or Decimal(0)
    if terms.form != "dead_band" and (terms.interest or terms.form != "premium_plus_interest"):
        add("interest component", "I", {}, found.interest, "interest")
    if terms.form == "premium_plus_clamped_interest":
        gap = {"I − P": found.interest - found.premium, "b": band}
        add("clamp", "clamp(I − P, −b, +b)", gap, found.clamped, "rule")
        add("rate before scaling", "P + clamp", {"P": found.premium, "clamp": clamped}, found.unscaled_rate, "rule")
    elif terms.form == "interest_plus_clamped_premium":
        add("clamp", "clamp(P, −b, +b)", {"P": found.premium, "b": band}, found.clamped, "rule")
        add("rate before scaling", "I + clamp", {"I": found.interest, "clamp": clamped}, found.unscaled_rate, "rule")
    else:
        inputs = {"P": found.premium} | ({"b": band} if terms.form == "dead_band" else {})
        add("rate before scaling", FORMULAS[terms.form], inputs, found.unscaled_rate, "rule")
    if found.divisor != 1 or terms.divisor is not None:
        add("interval scaling", _division(terms), {"divisor": found.divisor}, found.uncapped_rate, "divisor")
    if found.cap is not None:
        add("cap", sources.get("cap_rule", "cap"), cap_inputs, found.cap, "cap")
    bounds = {name: value for name, value in (("cap", found.cap), ("floor", found.floor)) if value is not None}
    add("rate", "min(cap, max(floor, F))" if bounds else "F", bounds, found.rate, "rule")
    if terms.truncated_to is not None:
        cut = {"last digit": terms.truncated_to}
        add("as published", "cut off towards zero", cut, as_published(found.rate, terms), "rule")
    return steps


def _division(terms: Terms) -> str:
    if terms.divisor is not None or terms.divided_hours is None:
        return "÷ divisor"
    added = " + I" if terms.form == "premium_plus_interest" and terms.interest else ""
    return f"÷ ({plain(terms.divided_hours)}/{plain(terms.interval_hours)}){added}"


def edges(terms: Terms) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """The premium at a rate of zero, and those from which on the cap and the floor hold; None where there is none."""
    zero = premiums_for(Decimal(0), terms)

    def at(bound: Decimal | None, end: int) -> Decimal | None:
        rate = terms.bound(bound)
        found = None if rate is None else premiums_for(rate, terms)
        return None if found is None else found[end]

    return (None if zero is None else zero[1]), at(terms.cap, 1), at(terms.floor, 0)


@exact
def sweep(low: Decimal, high: Decimal, points: int, terms: Terms) -> list[SweepRow]:
    """The rate at evenly spaced premiums, ends included.

    >>> terms = Terms(form="dead_band", interval_hours=Decimal(8), band=Decimal("0.0005"))
    >>> [row.rate for row in sweep(Decimal("-0.001"), Decimal("0.001"), 3, terms)]
    [Decimal('-0.0005'), Decimal('0'), Decimal('0.0005')]
    """
    if not low < high:
        raise UsageError("--sweep: its start does not lie below its end", "Write it like -0.2%..0.2%.")
    if not 2 <= points <= _MOST_POINTS:
        raise UsageError(f"--points: {points} is not between 2 and {_MOST_POINTS}", "Write how many premiums to try.")
    rows = []
    for k in range(points):
        premium = low + (high - low) * k / (points - 1)
        found = funding_rate(premium, terms)
        rows.append(
            SweepRow(
                premium=premium,
                rate=found.rate,
                rate_8h=rate_8h(found.rate, terms.interval_hours),
                apr=apr(found.rate, terms.interval_hours),
                decided_by=found.decided_by,
            )
        )
    return rows


def annualized(rate: Decimal, interval_hours: Decimal) -> tuple[Decimal, Decimal]:
    """The rate per 8 hours and a year."""
    return rate_8h(rate, interval_hours), apr(rate, interval_hours)


def same_rate_premiums(found: Breakdown, terms: Terms) -> Sequence[Decimal | None]:
    """The lowest and highest premium that give this rate; an end is None where the cap or floor leaves it open."""
    zero_to_cap = edges(terms)
    if found.decided_by == "cap":
        return zero_to_cap[1], None
    if found.decided_by == "floor":
        return None, zero_to_cap[2]
    if found.decided_by == "clamp":
        band = terms.band or Decimal(0)
        return (band, None) if found.premium > 0 else (None, -band)
    return premiums_for(found.rate, terms) or (None, None)
