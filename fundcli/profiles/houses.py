"""Exchanges whose kinds of contracts have a profile each, and are one house all the same."""

from __future__ import annotations

from fundcli.profiles.schema import Profile

BINANCE = ("binance", "binancecoinm")


def one_house(profile: Profile, other: Profile) -> bool:
    """Whether two profiles are of one exchange."""
    return profile.id == other.id or (profile.id in BINANCE and other.id in BINANCE)
