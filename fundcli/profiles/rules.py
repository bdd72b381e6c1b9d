"""The rule of an exchange's formula that holds at a time, and its numbers for one contract."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from fundcli.core.caps import MarginRates, cap_of
from fundcli.core.formula import Terms, interest_component
from fundcli.core.numbers import exact
from fundcli.core.units import parse_time
from fundcli.errors import UsageError
from fundcli.profiles.formula import Cap, Rule
from fundcli.profiles.schema import Profile
from fundcli.profiles.types import Source

# What a parameter that no source gives is called on the command line.
_OPTIONS = {"band": "--band", "divisor": "--divisor", "interest": "--interest", "averaging": "--averaging"}


class DatedRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with the time it held: from `since` (always, where None) until `until` (still, where None)."""

    rule: Rule
    since: datetime | None
    until: datetime | None
    doubt: str = ""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters that go before the rule's own: typed, or read from the exchange (those named in `wire`)."""

    interest: Decimal | None = None
    band: Decimal | None = None
    divisor: Decimal | None = None
    cap: Decimal | None = None
    floor: Decimal | None = None
    initial: Decimal | None = None
    maintenance: Decimal | None = None
    wire: frozenset[str] = frozenset()

    def origin(self, name: str) -> str:
        """Where a parameter comes from."""
        return "the exchange, live" if name in self.wire else "given"


class ContractTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one contract's formula, and where those that vary by contract come from.

    cap_rule: how its cap was found: the rule's (`fixed`, `maintenance` …), `last_seen`, `given`, `wire`; else empty.
    """

    terms: Terms
    symbol: str
    margin: MarginRates
    interest_source: str
    cap_source: str
    cap_rule: str


def rule_at(profile: Profile, at: datetime) -> DatedRule:
    """The rule that held at a time; refuses where the profile has none, naming what it would need."""
    if profile.formula == "unknown":
        raise UsageError(
            f"the formula of {profile.id} is unknown: no source says how its rate is computed",
            "It needs the form, the interest component, the clamp band, the divisor and the cap, with their source, "
            f"as `formula:` in a profile of yours (`fundcli profiles init {profile.id}`).",
        )
    rules = profile.formula.rules
    starts = [None if rule.valid_from is None else parse_time(rule.valid_from) for rule in rules]
    holding = [i for i, start in enumerate(starts) if start is None or start <= at]
    if not holding:
        raise UsageError(
            f"no rule of {profile.id} is on record for {at:%Y-%m-%d}",
            f"The oldest known one holds from {starts[0]:%Y-%m-%d %H:%M} UTC on; --at takes a later time.",
        )
    index = holding[-1]
    rule, start = rules[index], starts[index]
    certain = None if rule.certain_from is None else parse_time(rule.certain_from)
    doubt = ""
    if start is not None and certain is not None and at < certain:
        doubt = (
            f"{profile.id} changed its formula between {start:%Y-%m-%d %H:%M} and {certain:%Y-%m-%d %H:%M} UTC, and "
            "sources do not say when: this is the new rule, the old one may still have held"
        )
    until = starts[index + 1] if index + 1 < len(rules) else None
    return DatedRule(rule=rule, since=start, until=until, doubt=doubt)


def begins(profile: Profile) -> datetime | None:
    """When the oldest rule on record began; None where it always held or the formula is unknown."""
    oldest = None if profile.formula == "unknown" else profile.formula.rules[0].valid_from
    return None if oldest is None else parse_time(oldest)


def usual_interval(profile: Profile, rule: Rule) -> Decimal:
    """The interval of the main contract while a rule held."""
    return Decimal(rule.interval_hours or profile.funding.interval_hours)


@exact
def terms_of(profile: Profile, rule: Rule, symbol: str, interval_hours: Decimal, given: Given) -> ContractTerms:
    """The formula's numbers for a contract at an interval; refuses what neither a source nor the caller gives."""
    _refuse_unknown(profile, rule, interval_hours, given)
    interest, interest_source = _interest(rule, symbol, interval_hours, given)
    margin = _margin(profile, symbol, given)
    cap, cap_source, cap_rule = _cap(profile, rule, symbol, margin, given)
    floor = given.floor if given.floor is not None else None if cap is None else -cap
    terms = Terms(
        form=rule.form,
        interval_hours=interval_hours,
        interest=interest,
        band=given.band if given.band is not None else None if rule.band is None else Decimal(rule.band),
        divided_hours=None if rule.divided_hours is None else Decimal(rule.divided_hours),
        divisor=given.divisor,
        cap=cap,
        floor=floor,
        cap_stage="rate" if rule.cap is None or given.cap is not None else rule.cap.stage,
        clamp_stage=rule.clamp_stage,
        truncated_to=None if rule.truncated_to is None else Decimal(rule.truncated_to),
    )
    return ContractTerms(
        terms=terms, symbol=symbol, margin=margin, interest_source=interest_source, cap_source=cap_source,
        cap_rule=cap_rule,
    )  # fmt: skip


