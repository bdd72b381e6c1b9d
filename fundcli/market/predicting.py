"""What `predict` rests on: how far the running interval has come, its premium so far, what is assumed of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from fundcli.core.numbers import exact
from fundcli.core.predict import Assumption, Predicted, Rest, SoFar, predicted
from fundcli.core.schedule import Grid
from fundcli.core.units import MS_PER_HOUR, from_ms, to_ms
from fundcli.core.wording import notation
from fundcli.errors import UsageError
from fundcli.market.files import Sample
from fundcli.market.subject import Subject, averaging_of

if TYPE_CHECKING:
    from fundcli.market.explain_live import LiveSubject

_MINUTE = Decimal(60)
_MS = Decimal(1000)


class Assumed(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked about the rest; None where the interval itself must say."""

    assumption: Assumption = "holds"
    mean: Decimal | None = None
    half_life_hours: Decimal = Decimal(1)
    low: Decimal | None = None
    high: Decimal | None = None


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """The running interval at a moment, in milliseconds."""

    began_ms: int
    now_ms: int
    ends_ms: int

    @property
    def hours_left(self) -> Decimal:
        """Hours until the interval ends."""
        return Decimal(self.ends_ms - self.now_ms) / MS_PER_HOUR


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The premium so far, and how it is known.

    samples: oldest first; ends: the place in the interval up to which each stands (1: the first sample), None for one
    average of all so far. last: the newest premium; every_seconds: from one place to the next.
    """

    samples: Sequence[Decimal]
    ends: Sequence[int] | None
    last: Decimal
    every_seconds: Decimal
    basis: str
    source: str
    estimated: bool = False

    @property
    def averaged(self) -> bool:
        """Whether it is the average of all so far."""
        return self.ends is None


def clock_of(about: Subject, now: datetime) -> Clock:
    """The interval that is running at a time, on the exchange's grid of settlements."""
    grid = Grid.of(about.interval_hours, about.profile.funding.settlement_hours_utc)
    now_ms = to_ms(now)
    ends = grid.first_after(now_ms)
    return Clock(began_ms=ends - grid.interval_ms, now_ms=now_ms, ends_ms=ends)


def known_of_average(about: Subject, premium: Decimal, last: Decimal | None) -> Known:
    """An average premium typed by hand; the newest one is taken to be the same where none is typed."""
    return Known(
        samples=[premium], ends=None, last=premium if last is None else last, basis="given", source="given",
        every_seconds=_seconds_between(about),
    )  # fmt: skip


