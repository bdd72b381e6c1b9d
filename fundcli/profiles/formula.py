"""How an exchange computes its funding rate, as data: dated rules, each with its source.

What no source gives is left out and, where the formula cannot do without it, named in `unknown`.
"""

from __future__ import annotations

from typing import Literal

from fundcli.profiles.types import Amount, Hours, Moment, Share, Source, Strict

Parameter = Literal["band", "divisor", "interest", "averaging", "cap", "sampling", "impact", "premium"]


class Interest(Strict):
    """The interest component I.

    rate: I of an interval of `per_hours`, scaled to the contract's; without `per_hours` I is the same at every
    interval. exceptions: contracts with another I, by BASE/QUOTE.
    """

    rate: Share
    per_hours: Hours | None = None
    exceptions: dict[str, Share] = {}


class Cap(Strict):
    """The largest rate; the floor is its negative.

    rule: `fixed`, or out of the margin rates of the contract's first tier: `maintenance` (coefficient x MMR),
    `initial_minus_maintenance` (coefficient x (IMR - MMR)), `lower_of_both` (the lower of that and MMR). rate: of the
    main contract where the rule is `fixed`. contracts: caps of other contracts as last seen, by unified symbol; all:
    every contract has the same. stage: what is capped.
    """

    rule: Literal["fixed", "maintenance", "initial_minus_maintenance", "lower_of_both"]
    rate: Share | None = None
    coefficient: Amount = Amount(1)
    contracts: dict[str, Share] = {}
    all: bool = False
    stage: Literal["rate", "unscaled_rate"] = "rate"


class Impact(Strict):
    """The order size whose average fill price is the impact price.

    unit: divided by the initial margin rate at the highest leverage; notional: of the main contract, in quote
    currency; coins: of the main contract, in base coin. contracts: other contracts' notional, by unified symbol.
    """

    unit: Amount | None = None
    notional: Amount | None = None
    coins: Amount | None = None
    contracts: dict[str, Amount] = {}


class Rule(Strict):
    """The formula that held from `valid_from` (always, where absent) until the next rule began.

    certain_from: where sources disagree on the day, the time from which it surely held.
    premium: `impact` (impact bid and ask against the reference), `impact_mid`, `mid`, `mark`, `impact_from_mark`.
    averaging: of the samples of an interval; `none` where the premium of the moment counts. sample_seconds: between
    two samples. band: half the width of the clamp or dead band. divided_hours: 8 where the rate of N hours is divided
    by 8/N. clamp_stage: whether the mean premium is clamped or each sample. truncated_to: the last digit of the rate,
    where what lies behind it is cut off. lag_periods: 1 where the rate of one
    interval is paid an interval later. interval_hours: the usual interval then, where it differs from today's.
    unknown: parameters that no source gives.
    """

    form: Literal[
        "premium_plus_clamped_interest", "interest_plus_clamped_premium", "dead_band", "premium_plus_interest"
    ]
    source: Source
    premium: Literal["impact", "impact_mid", "mid", "mark", "impact_from_mark"] | None = None
    reference: Literal["index", "oracle", "mark"] = "index"
    averaging: Literal["simple", "linear", "twap", "none"] | None = None
    sample_seconds: Amount | None = None
    interest: Interest | None = None
    band: Share | None = None
    divided_hours: Hours | None = None
    clamp_stage: Literal["mean", "sample"] = "mean"
    truncated_to: Share | None = None
    cap: Cap | None = None
    impact: Impact | None = None
    lag_periods: int = 0
    interval_hours: Hours | None = None
    valid_from: Moment | None = None
    certain_from: Moment | None = None
    unknown: list[Parameter] = []
    notes: list[str] = []


class Formula(Strict):
    """The rules of an exchange, oldest first."""

    rules: list[Rule]
