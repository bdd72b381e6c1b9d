"""Capital along the path of one hold, the plain way: every account booked settlement by settlement."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal as D

HAIRCUT, BORROWED = D("0.25"), 3


def booked_in_coin(prices: Sequence[D], rates: Sequence[D], leverage: D, spare: D) -> tuple[D, D]:
    """The same of the reverse of an inverse contract, in coin: Q contracts long, a coin sold short at 3x.

    The contracts are worth a coin at the open. What the short brought is money, what is added to its account is coin.
    """
    contracts = proceeds = prices[0]
    margin, own = 1 / leverage, D(1) / (BORROWED - 1)
    kept, capital, area, paid = own, 1 / leverage + own + spare, D(0), D(0)
    for price, rate in zip(prices[1:], rates, strict=True):
        area += capital
        paid += contracts / price * rate
        gain = contracts / prices[0] - contracts / price
        call = max(D(0), contracts / price / leverage - (margin + gain - paid))
        margin += call
        missing = max(D(0), own - (kept + proceeds / price - 1))
        kept += missing
        capital += max(D(0), call + missing - spare)
        spare = max(D(0), spare - call - missing)
    return capital, area / len(rates)


def booked(prices: Sequence[D], rates: Sequence[D], leverage: D, spare: D, kind: str) -> tuple[D, D]:
    """Peak and mean capital in shares of the first price, that at the open; as many rates as prices after it.

    kind: cash (long spot, short perp), spot (the same, spot as collateral), owed (and bought at 3x besides), reverse
    (borrowed at 3x). spare: a buffer.
    Gain and funding are booked, then each account that lacks margin is filled up; intervals are of equal length.
    """
    sign = -1 if kind == "reverse" else 1
    perp = 1 / leverage
    owed = 1 - 1 / D(BORROWED) if kind == "owed" else D(0)
    if kind in ("spot", "owed"):
        perp = max(D(0), perp + owed - (1 - HAIRCUT))
    own = D(1) / (BORROWED - 1)
    lent = own + 1  # what a borrower has on account: capital and proceeds
    capital = perp + (own if kind == "reverse" else 1 - owed) + spare
    perp -= owed
    area, before = D(0), D(1)
    for price, rate in zip(prices[1:], rates, strict=True):
        now = price / prices[0]
        area += capital
        perp += sign * (now * rate - (now - before))
        call = max(D(0), now / leverage - perp - ((1 - HAIRCUT) * now if kind in ("spot", "owed") else 0))
        perp += call
        if kind == "reverse":
            missing = max(D(0), now * own - (lent - now))
            lent += missing
            call += missing
        capital += max(D(0), call - spare)
        spare = max(D(0), spare - call)
        before = now
    return capital, area / len(rates)
