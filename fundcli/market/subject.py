"""The contract that is explained: the rule of the day, its interval and its numbers."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from fundcli.core.formula import Terms
from fundcli.core.premium import Averaging, PremiumKind, impact_margin_notional
from fundcli.errors import UsageError
from fundcli.profiles import Profile
from fundcli.profiles.rules import ContractTerms, DatedRule, Given, rule_at, terms_of, usual_interval


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The contract that is explained: its rule at a time, its interval and its numbers."""

    profile: Profile
    symbol: str
    dated: DatedRule
    interval_hours: Decimal
    interval_basis: str
    contract: ContractTerms
    given: Given

    @property
    def terms(self) -> Terms:
        """The formula's numbers."""
        return self.contract.terms


def subject(
    profile: Profile, symbol: str, at: datetime, interval: Decimal | None, given: Given, basis: str = "given"
) -> Subject:
    """The rule that held at a time, with the contract's numbers; `basis` says how a named interval is known."""
    dated = rule_at(profile, at)
    hours = interval if interval is not None else usual_interval(profile, dated.rule)
    return Subject(
        profile=profile,
        symbol=symbol,
        dated=dated,
        interval_hours=hours,
        interval_basis=basis if interval is not None else "profile",
        contract=terms_of(profile, dated.rule, symbol, hours, given),
        given=given,
    )


def impact_notional(found: Subject) -> Decimal:
    """The exchange's impact notional for the contract; refuses where no source gives it."""
    impact = found.dated.rule.impact
    if impact is not None:
        if found.symbol in impact.contracts:
            return Decimal(impact.contracts[found.symbol])
        if impact.unit is not None and found.contract.margin.initial is not None:
            return impact_margin_notional(Decimal(impact.unit), found.contract.margin.initial)
        if impact.notional is not None and found.symbol == found.profile.contracts.main:
            return Decimal(impact.notional)
    raise UsageError(
        f"the impact notional of {found.symbol} on {found.profile.id} is not on record",
        "Give it with --impact-notional.",
    )


def averaging_of(found: Subject, averaging: str | None) -> Averaging:
    """How samples are averaged: as typed, else as the rule says; refused where no source says."""
    method = averaging or found.dated.rule.averaging
    if method is None:
        raise UsageError(
            f"{found.profile.id}: no source says how premium samples are averaged",
            "Give --averaging simple, linear or twap.",
        )
    return method  # type: ignore[return-value]


def premium_kind(found: Subject) -> PremiumKind:
    """How the exchange measures its premium; refused where no source says."""
    kind = found.dated.rule.premium
    if kind is None:
        raise UsageError(
            f"{found.profile.id}: no source says how its premium is measured", "Give the premium itself: --premium."
        )
    return kind