def brings_cap(rule: Rule, given: Given) -> bool:
    """Whether what was typed gives the cap, itself or out of margin rates."""
    return given.cap is not None or (rule.cap is not None and _takes_margin(rule.cap, given))


def said(source: Source) -> str:
    """A source in a few words."""
    return f"{source.what} ({source.date})"


def _refuse_unknown(profile: Profile, rule: Rule, interval_hours: Decimal, given: Given) -> None:
    needed = {"band": given.band, "divisor": given.divisor, "interest": given.interest}
    if interval_hours == 8:  # divided or not, the rate of 8 hours is the same
        del needed["divisor"]
    missing = [name for name, value in needed.items() if name in rule.unknown and value is None]
    if missing:
        names = {"band": "clamp band", "divisor": "division by the interval", "interest": "interest component"}
        raise UsageError(
            f"{profile.id}: no source gives the {' and the '.join(names[name] for name in missing)}",
            f"Give {' and '.join(_OPTIONS[name] for name in missing)}.",
        )


def _interest(rule: Rule, symbol: str, interval_hours: Decimal, given: Given) -> tuple[Decimal, str]:
    if given.interest is not None:
        return given.interest, given.origin("interest")
    if rule.interest is None:
        return Decimal(0), "none"
    per = rule.interest.per_hours
    exception = rule.interest.exceptions.get(symbol.partition(":")[0])
    rate = Decimal(rule.interest.rate if exception is None else exception)
    return interest_component(rate, None if per is None else Decimal(per), interval_hours), "profile"


def _margin(profile: Profile, symbol: str, given: Given) -> MarginRates:
    """Typed margin rates, else those of the first tier where the profile has the contract's."""
    initial, maintenance = given.initial, given.maintenance
    if profile.margin is not None and profile.margin.symbol == symbol:
        tier = profile.margin.tiers[0]
        initial = initial if initial is not None else 1 / Decimal(tier.max_leverage)
        maintenance = maintenance if maintenance is not None else Decimal(tier.maintenance_rate)
    return MarginRates(initial=initial, maintenance=maintenance)


def _cap(
    profile: Profile, rule: Rule, symbol: str, margin: MarginRates, given: Given
) -> tuple[Decimal | None, str, str]:
    """The cap, where it comes from, and how it was found."""
    if given.cap is not None:
        return given.cap, given.origin("cap"), "wire" if "cap" in given.wire else "given"
    if rule.cap is None:
        return None, "unknown" if "cap" in rule.unknown else "none", ""
    cap = rule.cap
    typed = _takes_margin(cap, given)
    if cap.rule == "fixed":
        if cap.rate is not None and (cap.all or symbol == profile.contracts.main):
            return Decimal(cap.rate), "profile", "fixed" if cap.all else "last_seen"
    elif typed or symbol == profile.contracts.main:
        found = cap_of(cap.rule, Decimal(cap.coefficient), margin)
        if found is not None:
            return found, "given margin rates" if typed else "profile", cap.rule
    if symbol in cap.contracts:
        return Decimal(cap.contracts[symbol]), "profile", "last_seen"
    return None, "unknown", ""


def _takes_margin(cap: Cap, given: Given) -> bool:
    """Whether a typed margin rate is one that the cap follows from."""
    if cap.rule == "fixed":
        return False
    return given.maintenance is not None or (cap.rule != "maintenance" and given.initial is not None)
