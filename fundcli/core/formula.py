"""The exchange's formula: from a premium to a funding rate, part by part, and back.

Four forms are in use. P is the averaged premium, I the interest component of the interval, b the clamp band, N the
interval in hours, D the hours that the formula's rate is for (8 on most exchanges; no division where absent).

    premium_plus_clamped_interest   F = [P + clamp(I - P, -b, +b)] / (D/N)      most exchanges
    interest_plus_clamped_premium   F = [I + clamp(P, -b, +b)] / (D/N)          MEXC
    dead_band                       F = [max(b, P) + min(-b, P)] / (D/N)        Deribit, Bitfinex
    premium_plus_interest           F = P / (D/N) + I                           dYdX, Kraken, FTX, WOO X

and then the cap and floor. The clamp bounds I - P (or P), never the rate; the cap bounds the rate. All values are
fractions of notional; positive: long pays short.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Literal

from fundcli.core.numbers import exact
from fundcli.core.premium import weighted_mean

Form = Literal["premium_plus_clamped_interest", "interest_plus_clamped_premium", "dead_band", "premium_plus_interest"]
DecidedBy = Literal["interest", "premium", "clamp", "dead_band", "cap", "floor"]
CapStage = Literal["rate", "unscaled_rate"]
ClampStage = Literal["mean", "sample"]
_ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The numbers of one contract's formula at one interval.

    interest: I, as it stands in the formula. band: half the width of the clamp or of the dead band. divided_hours: D,
    None where nothing is divided; `divisor` typed by hand goes before it. cap, floor: bounds of the rate, or of the
    rate before division where cap_stage is `unscaled_rate` (dYdX). clamp_stage: whether the mean premium is clamped,
    or each sample before the mean is taken. truncated_to: the digit that published rates are cut to, towards zero.
    """

    form: Form
    interval_hours: Decimal
    interest: Decimal = _ZERO
    band: Decimal | None = None
    divided_hours: Decimal | None = None
    divisor: Decimal | None = None
    cap: Decimal | None = None
    floor: Decimal | None = None
    cap_stage: CapStage = "rate"
    clamp_stage: ClampStage = "mean"
    truncated_to: Decimal | None = None

    @property
    def factor(self) -> tuple[Decimal, Decimal]:
        """What the rate is multiplied with and divided by: N and D, because r N / 8 is exact where r / (8/6) is not."""
        if self.divisor is not None:
            return Decimal(1), self.divisor
        if self.divided_hours is None:
            return Decimal(1), Decimal(1)
        return self.interval_hours, self.divided_hours

    @exact
    def scaled(self, unscaled: Decimal) -> Decimal:
        """The rate of the interval: r N / D, and + I where the formula adds it after the division.

        Bybit, 0.04 % per 8 hours at 4 h:

        >>> terms = Terms(form="dead_band", interval_hours=Decimal(4), divided_hours=Decimal(8))
        >>> terms.scaled(Decimal("0.0004"))
        Decimal('0.0002')
        """
        times, by = self.factor
        return unscaled * times / by + (self.interest if self.form == "premium_plus_interest" else _ZERO)

    def bound(self, bound: Decimal | None) -> Decimal | None:
        """A cap or floor as a bound of the rate that is paid, whichever stage it applies to."""
        return bound if bound is None or self.cap_stage == "rate" else self.scaled(bound)


@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """A rate and its parts.

    clamped: what the clamp let through: clamp(I - P) or clamp(P); None where the formula has no clamp.
    unscaled_rate: before division and cap; uncapped_rate: after the division, before the cap. decided_by: the part
    that moves or holds the rate at this premium.
    """

    premium: Decimal
    interest: Decimal
    clamp_low: Decimal | None
    clamp_high: Decimal | None
    clamped: Decimal | None
    unscaled_rate: Decimal
    divisor: Decimal
    uncapped_rate: Decimal
    cap: Decimal | None
    floor: Decimal | None
    rate: Decimal
    decided_by: DecidedBy


