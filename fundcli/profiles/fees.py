"""The fee of a fill, from a profile: market, maker or taker, tier and discount."""

from __future__ import annotations

from decimal import Decimal

from fundcli.core.numbers import exact
from fundcli.errors import UsageError, did_you_mean
from fundcli.profiles.schema import Profile


@exact
def fee_rate(profile: Profile, market: str, role: str, tier: str | None = None, discount: str | None = None) -> Decimal:
    """The fee as a share of notional: market is perp, spot or inverse; role maker, taker or none.

    A discount takes its share off a positive fee; rebates are not discounted.
    """
    if role == "none":
        return Decimal(0)
    fees = profile.fees
    base = fees.inverse or fees.perp if market == "inverse" else getattr(fees, market)
    if tier is not None and tier.lower() != fees.base_tier.lower():
        by_name = {name.lower(): entry for name, entry in fees.tiers.items()}
        if tier.lower() not in by_name:
            names = [fees.base_tier, *fees.tiers]
            hint = did_you_mean(tier, names, f"There are {', '.join(names)}.")
            raise UsageError(f"{profile.id} has no fee tier '{tier}'", hint)
        chosen = by_name[tier.lower()]
        base = getattr(chosen, market) or base
    if base is None:
        raise UsageError(
            f"the {market} fee of {profile.id} is not in its profile", f"Give it with --{market}-fee 0.1%."
        )
    value = Decimal(getattr(base, role))
    if discount is None:
        return value
    by_token = {name.lower(): entry for name, entry in fees.discounts.items()}
    if discount.lower() not in by_token:
        known = f"It has {', '.join(fees.discounts)}." if fees.discounts else "It has none."
        raise UsageError(f"{profile.id} has no fee discount '{discount}'", known)
    share = Decimal(0) if market == "inverse" else Decimal(getattr(by_token[discount.lower()], market))
    return value * (1 - share) if value > 0 else value
