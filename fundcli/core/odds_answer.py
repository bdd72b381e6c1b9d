"""The odds of a hold, as an answer carries them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A quantile (share of starts at or below it). low and high bound the net on notional in 90 % of the draws."""

    share: Decimal
    gross_on_notional: Decimal
    net_on_notional: Decimal
    net_on_capital: Decimal
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """The share of starts whose costs were covered at some settlement up to so many hours after the open."""

    hours: Decimal
    broken_even: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """How holds of this length have ended, as of every settlement of the window; positive is money received.

    starts: holds counted, skipped: left out for a hole in them. independent = span / hold, rounded down: so many lie
    beside each other. profitable: the share with a net above zero at the end; above_hurdle: with more on capital than
    cash at the hurdle rate would have earned meanwhile (null without --hurdle). break_even_hours_p50: until the costs
    were covered, null where that took longer than the hold. flipped: the share of holds in which rates of both signs
    settled. The bounds rest on draws of blocks of block_hours.
    """

    estimator: str
    since: datetime
    until: datetime
    hold_hours: Decimal
    starts: int
    skipped: int
    independent: int
    block_hours: Decimal
    resamples: int
    confidence: Decimal
    quantiles: tuple[Outcome, ...]
    profitable: Decimal
    above_hurdle: Decimal | None
    chances: tuple[Chance, ...]
    break_even_hours_p10: Decimal | None
    break_even_hours_p50: Decimal | None
    break_even_hours_p90: Decimal | None
    flipped: Decimal
    worst_start: datetime
    worst_net_on_notional: Decimal
    worst_net_on_capital: Decimal
