"""The rate of the running interval at its end: from the premium so far and an assumption about the rest.

The exchange will average n samples with weights w (linear: 1 … n; simple: 1 each). k of them are known, the rest is
assumed: P = [sum over known of w P + sum over rest of w P'] / sum of w. Under linear weights half of the time has only
a quarter of the weight. The rate follows from P by the formula and is non-decreasing in every sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from fundcli.core.explain import annualized
from fundcli.core.formula import Breakdown, DecidedBy, Terms, clamp, funding_rate_of_samples, premiums_for
from fundcli.core.numbers import exact
from fundcli.core.premium import Averaging, weighted_mean

Assumption = Literal["holds", "decays", "range"]
_MOST_STEPS = 600


@dataclass(frozen=True, kw_only=True)
class SoFar:
    """The running interval of `total` places for a sample, and the premiums known of it, oldest first.

    ends: the place, counted from 1, up to which each premium stands. A sample for every place has ends 1, 2, 3 …; one
    that is missing is stood in for by the sample after it; an average so far is one premium that ends at the newest.
    last: the newest premium, from which the rest is assumed to go on.
    """

    samples: tuple[Decimal, ...]
    ends: tuple[int, ...]
    total: int
    averaging: Averaging
    last: Decimal

    @property
    def known(self) -> int:
        """How many of the interval's places are known."""
        return self.ends[-1] if self.ends else 0

    @property
    def known_weight(self) -> Decimal:
        """The weight of what is known."""
        return Decimal(0) if self.averaging == "none" else self._weight_to(self.known)

    @property
    def total_weight(self) -> Decimal:
        """The weight of the whole interval."""
        return Decimal(1) if self.averaging == "none" else self._weight_to(self.total)

    @property
    def weighing(self) -> list[Decimal]:
        """The weight of each known premium: that of all the places it stands for."""
        return [self._weight_to(end) - self._weight_to(start) for start, end in pairwise((0, *self.ends))]

    def _weight_to(self, place: int) -> Decimal:
        """The weight of the places from 1 on: 1 + 2 + … under linear averaging, else their number."""
        return Decimal(place * (place + 1) // 2 if self.averaging == "linear" else place)

    @property
    def average(self) -> Decimal:
        """The average premium so far; where nothing is averaged, the newest one."""
        if self.averaging == "none" or not self.known:
            return self.last
        return weighted_mean(self.samples, self.weighing)


@dataclass(frozen=True, kw_only=True)
class Rest:
    """What is assumed of the rest: the premium holds, decays towards `mean` with a half-life, or stays in a range."""

    assumption: Assumption
    mean: Decimal
    half_life_hours: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """The answer of `predict`. Rates and premiums are fractions; positive: long pays short.

    rate: under the assumption. rate_low, rate_high: least and greatest value while the premium of the rest stays
    between range_low and range_high. rate_now: if the interval ended now. possible_low, possible_high: floor and cap,
    which bound it whatever happens. known_weight: the share of the average's weight that can change no more.
    leaves_above, leaves_below: the average premium that the rest must exceed, or fall below, for the rate to leave
    the clamp; reaches_cap: from which on it ends at the cap. measured_until: when the interval ends; settles_at: when
    its rate is paid, an interval later on an exchange with a lag.
    """

    exchange: str
    symbol: str
    interval_hours: Decimal
    interval_basis: str
    kind: str
    rate: Decimal
    rate_low: Decimal
    rate_high: Decimal
    rate_now: Decimal
    possible_low: Decimal | None
    possible_high: Decimal | None
    decided_by: DecidedBy
    rate_8h: Decimal
    apr: Decimal
    assumption: str
    premium: Decimal
    premium_so_far: Decimal
    premium_last: Decimal
    premium_basis: str
    premium_source: str
    estimated: bool
    mean: Decimal
    half_life_hours: Decimal
    range_low: Decimal
    range_high: Decimal
    averaging: str
    samples_known: int
    samples_total: int
    known_weight: Decimal
    leaves_above: Decimal | None
    leaves_below: Decimal | None
    reaches_cap: Decimal | None
    interval_began: datetime
    measured_until: datetime
    settles_at: datetime
    hours_left: Decimal
    published_rate: Decimal | None
    difference: Decimal | None
    formula: str


@exact
def at_the_end(so_far: SoFar, rest: Rest, terms: Terms, interval_hours: Decimal) -> Breakdown:
    """The rate at the interval's end under an assumption.

    Half of 4 samples known at 0.1 %, the rest at 0, linear weights: (1 + 2) x 0.1 % / 10 = 0.03 %.

    >>> terms = Terms(form="premium_plus_interest", interval_hours=Decimal(8))
    >>> so_far = SoFar(samples=(Decimal("0.001"),), ends=(2,), total=4, averaging="linear", last=Decimal(0))
    >>> rest = Rest(assumption="holds", mean=Decimal(0), half_life_hours=Decimal(1), low=Decimal(0), high=Decimal(0))
    >>> at_the_end(so_far, rest, terms, Decimal(8)).rate
    Decimal('0.0003')
    """
    if rest.assumption == "decays":
        path = _decay(so_far, rest, interval_hours)
    else:
        premium = clamp(so_far.last, rest.low, rest.high) if rest.assumption == "range" else so_far.last
        path = [(premium, so_far.total_weight - so_far.known_weight)]
    return _with_rest(so_far, path, terms)


@exact
def bounds(so_far: SoFar, rest: Rest, terms: Terms) -> tuple[Decimal, Decimal]:
    """The least and greatest rate while the premium of the rest stays in the range."""
    left = so_far.total_weight - so_far.known_weight
    low, high = (_with_rest(so_far, [(premium, left)], terms).rate for premium in (rest.low, rest.high))
    return low, high


@exact
def needed(so_far: SoFar, average: Decimal) -> Decimal | None:
    """The average premium of the rest that brings the interval's average to a wanted one; None where none is left.

    >>> so_far = SoFar(samples=(Decimal(0),), ends=(1,), total=2, averaging="simple", last=Decimal(0))
    >>> needed(so_far, Decimal("0.0006"))
    Decimal('0.0012')
    """
    left = so_far.total_weight - so_far.known_weight
    if not left:
        return None
    return (average * so_far.total_weight - so_far.average * so_far.known_weight) / left


def _with_rest(so_far: SoFar, path: Sequence[tuple[Decimal, Decimal]], terms: Terms) -> Breakdown:
    known = zip(so_far.samples, so_far.weighing, strict=True) if so_far.known_weight else ()
    pairs = [(premium, weight) for premium, weight in (*known, *path) if weight]
    return funding_rate_of_samples([premium for premium, _ in pairs], [weight for _, weight in pairs], terms)


def _decay(so_far: SoFar, rest: Rest, interval_hours: Decimal) -> list[tuple[Decimal, Decimal]]:
    """The premiums to come, halving their distance to the mean each half-life, in at most 600 groups of samples."""
    left = so_far.total - so_far.known
    if left <= 0 or so_far.averaging == "none":
        return [(so_far.last, so_far.total_weight - so_far.known_weight)]
    groups = min(left, _MOST_STEPS)
    hours_each = interval_hours / so_far.total
    path, done = [], so_far.known
    for group in range(1, groups + 1):
        end = so_far.known + left * group // groups
        middle = (Decimal(done + 1 + end) / 2 - so_far.known) * hours_each
        share = Decimal(2) ** (-middle / rest.half_life_hours)
        weight = Decimal((done + 1 + end) * (end - done)) / 2 if so_far.averaging == "linear" else Decimal(end - done)
        path.append((rest.mean + (so_far.last - rest.mean) * share, weight))
        done = end
    return path


@exact
def predicted(
    *, exchange: str, symbol: str, interval_basis: str, formula: str, so_far: SoFar, rest: Rest, terms: Terms,
    basis: str, source: str, estimated: bool, began: datetime, until: datetime, settles_at: datetime,
    hours_left: Decimal, published: Decimal | None,
) -> Predicted:  # fmt: skip
    """The whole answer."""
    hours = terms.interval_hours
    end = at_the_end(so_far, rest, terms, hours)
    low, high = bounds(so_far, rest, terms)
    now = SoFar(
        samples=so_far.samples, ends=so_far.ends, total=max(so_far.known, 1), averaging=so_far.averaging,
        last=so_far.average if so_far.known else so_far.last,
    )  # fmt: skip
    holds = Rest(assumption="holds", mean=rest.mean, half_life_hours=rest.half_life_hours, low=rest.low, high=rest.high)
    rate_now = at_the_end(now, holds, terms, hours).rate
    above, below, cap = _edges(so_far, terms)
    per_8h, per_year = annualized(end.rate, hours)
    return Predicted(
        exchange=exchange,
        symbol=symbol,
        interval_hours=hours,
        interval_basis=interval_basis,
        kind="predicted",
        rate=end.rate,
        rate_low=low,
        rate_high=high,
        rate_now=rate_now,
        possible_low=terms.bound(terms.floor),
        possible_high=terms.bound(terms.cap),
        decided_by=end.decided_by,
        rate_8h=per_8h,
        apr=per_year,
        assumption=rest.assumption,
        premium=end.premium,
        premium_so_far=so_far.average,
        premium_last=so_far.last,
        premium_basis=basis,
        premium_source=source,
        estimated=estimated,
        mean=rest.mean,
        half_life_hours=rest.half_life_hours,
        range_low=rest.low,
        range_high=rest.high,
        averaging=so_far.averaging,
        samples_known=so_far.known,
        samples_total=so_far.total,
        known_weight=so_far.known_weight / so_far.total_weight,
        leaves_above=above,
        leaves_below=below,
        reaches_cap=cap,
        interval_began=began,
        measured_until=until,
        settles_at=settles_at,
        hours_left=hours_left,
        published_rate=published,
        difference=None if published is None else end.rate - published,
        formula=formula,
    )


def _edges(so_far: SoFar, terms: Terms) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """What the rest must average for the rate to leave the clamp upwards, downwards, and to reach the cap."""
    above = below = None
    if terms.form in ("premium_plus_clamped_interest", "dead_band") and terms.band is not None:
        interest = Decimal(0) if terms.form == "dead_band" else terms.interest
        above, below = needed(so_far, interest + terms.band), needed(so_far, interest - terms.band)
    most = terms.bound(terms.cap)
    at = None if most is None else premiums_for(most, terms)
    cap = None if at is None else needed(so_far, at[1])
    return above, below, cap
