"""Rates that need no network: typed ones, and the profile's baseline."""

from __future__ import annotations

from decimal import Decimal

from fundcli.core.annualize import baseline_rate
from fundcli.core.used import UsedRate
from fundcli.core.words import IntervalBasis
from fundcli.errors import UsageError
from fundcli.profiles import Profile


def given_rate(profile: Profile, rate: Decimal, interval: Decimal | None) -> UsedRate:
    """`--rate`, which belongs to `--interval`, else to the profile's interval."""
    hours, basis, source = _interval(profile, interval)
    return UsedRate(
        rate=rate,
        interval_hours=hours,
        interval_basis=basis,
        kind="given",
        source="given with --rate",
        interval_source=source,
    )


def baseline(profile: Profile, interval: Decimal | None) -> UsedRate:
    """The profile's interest component for the interval: the rate at a premium of zero."""
    if profile.funding.interest_per_day is None:
        raise UsageError(
            f"{profile.id} has no interest component, so there is no baseline rate",
            "Give one with --rate 0.01%, or ask the exchange with --live.",
        )
    hours, basis, interval_source = _interval(profile, interval)
    funding = profile.funding
    assert funding.interest_per_day is not None
    return UsedRate(
        rate=baseline_rate(Decimal(funding.interest_per_day), hours),
        interval_hours=hours,
        interval_basis=basis,
        kind="baseline",
        source=f"interest component of the {profile.id} profile ({funding.source.what}, {funding.source.date})",
        interval_source=interval_source,
    )


def _interval(profile: Profile, interval: Decimal | None) -> tuple[Decimal, IntervalBasis, str]:
    if interval is not None:
        return interval, "given", "given with --interval"
    funding = profile.funding
    return (
        Decimal(funding.interval_hours),
        "profile",
        f"the {profile.id} profile ({funding.source.what}, {funding.source.date})",
    )
