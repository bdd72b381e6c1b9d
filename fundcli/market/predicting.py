"""What `predict` rests on: how far the running interval has come, its premium so far, what is assumed of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from fundcli.core.explain import notation
from fundcli.core.numbers import exact
from fundcli.core.predict import Assumption, Predicted, Rest, SoFar, predicted
from fundcli.core.schedule import Grid
from fundcli.core.units import MS_PER_HOUR, from_ms, to_ms
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
    """The premium so far: its samples (or one average), the newest one, and how it is known."""

    samples: Sequence[Decimal]
    last: Decimal
    every_seconds: Decimal
    averaged: bool
    basis: str
    source: str
    estimated: bool = False


def clock_of(about: Subject, now: datetime) -> Clock:
    """The interval that is running at a time, on the exchange's grid of settlements."""
    grid = Grid.of(about.interval_hours, about.profile.funding.settlement_hours_utc)
    now_ms = to_ms(now)
    ends = grid.first_after(now_ms)
    return Clock(began_ms=ends - grid.interval_ms, now_ms=now_ms, ends_ms=ends)


def known_of_average(about: Subject, premium: Decimal, last: Decimal | None) -> Known:
    """An average premium typed by hand; the newest one is taken to be the same where none is typed."""
    every = about.dated.rule.sample_seconds
    return Known(
        samples=[premium], last=premium if last is None else last, averaged=True, basis="given", source="given",
        every_seconds=_MINUTE if every is None else Decimal(every),
    )  # fmt: skip


def known_of_samples(about: Subject, samples: Sequence[Sample], clock: Clock, source: str) -> Known:
    """Samples of a file: those of the running interval, where they have times."""
    within = [s for s in samples if s.time_ms is None or clock.began_ms < s.time_ms <= clock.now_ms]
    if not within:
        raise UsageError(
            f"no sample of {source} lies in the interval that runs from {from_ms(clock.began_ms):%Y-%m-%d %H:%M} UTC",
            "Give the time that they lead up to with --at.",
        )
    every = about.dated.rule.sample_seconds
    seconds = _MINUTE if every is None else Decimal(every)
    times = [s.time_ms for s in within if s.time_ms is not None]
    if len(times) > 1:
        seconds = Decimal(times[-1] - times[0]) / (len(times) - 1) / _MS
    premiums = [s.premium for s in within]
    return Known(
        samples=premiums, last=premiums[-1], every_seconds=seconds, averaged=False, basis="samples", source=source
    )


def known_of_live(found: LiveSubject) -> Known:
    """What the exchange shows: premium samples of the running interval, or the one premium that can be told."""
    premium = found.premium
    assert premium is not None
    if premium.basis == "candles":
        values = [value for _, value in found.measured.premiums]
        return Known(
            samples=values, last=values[-1], every_seconds=_MINUTE, averaged=False, basis="candles",
            source=premium.source, estimated=premium.estimated,
        )  # fmt: skip
    every = found.subject.dated.rule.sample_seconds
    return Known(
        samples=[premium.value], last=premium.value, averaged=True, basis=premium.basis, source=premium.source,
        every_seconds=_MINUTE if every is None else Decimal(every), estimated=True,
    )  # fmt: skip


@exact
def prediction(
    about: Subject, clock: Clock, known: Known, assumed: Assumed, published: Decimal | None, how: str | None = None
) -> Predicted:
    """The rate of the running interval at its end; `how` goes before the rule's averaging."""
    averaging = averaging_of(about, how)
    length = Decimal(clock.ends_ms - clock.began_ms)
    total = max(1, int(length / (known.every_seconds * _MS)))
    elapsed = int(Decimal(clock.now_ms - clock.began_ms) / (known.every_seconds * _MS))
    count = min(total, elapsed if known.averaged else len(known.samples))
    samples = tuple(known.samples if known.averaged else known.samples[-count:]) if count else ()
    so_far = SoFar(samples=samples, known=count, total=total, averaging=averaging, last=known.last)
    mean = so_far.average if assumed.mean is None else assumed.mean
    seen = [*known.samples, known.last] if samples and not known.averaged else [so_far.average, known.last]
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
