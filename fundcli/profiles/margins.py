"""The margin tiers on record in a profile: those of one contract an exchange."""

from __future__ import annotations

from decimal import Decimal

from fundcli.core.liquidation import MaintenanceTier
from fundcli.core.margin import MarginTable, MarginTier
from fundcli.core.position import is_inverse
from fundcli.profiles.schema import Profile


def margin_on_record(profile: Profile, symbol: str) -> tuple[MarginTable, str] | None:
    """The tiers of a contract and the words for where they come from; None where the profile has those of another.

    Tiers of an inverse contract are counted in quote units.
    """
    margin = profile.margin
    if margin is None or margin.symbol != symbol:
        return None
    tiers = tuple(
        MarginTier(
            maintenance=MaintenanceTier(
                Decimal(tier.maintenance_rate),
                Decimal(tier.maintenance_amount),
                None if tier.up_to is None else Decimal(tier.up_to),
            ),
            max_leverage=Decimal(tier.max_leverage),
            initial_rate=1 / Decimal(tier.max_leverage),
        )
        for tier in margin.tiers
    )
    source = f"{profile.id} profile ({margin.source.what}, {margin.source.date})"
    return MarginTable(tiers=tiers, counts="size" if is_inverse(symbol) else "value"), source
