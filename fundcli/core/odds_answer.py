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
class CapitalPath:
    """The capital that such holds tied up on their way, in multiples of their capital at the open.

    peak_capital: its greatest, mean_capital: its average over the time of the hold, as quantiles over the starts.
    method: when money is added. starts: holds counted; unpriced: holds left out, a price within them is not known.
    initial_on_notional: the capital at the open per unit of notional, as in the ledger. topped_up: the share of starts
    in which money beyond buffer and margin was added. net_on_mean_capital: each start's net, at constant notional, over
    its own average capital. worst_topup_start: of the hold with the greatest peak, null where none was topped up.
    """

    method: str
    price_source: str | None
    starts: int
    unpriced: int
    initial_on_notional: Decimal
    peak_capital_p50: Decimal
    peak_capital_p95: Decimal
    peak_capital_max: Decimal
    mean_capital_p50: Decimal
    mean_capital_p95: Decimal
    topped_up: Decimal
    worst_topup_start: datetime | None
    net_on_mean_capital_p5: Decimal
    net_on_mean_capital_p50: Decimal
    net_on_mean_capital_p95: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """How holds of this length have ended, as of every settlement of the window; positive is money received.

    starts: holds counted, skipped: left out for a hole in them; uncrossed: of those counted, how many earned nothing
    because the interval of then was longer than the hold. independent = span / hold, rounded down: so many lie beside
    each other. profitable: the share with a net above zero at the end; above_hurdle: with more on capital than cash at
    the hurdle rate would have earned meanwhile (null without --hurdle). break_even_hours_p50: within which half of the
    starts had covered their costs at some settlement, null where fewer did within the hold. flipped: the share of holds
    in which rates of both signs settled. The bounds rest on draws of blocks of block_hours or more. capital: with the
    margin that was added on the way, null where prices are not known.
    """

    estimator: str
    since: datetime
    until: datetime
    hold_hours: Decimal
    starts: int
    skipped: int
    uncrossed: int
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
    capital: CapitalPath | None = None
