"""The rate that an answer rests on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fundcli.core.words import IntervalBasis, RateKind


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedRate:
    """The rate that an answer rests on, with its interval and where both come from."""

    rate: Decimal
    interval_hours: Decimal
    interval_basis: IntervalBasis
    kind: RateKind
    source: str
    interval_source: str