@exact
def clamp(value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    """The value, but not below low nor above high.

    >>> clamp(Decimal("0.0007"), Decimal("-0.0005"), Decimal("0.0005"))
    Decimal('0.0005')
    """
    return max(low, min(high, value))


@exact
def interest_component(rate: Decimal, per_hours: Decimal | None, interval_hours: Decimal) -> Decimal:
    """I of an interval. `per_hours` None: the same I at every interval; else rate x N / per_hours.

    Bybit, 0.03 % a day at 2 h: 0.0025 %.

    >>> interest_component(Decimal("0.0003"), Decimal(24), Decimal(2))
    Decimal('0.000025')
    """
    return rate if per_hours is None else rate * interval_hours / per_hours


@exact
def interest_of_indices(quote_daily: Decimal, base_daily: Decimal, settlements_per_day: Decimal) -> Decimal:
    """I = (interest of the quote coin - interest of the base coin) / settlements a day (BitMEX).

    0.06 % against 0.03 % a day at three settlements: 0.01 %.

    >>> interest_of_indices(Decimal("0.0006"), Decimal("0.0003"), Decimal(3))
    Decimal('0.0001')
    """
    return (quote_daily - base_daily) / settlements_per_day


@exact
def funding_rate(premium: Decimal, terms: Terms) -> Breakdown:
    """The rate that follows from an averaged premium.

    Binance, P = 0.06 %, I = 0.01 %, band 0.05 %: the clamp takes the premium back to the interest.

    >>> terms = Terms(form="premium_plus_clamped_interest", interval_hours=Decimal(8), interest=Decimal("0.0001"),
    ...               band=Decimal("0.0005"), divided_hours=Decimal(8))
    >>> found = funding_rate(Decimal("0.0006"), terms)
    >>> found.rate, found.decided_by
    (Decimal('0.0001'), 'interest')
    """
    return _finished(premium, *_unscaled(premium, terms), terms)


@exact
def funding_rate_of_samples(samples: Sequence[Decimal], weighing: Sequence[int | Decimal], terms: Terms) -> Breakdown:
    """The rate that follows from premium samples, oldest first, each with its weight.

    Where clamp_stage is `sample` every sample goes through the clamp and the mean of the results is taken. It is not
    the clamp of the mean: half the samples at +0.10 % and half at -0.10 % give 0.000 % against 0.010 %.

    >>> terms = Terms(form="premium_plus_clamped_interest", interval_hours=Decimal(8), interest=Decimal("0.0001"),
    ...               band=Decimal("0.0005"), clamp_stage="sample")
    >>> from dataclasses import replace
    >>> samples = [Decimal("0.001"), Decimal("-0.001")]
    >>> funding_rate_of_samples(samples, [1, 1], terms).rate
    Decimal('0.0000')
    >>> funding_rate_of_samples(samples, [1, 1], replace(terms, clamp_stage="mean")).rate
    Decimal('0.0001')
    """
    premium = weighted_mean(samples, weighing)
    if terms.clamp_stage == "mean":
        return funding_rate(premium, terms)
    parts = [_unscaled(sample, terms) for sample in samples]
    unscaled = weighted_mean([part[0] for part in parts], weighing)
    clamped = [part[1] for part in parts if part[1] is not None]
    mean_clamped = weighted_mean(clamped, weighing) if clamped else None
    deciders = {part[2] for part in parts}
    decided: DecidedBy = deciders.pop() if len(deciders) == 1 else "premium"
    return _finished(premium, unscaled, mean_clamped, decided, terms)


def _unscaled(premium: Decimal, terms: Terms) -> tuple[Decimal, Decimal | None, DecidedBy]:
    """The rate before division and cap, what the clamp let through, and which of the two decides."""
    if terms.form == "premium_plus_interest":
        return premium, None, "premium"
    band = terms.band or _ZERO
    if terms.form == "interest_plus_clamped_premium":
        clamped = clamp(premium, -band, band)
        return terms.interest + clamped, clamped, "premium" if clamped == premium else "clamp"
    # A dead band is the same with an interest of zero: max(b, P) + min(-b, P) = P + clamp(0 - P, -b, b).
    interest = _ZERO if terms.form == "dead_band" else terms.interest
    clamped = clamp(interest - premium, -band, band)
    if clamped != interest - premium:
        return premium + clamped, clamped, "premium"
    return interest, clamped, "dead_band" if terms.form == "dead_band" else "interest"


def _finished(
    premium: Decimal, unscaled: Decimal, clamped: Decimal | None, decided: DecidedBy, terms: Terms
) -> Breakdown:
    times, by = terms.factor
    uncapped = terms.scaled(unscaled)
    if terms.cap_stage == "rate":
        measured, rate = uncapped, _bounded(uncapped, terms)
    else:
        measured, rate = unscaled, terms.scaled(_bounded(unscaled, terms))
    if terms.cap is not None and measured > terms.cap:
        decided = "cap"
    elif terms.floor is not None and measured < terms.floor:
        decided = "floor"
    has_clamp = clamped is not None
    return Breakdown(
        premium=premium,
        interest=_ZERO if terms.form == "dead_band" else terms.interest,
        clamp_low=-(terms.band or _ZERO) if has_clamp else None,
        clamp_high=(terms.band or _ZERO) if has_clamp else None,
        clamped=clamped,
        unscaled_rate=unscaled,
        divisor=by / times,
        uncapped_rate=uncapped,
        cap=terms.cap,
        floor=terms.floor,
        rate=rate,
        decided_by=decided,
    )


def _bounded(value: Decimal, terms: Terms) -> Decimal:
    low, high = terms.floor, terms.cap
    if high is not None:
        value = min(high, value)
    return value if low is None else max(low, value)


@exact
def as_published(rate: Decimal, terms: Terms) -> Decimal:
    """The rate with as many digits as the exchange publishes; Lighter cuts 0.00125 % to 0.0012 %."""
    if terms.truncated_to is None:
        return rate
    return (rate / terms.truncated_to).to_integral_value(ROUND_DOWN) * terms.truncated_to


@exact
def premiums_for(rate: Decimal, terms: Terms) -> tuple[Decimal, Decimal] | None:
    """The lowest and highest premium that give this rate; None where none or no bounded range does.

    A rate of 0 does not mean that the perpetual stands at spot: on Binance's rule it means a premium of -0.05 %.

    >>> terms = Terms(form="premium_plus_clamped_interest", interval_hours=Decimal(8), interest=Decimal("0.0001"),
    ...               band=Decimal("0.0005"), divided_hours=Decimal(8))
    >>> premiums_for(Decimal(0), terms)
    (Decimal('-0.0005'), Decimal('-0.0005'))
    >>> premiums_for(Decimal("0.0001"), terms)
    (Decimal('-0.0004'), Decimal('0.0006'))
    """
    times, by = terms.factor
    band = terms.band or _ZERO
    if terms.form == "premium_plus_interest":
        premium = (rate - terms.interest) * by / times
        return premium, premium
    unscaled = rate * by / times
    if terms.form == "interest_plus_clamped_premium":
        premium = unscaled - terms.interest
        return (premium, premium) if abs(premium) < band else None
    interest = _ZERO if terms.form == "dead_band" else terms.interest
    if unscaled == interest:
        return interest - band, interest + band
    premium = unscaled + band if unscaled > interest else unscaled - band
    return premium, premium
