"""Settled rates beside the formula: where they lie, and how well they are rebuilt from the premium of their day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fundcli.core.formula import Terms
from fundcli.core.numbers import exact
from fundcli.core.units import from_ms

# 0.0005 and 0.002 percentage points, as fractions.
NEAR = Decimal("0.000005")
FAR = Decimal("0.00002")
# No exchange publishes a rate more coarsely than this.
_COARSEST = Decimal("0.000001")


@dataclass(frozen=True, kw_only=True)
class SettledUnder:
    """A settled rate and the numbers of the formula that held for it."""

    time_ms: int
    rate: Decimal
    terms: Terms


@dataclass(frozen=True, kw_only=True)
class HistoryShares:
    """The answer of `explain --history`: where the settled rates of a contract lie, as shares of all of them.

    at_baseline: equal to the interest component of their interval. inside, above, below: the premium lay inside,
    above or below the clamp (or dead band), as the rate shows; None where the formula has none. at_cap, at_floor: null
    where neither is known.
    """

    exchange: str
    symbol: str
    since: datetime
    until: datetime
    settlements: int
    at_baseline: Decimal | None
    inside: Decimal | None
    above: Decimal | None
    below: Decimal | None
    at_cap: Decimal | None
    at_floor: Decimal | None
    positive: Decimal
    lowest_rate: Decimal
    highest_rate: Decimal
    intervals_hours: tuple[Decimal, ...]
    rules: int
    cap: Decimal | None
    floor: Decimal | None
    cap_source: str


@dataclass(frozen=True, kw_only=True)
class RebuiltRow:
    """One settlement: the published rate, ours, and the premium that ours comes from."""

    time: datetime
    interval_hours: Decimal
    premium: Decimal
    published_rate: Decimal
    rate: Decimal
    difference: Decimal
    decided_by: str


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """The answer of `explain --series`: how many settlements were rebuilt, and how closely.

    exact: within half a digit of the published precision; within_0_0005pp, within_0_002pp: shares of the rebuilt ones
    that differ by at most 0.0005 and 0.002 percentage points. worst_reason: why the worst may differ.
    """

    exchange: str
    symbol: str
    settlements: int
    rebuilt: int
    left_out: int
    since: datetime
    until: datetime
    premium_basis: str
    estimated: bool
    exact: Decimal
    within_0_0005pp: Decimal
    within_0_002pp: Decimal
    same_sign: Decimal
    mean_difference: Decimal
    worst: RebuiltRow
    worst_reason: str
    rules: int


def precision(rates: Sequence[Decimal]) -> Decimal:
    """The last digit that a series is published with: the finest of its rates, and no coarser than 0.0001 %.

    >>> precision([Decimal("0.0001"), Decimal("0.00001254")])
    Decimal('1E-8')
    """
    exponents = [exponent for rate in rates if isinstance(exponent := rate.as_tuple().exponent, int)]
    return min(_COARSEST, Decimal(1).scaleb(min(exponents, default=0)))


@exact
def shares(exchange: str, symbol: str, rows: Sequence[SettledUnder], cap_source: str) -> HistoryShares:
    """Count where each settled rate lies under the formula of its day.

    Under P + clamp(I - P) a rate equal to I can only come from a premium inside the clamp, a higher one from above it.
    """
    half = precision([row.rate for row in rows]) / 2
    total = Decimal(len(rows))
    places = [_place(row, half) for row in rows]
    clamped = [row for row in rows if row.terms.form != "premium_plus_interest"]
    caps = [row.terms.bound(row.terms.cap) for row in rows]
    floors = [row.terms.bound(row.terms.floor) for row in rows]
    at_cap = sum(1 for row, cap in zip(rows, caps, strict=True) if cap is not None and row.rate >= cap - half)
    at_floor = sum(1 for row, low in zip(rows, floors, strict=True) if low is not None and row.rate <= low + half)
    baselines = [_baseline(row) for row in rows]
    known = [b for b in baselines if b is not None]
    at_baseline = sum(1 for row, b in zip(rows, baselines, strict=True) if b is not None and abs(row.rate - b) <= half)
    return HistoryShares(
        exchange=exchange,
        symbol=symbol,
        since=from_ms(rows[0].time_ms),
        until=from_ms(rows[-1].time_ms),
        settlements=len(rows),
        at_baseline=at_baseline / total if known else None,
        inside=places.count("inside") / total if clamped else None,
        above=places.count("above") / total if clamped else None,
        below=places.count("below") / total if clamped else None,
        at_cap=at_cap / total if any(cap is not None for cap in caps) else None,
        at_floor=at_floor / total if any(floor is not None for floor in floors) else None,
        positive=sum(1 for row in rows if row.rate > 0) / total,
        lowest_rate=min(row.rate for row in rows),
        highest_rate=max(row.rate for row in rows),
        intervals_hours=tuple(sorted({row.terms.interval_hours for row in rows})),
        rules=len({(row.terms.divided_hours, row.terms.band, row.terms.clamp_stage, row.terms.form) for row in rows}),
        cap=rows[-1].terms.cap,
        floor=rows[-1].terms.floor,
        cap_source=cap_source,
    )


def _baseline(row: SettledUnder) -> Decimal | None:
    """The rate that a premium of zero gives; None where the formula has no interest and no dead band."""
    terms = row.terms
    if terms.form == "premium_plus_interest" and not terms.interest:
        return None
    if terms.form == "dead_band":
        return Decimal(0)
    return terms.scaled(Decimal(0) if terms.form == "premium_plus_interest" else terms.interest)


def _place(row: SettledUnder, half: Decimal) -> str:
    terms = row.terms
    if terms.form == "premium_plus_interest":
        return ""
    baseline = _baseline(row) or Decimal(0)
    if terms.form == "interest_plus_clamped_premium":
        reach = terms.scaled(terms.band or Decimal(0)) - half
        away = row.rate - baseline
        return "above" if away >= reach else "below" if away <= -reach else "inside"
    return "inside" if abs(row.rate - baseline) <= half else "above" if row.rate > baseline else "below"


@exact
def summarize(
    exchange: str, symbol: str, settlements: int, rows: Sequence[RebuiltRow], basis: str, estimated: bool, rules: int,
    reason: str,
) -> Rebuilt:  # fmt: skip
    """How closely the rebuilt rates stand to the published ones."""
    sizes = [abs(row.difference) for row in rows]
    total = Decimal(len(rows))
    half = precision([row.published_rate for row in rows]) / 2
    worst = max(rows, key=lambda row: abs(row.difference))
    return Rebuilt(
        exchange=exchange,
        symbol=symbol,
        settlements=settlements,
        rebuilt=len(rows),
        left_out=settlements - len(rows),
        since=rows[0].time,
        until=rows[-1].time,
        premium_basis=basis,
        estimated=estimated,
        exact=sum(1 for size in sizes if size <= half) / total,
        within_0_0005pp=sum(1 for size in sizes if size <= NEAR) / total,
        within_0_002pp=sum(1 for size in sizes if size <= FAR) / total,
        same_sign=sum(1 for row in rows if (row.rate > 0) == (row.published_rate > 0)) / total,
        mean_difference=sum(sizes, Decimal(0)) / total,
        worst=worst,
        worst_reason=reason if abs(worst.difference) > half else "none: every rate comes out to the published digit",
        rules=rules,
    )
