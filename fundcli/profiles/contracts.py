"""What one contract is worth, from a profile."""

from __future__ import annotations

from decimal import Decimal

from fundcli.core.position import is_inverse
from fundcli.profiles.schema import Profile


def contract_value(profile: Profile, symbol: str) -> Decimal | None:
    """Quote units of one inverse contract; None for a linear one, and where the profile has none."""
    if not is_inverse(symbol):
        return None
    by_coin = profile.contracts.inverse_value
    found = by_coin.get(symbol.partition("/")[0]) or by_coin.get("default")
    return None if found is None else Decimal(found)
