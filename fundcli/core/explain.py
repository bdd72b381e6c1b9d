"""A funding rate taken apart: each step of the formula with its inputs, and a sentence that says which part decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fundcli.core.annualize import apr, rate_8h
from fundcli.core.formula import Breakdown, DecidedBy, Terms, as_published, funding_rate, premiums_for
from fundcli.core.numbers import exact, plain
from fundcli.errors import UsageError

_MOST_POINTS = 2001
# Each form in the field's notation: P the averaged premium, I the interest, b the band.
FORMULAS = {
    "premium_plus_clamped_interest": "P + clamp(I − P, −b, +b)",
    "interest_plus_clamped_premium": "I + clamp(P, −b, +b)",
    "dead_band": "max(b, P) + min(−b, P)",
    "premium_plus_interest": "P",
}


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


def percent(value: Decimal) -> str:
    """A fraction as people write it.

    >>> percent(Decimal("0.0005"))
    '0.05 %'
    """
    return f"{plain(+round(value * 100, 10))} %"


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


def notation(terms: Terms) -> str:
    """The whole formula in one line, in the field's notation.

    >>> terms = Terms(form="dead_band", interval_hours=Decimal(8), band=Decimal("0.00025"), cap=Decimal("0.005"))
    >>> notation(terms)
    'F = max(b, P) + min(−b, P), b = 0.025 %, within ±0.5 %'
    """
    body = FORMULAS[terms.form]
    times, by = terms.factor
    if by != times:
        divisor = plain(by) if terms.divisor is not None else f"({plain(by)}/{plain(times)})"
        body = f"[{body}] / {divisor}" if terms.form != "premium_plus_interest" else f"{body} / {divisor}"
    if terms.form == "premium_plus_interest" and terms.interest:
        body += " + I"
    if terms.clamp_stage == "sample" and terms.band is not None:
        body = f"mean over samples of {body}"
    parts = [f"F = {body}"]
    if terms.form not in ("dead_band", "premium_plus_interest") or terms.interest:
        parts.append(f"I = {percent(terms.interest)}")
    if terms.band is not None:
        parts.append(f"b = {percent(terms.band)}")
    if terms.cap is not None:
        what = "" if terms.cap_stage == "rate" else " before the division"
        same = terms.floor is None or terms.floor == -terms.cap
        parts.append(f"within ±{percent(terms.cap)}{what}" if same else
                     f"within {percent(terms.floor or Decimal(0))} to {percent(terms.cap)}{what}")  # fmt: skip
    return ", ".join(parts)


@exact
def sentence(found: Breakdown, terms: Terms) -> str:
    """Which part decides the rate, in one sentence."""
    band = terms.band or Decimal(0)
    if found.decided_by in ("cap", "floor"):
        bound = found.cap if found.decided_by == "cap" else found.floor
        assert bound is not None
        before = found.uncapped_rate if terms.cap_stage == "rate" else found.unscaled_rate
        what = "the rate" if terms.cap_stage == "rate" else "the rate before the division"
        return f"At the {found.decided_by}: {what} would be {percent(before)}, and {percent(bound)} bounds it."
    if found.decided_by == "interest":
        low, high = found.interest - band, found.interest + band
        return (
            "Inside the clamp: the interest component decides; any premium from "
            f"{percent(low)} to {percent(high)} gives {percent(found.rate)}."
        )
    if found.decided_by == "dead_band":
        return f"Inside the dead band: any premium from {percent(-band)} to {percent(band)} gives 0 %."
    if found.decided_by == "clamp":
        return f"Beyond the clamp: the premium counts as no more than {percent(band)} in size."
    if terms.form == "premium_plus_interest":
        return "The premium decides: this formula has no clamp, the rate moves with every part of it."
    if terms.form == "interest_plus_clamped_premium":
        return "Inside the clamp: the premium decides, on top of the interest component."
    if terms.clamp_stage == "sample":
        return "The premium decides: some of its samples lie outside the clamp, each counting with what it exceeds."
    where, edge = ("Above", "less") if found.premium > found.interest else ("Below", "plus")
    name = "dead band" if terms.form == "dead_band" else "clamp"
    return f"{where} the {name}: the premium decides, {edge} the band of {percent(band)}."


@exact
def lessons(terms: Terms) -> list[str]:
    """What people commonly take wrong about this formula."""
    found = []
    zero = premiums_for(Decimal(0), terms)
    if zero is not None and zero[0] == zero[1] != 0:
        means = f"it means a premium of {percent(zero[0])}"
        found.append(f"A rate of 0 does not mean that the perpetual stands at spot: {means}.")
    elif zero is not None and zero[0] != zero[1]:
        found.append(f"A rate of 0 means a premium anywhere from {percent(zero[0])} to {percent(zero[1])}.")
    if terms.form == "premium_plus_clamped_interest" and terms.band is not None:
        cap = "the cap" if terms.cap is None else f"the cap of ±{percent(terms.cap)}"
        bounds = f"±{percent(terms.band)} bounds interest − premium, never the rate; {cap} bounds the rate"
        found.append(f"The clamp is not the cap: {bounds}.")
    return found


def edges(terms: Terms) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """The premium at a rate of zero, and those from which on the cap and the floor hold; None where there is none."""
    zero = premiums_for(Decimal(0), terms)

    def at(bound: Decimal | None, end: int) -> Decimal | None:
        if bound is None:
            return None
        times, by = terms.factor
        after = terms.interest if terms.form == "premium_plus_interest" else Decimal(0)
        rate = bound if terms.cap_stage == "rate" else bound * times / by + after
        found = premiums_for(rate, terms)
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
