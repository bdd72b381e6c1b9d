"""How the answer of `predict` is laid out."""

from __future__ import annotations

from collections.abc import Sequence

from fundcli.core.predict import Predicted
from fundcli.render.answer import Cell, Column, Table
from fundcli.render.human import hours, person_rate

_ASSUMED = {
    "holds": "the premium holds at {last}",
    "decays": "the premium decays from {last} to {mean}, halving its distance in {half}",
    "range": "the premium stays between {low} and {high}; the rate is that of {last}",
}


def tables(result: Predicted) -> Sequence[Table]:
    """The rates it can come to, then what they rest on."""
    assumed = _ASSUMED[result.assumption].format(
        last=person_rate(result.premium_last), mean=person_rate(result.mean), half=hours(result.half_life_hours),
        low=person_rate(result.range_low), high=person_rate(result.range_high),
    )  # fmt: skip
    within = f"premium between {person_rate(result.range_low)} and {person_rate(result.range_high)}"
    rates = Table(
        title=(
            f"{result.exchange} {result.symbol}  {person_rate(result.rate)} per {hours(result.interval_hours)} "
            f"at {result.settles_at:%Y-%m-%d %H:%M} UTC\n{result.formula}\nif {assumed}"
        ),
        columns=[Column("case", ""), Column("rate", "rate", "rate")],
        rows=[
            ("predicted", result.rate),
            (f"least, {within}", result.rate_low),
            (f"greatest, {within}", result.rate_high),
            ("if the interval ended now", result.rate_now),
            ("floor, whatever happens", result.possible_low),
            ("cap, whatever happens", result.possible_high),
            *([("published now by the exchange", result.published_rate)] if result.published_rate is not None else []),
        ],
    )
    samples = f"{result.samples_known} of {result.samples_total}, {result.averaging} average"
    facts = Table(
        columns=[Column("fact", ""), Column("value", "")],
        rows=[
            ("interval ends in", Cell(result.measured_until, "until")),
            ("paid at", Cell(result.settles_at, "time")),
            ("average premium so far", Cell(result.premium_so_far, "rate")),
            ("weight of it that is fixed", Cell(result.known_weight, "percent")),
            ("samples", samples),
            ("leaves the clamp if the rest averages above", Cell(result.leaves_above, "rate")),
            ("leaves the clamp if the rest averages below", Cell(result.leaves_below, "rate")),
            ("ends at the cap if the rest averages above", Cell(result.reaches_cap, "rate")),
            ("decided by", result.decided_by),
            ("per 8 hours", Cell(result.rate_8h, "rate")),
            ("APR, simple", Cell(result.apr, "percent")),
            ("premium from", result.premium_basis if result.premium_basis == "given" else result.premium_source),
            ("interval from", result.interval_basis),
        ],
    )
    return [rates, facts]