def known_of_samples(about: Subject, samples: Sequence[Sample], clock: Clock, source: str) -> Known:
    """Samples of a file: those of the running interval, each at its time.

    Samples without times lead up to now from the interval's start, evenly.
    """
    times = [s.time_ms for s in samples if s.time_ms is not None]
    if not times:
        return _untimed(about, [s.premium for s in samples], clock, source)
    every = _seconds_between(about)
    if len(times) > 1:
        gaps = sorted(later - earlier for earlier, later in pairwise(times))
        every = Decimal(gaps[(len(gaps) - 1) // 2]) / _MS  # the usual one: a hole makes another longer
    timed = [(s.time_ms, s.premium) for s in samples if s.time_ms is not None]
    within = [(t, premium) for t, premium in timed if clock.began_ms < t <= clock.now_ms]
    if not within:
        raise UsageError(
            f"no sample of {source} lies in the interval that runs from {from_ms(clock.began_ms):%Y-%m-%d %H:%M} UTC",
            "Give the time that they lead up to with --at.",
        )
    return _placed(within, clock, every, "samples", source, estimated=False)


def known_of_live(found: LiveSubject, clock: Clock) -> Known:
    """What the exchange shows: premium samples of the running interval, or the one premium that can be told."""
    premium = found.premium
    assert premium is not None
    if premium.basis == "candles":
        return _placed(found.measured.premiums, clock, _MINUTE, "candles", premium.source, premium.estimated)
    return Known(
        samples=[premium.value], ends=None, last=premium.value, basis=premium.basis, source=premium.source,
        every_seconds=_seconds_between(found.subject), estimated=premium.estimated,
    )  # fmt: skip


def _seconds_between(about: Subject) -> Decimal:
    """How often the exchange samples its premium; a minute where no source says."""
    every = about.dated.rule.sample_seconds
    return _MINUTE if every is None else Decimal(every)


@exact
def _placed(
    timed: Sequence[tuple[int, Decimal]], clock: Clock, every: Decimal, basis: str, source: str, estimated: bool
) -> Known:
    """Samples at the places that their times say; of two at one place the later one stands."""
    total = places(clock, every)
    at: dict[int, Decimal] = {}
    for time_ms, premium in timed:
        place = int((Decimal(time_ms - clock.began_ms) / (every * _MS)).to_integral_value(ROUND_HALF_UP))
        at[min(max(place, 1), total)] = premium
    absent = max(at) - len(at)
    return Known(
        samples=list(at.values()), ends=list(at), last=timed[-1][1], every_seconds=every, basis=basis,
        source=f"{source} ({absent} of {max(at)} are missing, the next one stands in)" if absent else source,
        estimated=estimated or bool(absent),
    )  # fmt: skip


@exact
def _untimed(about: Subject, premiums: Sequence[Decimal], clock: Clock, source: str) -> Known:
    every, count = _seconds_between(about), len(premiums)
    elapsed_ms = Decimal(clock.now_ms - clock.began_ms)
    if not elapsed_ms:
        raise UsageError(
            f"the interval begins at {from_ms(clock.began_ms):%Y-%m-%d %H:%M} UTC, and no sample of it can be known",
            "Give the time that they lead up to with --at.",
        )
    passed = int(elapsed_ms / (every * _MS))
    if count > passed:  # sampled more often than the exchange does
        every, passed = elapsed_ms / count / _MS, count
    more = f" ({count} for {passed} of the exchange's, taken as evenly spaced)" if count < passed else ""
    return Known(
        samples=premiums, ends=[passed * k // count for k in range(1, count + 1)], last=premiums[-1],
        every_seconds=every, basis="samples", source=f"{source}{more}", estimated=bool(more),
    )  # fmt: skip


def places(clock: Clock, every_seconds: Decimal) -> int:
    """How many samples the interval has room for."""
    return max(1, round(Decimal(clock.ends_ms - clock.began_ms) / (every_seconds * _MS)))


@exact
def prediction(
    about: Subject, clock: Clock, known: Known, assumed: Assumed, published: Decimal | None, how: str | None = None
) -> Predicted:
    """The rate of the running interval at its end; `how` goes before the rule's averaging."""
    averaging = averaging_of(about, how)
    total = places(clock, known.every_seconds)
    passed = int(Decimal(clock.now_ms - clock.began_ms) / (known.every_seconds * _MS))
    ends = known.ends if known.ends is not None else [min(total, passed)] if passed else []
    samples = tuple(known.samples[: len(ends)])
    so_far = SoFar(samples=samples, ends=tuple(ends), total=total, averaging=averaging, last=known.last)
    mean = so_far.average if assumed.mean is None else assumed.mean
    seen = [*samples, so_far.average, known.last]
    if assumed.assumption == "decays":
        seen.append(mean)
    low = assumed.low if assumed.low is not None else min(seen)
    high = assumed.high if assumed.high is not None else max(seen)
    rest = Rest(
        assumption=assumed.assumption,
        mean=mean,
        half_life_hours=assumed.half_life_hours,
        low=low,
        high=high,
    )
    lag = about.dated.rule.lag_periods * (clock.ends_ms - clock.began_ms)
    return predicted(
        exchange=about.profile.id, symbol=about.symbol, interval_basis=about.interval_basis,
        formula=notation(about.terms), so_far=so_far, rest=rest, terms=about.terms, basis=known.basis,
        source=known.source, estimated=known.estimated, began=from_ms(clock.began_ms), until=from_ms(clock.ends_ms),
        settles_at=from_ms(clock.ends_ms + lag), hours_left=clock.hours_left, published=published,
    )  # fmt: skip
