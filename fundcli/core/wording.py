"""The formula in words: its notation, the sentence that says which part decides, what people take wrong about it."""

from __future__ import annotations

from decimal import Context, Decimal

from fundcli.core.formula import Breakdown, Terms, premiums_for
from fundcli.core.numbers import exact, plain

# Each form in the field's notation: P the averaged premium, I the interest, b the band.
FORMULAS = {
    "premium_plus_clamped_interest": "P + clamp(I − P, −b, +b)",
    "interest_plus_clamped_premium": "I + clamp(P, −b, +b)",
    "dead_band": "max(b, P) + min(−b, P)",
    "premium_plus_interest": "P",
}

_FOUR = Context(prec=4)


def percent(value: Decimal) -> str:
    """A fraction as people write it.

    >>> percent(Decimal("0.0005"))
    '0.05 %'
    """
    return f"{plain(+round(value * 100, 10))} %"


def about_percent(value: Decimal) -> str:
    """The same to four significant digits.

    >>> about_percent(Decimal("-0.00123456"))
    '-0.1235 %'
    """
    return percent(_FOUR.plus(value))


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
