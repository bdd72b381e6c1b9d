"""Capital along the path of one hold, the plain way: every account booked settlement by settlement."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal as D

HAIRCUT, BORROWED = D("0.25"), 3


def booked(prices: Sequence[D], rates: Sequence[D], leverage: D, spare: D, kind: str) -> tuple[D, D]:
    """Peak and mean capital in shares of the first price, that at the open; as many rates as prices after it.

    kind: cash (long spot, short perp), spot (the same, spot as collateral), reverse (borrowed at 3x). spare: a buffer.
    Gain and funding are booked, then each account that lacks margin is filled up; intervals are of equal length.
    """
    sign = -1 if kind == "reverse" else 1
    perp = 1 / leverage
    if kind == "spot":
        perp = max(D(0), perp - (1 - HAIRCUT))
    own = D(1) / (BORROWED - 1)
    lent = own + 1  # what a borrower has on account: capital and proceeds
    capital = perp + (own if kind == "reverse" else 1) + spare
    area, before = D(0), D(1)
    for price, rate in zip(prices[1:], rates, strict=True):
        now = price / prices[0]
        area += capital
        perp += sign * (now * rate - (now - before))
        call = max(D(0), now / leverage - perp - ((1 - HAIRCUT) * now if kind == "spot" else 0))
        perp += call
        if kind == "reverse":
            missing = max(D(0), now * own - (lent - now))
            lent += missing
            call += missing
        capital += max(D(0), call - spare)
        spare = max(D(0), spare - call)
        before = now
    return capital, area / len(rates)
