"""The answer of `explain`, put together from a contract and its premium."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from fundcli.core import explain as core
from fundcli.core.explain import Explained, Premium
from fundcli.core.formula import as_published, funding_rate, premiums_for
from fundcli.core.wording import lessons, notation, sentence
from fundcli.market.subject import Subject
from fundcli.profiles.rules import said


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The exchange's own number for the running interval, and when it is paid."""

    rate: Decimal | None = None
    kind: str | None = None
    settles_at: datetime | None = None


_CAP_FORMULAS = {
    "given": "as typed",
    "wire": "as the exchange says",
    "last_seen": "as last seen",
    "fixed": "fixed",
    "maintenance": "coefficient × MMR",
    "initial_minus_maintenance": "coefficient × (IMR − MMR)",
    "lower_of_both": "min[coefficient × (IMR − MMR), MMR]",
}


def explained(found: Subject, premium: Premium, published: Published | None = None) -> Explained:
    """The whole answer: every part of the formula with its value and its source."""
    rule, terms, contract = found.dated.rule, found.terms, found.contract
    part = premium.breakdown or funding_rate(premium.value, terms)
    sources = {
        "rule": said(rule.source), "interest": contract.interest_source, "cap": contract.cap_source,
        "cap_rule": _CAP_FORMULAS.get(contract.cap_rule, ""),
        "divisor": "given" if terms.divisor is not None else said(rule.source),
    }  # fmt: skip
    low, high = core.same_rate_premiums(part, terms)
    zero, at_cap, at_floor = core.edges(terms)
    per_8h, per_year = core.annualized(part.rate, terms.interval_hours)
    margin = contract.margin
    shown = published or Published()
    meant = None if shown.rate is None else premiums_for(shown.rate, terms)
    return Explained(
        exchange=found.profile.id,
        symbol=found.symbol,
        interval_hours=terms.interval_hours,
        interval_basis=found.interval_basis,
        form=terms.form,
        formula=notation(terms),
        rule_since=found.dated.since,
        rule_until=found.dated.until,
        rule_source=said(rule.source),
        premium=part.premium,
        premium_basis=premium.basis,
        premium_source=premium.source,
        estimated=premium.estimated,
        samples=premium.samples,
        interest=part.interest,
        interest_source=contract.interest_source,
        clamp_low=part.clamp_low,
        clamp_high=part.clamp_high,
        clamped=part.clamped,
        clamp_stage=terms.clamp_stage,
        unscaled_rate=part.unscaled_rate,
        divisor=part.divisor,
        uncapped_rate=part.uncapped_rate,
        cap=part.cap,
        floor=part.floor,
        cap_applies_to=terms.cap_stage,
        cap_source=contract.cap_source,
        rate=part.rate,
        decided_by=part.decided_by,
        sentence=sentence(part, terms),
        rate_8h=per_8h,
        apr=per_year,
        premium_low=low,
        premium_high=high,
        premium_at_zero=zero,
        premium_at_cap=at_cap,
        premium_at_floor=at_floor,
        initial_margin_rate=margin.initial,
        maintenance_margin_rate=margin.maintenance,
        max_leverage=None if margin.initial is None else 1 / margin.initial,
        premium_kind=rule.premium,
        reference=rule.reference,
        averaging=rule.averaging,
        sample_seconds=None if rule.sample_seconds is None else Decimal(rule.sample_seconds),
        payment_price=found.profile.funding.payment_price,
        accrual=found.profile.funding.accrual,
        lag_periods=rule.lag_periods,
        published_rate=shown.rate,
        published_kind=shown.kind,
        settles_at=shown.settles_at,
        difference=None if shown.rate is None else as_published(part.rate, terms) - shown.rate,
        published_premium_low=None if meant is None else meant[0],
        published_premium_high=None if meant is None else meant[1],
        steps=(*premium.steps, *core.steps_of(part, terms, sources, _cap_inputs(found))),
        notes=(*lessons(terms), *rule.notes),
    )


def _cap_inputs(found: Subject) -> dict[str, Decimal]:
    """What goes into a cap that follows from the margin rates of the contract's first tier."""
    cap, margin, how = found.dated.rule.cap, found.contract.margin, found.contract.cap_rule
    if cap is None or how != cap.rule or how == "fixed":
        return {}
    inputs = {"coefficient": Decimal(cap.coefficient), "MMR": margin.maintenance}
    if how != "maintenance":
        inputs["IMR"] = margin.initial
    return {name: value for name, value in inputs.items() if value is not None}


def notices(found: Subject, premium: Premium, live: bool = False) -> list[str]:
    """What the reader should know about the rule and the premium before trusting the rate."""
    texts = [found.dated.doubt] if found.dated.doubt else []
    if found.contract.cap_source == "unknown":
        texts.append(
            f"the cap of {found.symbol} on {found.profile.id} is not on record: the rate is shown without one; "
            + ("--live may read it, " if found.profile.ccxt and not live else "")
            + "--cap gives it"
        )
    if found.terms.clamp_stage == "sample" and premium.breakdown is None and premium.basis != "baseline":
        texts.append(
            f"{found.profile.id} clamped every sample of that time: one premium stands for all of them here, "
            "--premium-samples takes them one by one"
        )
    texts += idle(found, premium.basis == "book")
    if found.dated.rule.lag_periods:
        texts.append(f"{found.profile.id} pays this rate one interval after the premium was measured")
    if premium.estimated:
        texts.append(f"the premium is an estimate: {premium.source}")
    return texts


def idle(found: Subject, of_book: bool = False) -> list[str]:
    """Typed numbers that this formula does not use; of_book: an impact notional was needed."""
    rule, given, name = found.dated.rule, found.given, found.profile.id
    texts = []
    if given.band is not None and rule.form == "premium_plus_interest":
        texts.append(f"--band does not matter: the formula of {name} has no clamp")
    if given.interest is not None and "interest" not in given.wire and rule.form == "dead_band":
        texts.append(f"--interest does not matter: the formula of {name} has none")
    from_margin = found.contract.cap_source == "given margin rates"
    if given.maintenance is not None and not from_margin:
        texts.append(f"--mmr does not matter: the cap of {name} does not follow from it")
    impact = of_book and rule.impact is not None and rule.impact.unit is not None
    if given.initial is not None and not impact and (rule.cap is None or rule.cap.rule in ("fixed", "maintenance")):
        texts.append(f"--imr does not matter: the cap of {name} does not follow from it")
    return texts
