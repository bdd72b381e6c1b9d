"""Capital along the path of a hold: the margin that is added where the price or the funding has eaten it up.

The position is a fixed quantity of coin, whatever its value becomes. Both legs are marked at each settlement's price;
the first price is that at the open. Where an account's equity is below the initial margin at that price, money is added
at that settlement (the one at the close included) to restore it, out of the buffer first. None is taken out before the
end, nor moved from one account to another, so what has been added is the greatest shortfall until then: capital only
grows. Fees, slippage, interest and yield stand in no account.

With p the price over that at the open, a cash-and-carry of margin W and leverage L has the equity W + 1 - p + funding
and needs p / L: in a rally of 10 % without funding, 0.1 (1 + 1 / L) of the notional is added, and capital is 1.1 times
that at the open at any leverage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import accumulate
from typing import NamedTuple

from fundcli.core.carry_answer import CarryResult
from fundcli.core.carry_plan import Plan
from fundcli.core.history import Settled
from fundcli.core.numbers import QUANTUM, exact
from fundcli.core.odds import Replay

FIXED_COIN = (
    "fixed quantity of coin; money is added where equity is below the initial margin at a settlement's price, out of "
    "the buffer first, and none is taken out"
)
COIN_HELD = "the coin held backs the perpetual at any price: no top-up arises, and capital in coin stays as it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A margin account, in shares of the initial notional, with p the price over that at the open.

    Equity is cash + coins x p + sign x the sum of p x rate settled so far, and required x p is to be there. sign: +1
    where a positive rate is received, -1 where it is paid, 0 for an account without a perpetual.
    """

    cash: Decimal
    coins: Decimal
    required: Decimal
    sign: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """What stands behind a hold: its accounts, the buffer that they draw on first, and how top-ups arise, in words."""

    method: str
    accounts: tuple[Account, ...]
    buffer: Decimal


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of the contract by instant, and where they come from."""

    at: Mapping[int, Decimal]
    source: str | None


class Tied(NamedTuple):
    """The capital of one hold per unit of its initial notional: the greatest, and its average over the hold's time."""

    peak: Decimal
    mean: Decimal


def unfollowed(plan: Plan) -> str | None:
    """Why the accounts of a plan are not followed; None where they are."""
    if plan.inverse and plan.sign < 0:
        return "the reverse of an inverse contract has accounts in two currencies"
    if plan.spot_leverage > 1 and (plan.inverse or plan.collateral != "cash"):
        return "spot bought on margin is collateral already"
    return None


@exact
def backing_of(plan: Plan, result: CarryResult) -> Backing:
    """What stands behind a carry whose accounts can be followed (see `unfollowed`).

    - The perpetual: its margin, of which (as of the buffer) what is kept in an asset counts less its haircut; as
      collateral, spot counts (1 - haircut) x p besides. Money that is added counts in full.
    - Spot bought on margin l: the coin less a debt of (1 - 1 / l) of it must stay at or above p / l of it.
    - Borrowed spot: capital of its own k = 1 / (borrow leverage - 1) and the proceeds, less the debt at the price
      reached, must stay at or above k x p.
    - In a unified account all of these are one.
    """
    buffer = result.capital_buffer / result.notional * (1 - plan.margin_haircut)
    if plan.inverse:
        return Backing(method=COIN_HELD, accounts=(), buffer=buffer)
    # Margin is rounded up and what is required down: 1 / 3 less 1 / 3 leaves nothing to be added.
    margin = result.capital_perp_margin / result.notional * (1 - plan.margin_haircut)
    margin, spot = (share.quantize(QUANTUM, ROUND_CEILING) for share in (margin, result.capital_spot / result.notional))
    required = (1 / plan.leverage).quantize(QUANTUM, ROUND_FLOOR)
    counted = Decimal(0)
    if plan.sign > 0 and plan.collateral != "cash":
        counted = (1 - plan.haircut) * spot
    perp = Account(cash=margin + plan.sign, coins=counted - plan.sign, required=required, sign=plan.sign)
    accounts = [perp]
    if plan.sign < 0:
        debt = spot * (plan.borrow_leverage - 1)
        accounts.append(Account(cash=spot + debt, coins=-debt, required=spot, sign=0))
    elif plan.spot_leverage > 1:
        debt = spot * (plan.spot_leverage - 1)
        accounts.append(Account(cash=-debt, coins=spot + debt, required=spot, sign=0))
    if plan.collateral == "unified":
        accounts = [
            Account(
                cash=sum((account.cash for account in accounts), Decimal(0)),
                coins=sum((account.coins for account in accounts), Decimal(0)),
                required=sum((account.required for account in accounts), Decimal(0)),
                sign=plan.sign,
            )
        ]
    return Backing(method=FIXED_COIN, accounts=tuple(accounts), buffer=buffer)


@exact
def tied_up(
    rows: Sequence[Settled], found: Replay, prices: Mapping[int, Decimal], backing: Backing, capital: Decimal
) -> list[Tied | None]:
    """The capital of each replayed hold; None where a price from its open to its last settlement is not known.

    capital: that at the open, per unit of notional. A short at 1x through 100, 110, 105 with rates of 0, held for 16 h:
    at 110 it has 0.9 and needs 1.1, so 0.2 is added half-way.

    >>> from fundcli.core.odds import Terms, replay
    >>> eight = 8 * 3_600_000
    >>> rows = [Settled(i * eight, Decimal(0), 8) for i in (1, 2)]
    >>> found = replay(rows, Decimal(16), Terms(sign=1))
    >>> short = Backing(method="", accounts=(Account(cash=Decimal(2), coins=Decimal(-1), required=Decimal(1), sign=1),),
    ...     buffer=Decimal(0))
    >>> at = {i * eight: Decimal(price) for i, price in enumerate((100, 110, 105))}
    >>> [(float(tied.peak), float(tied.mean)) for tied in tied_up(rows, found, at, short, Decimal(2))]
    [(2.2, 2.1)]
    """
    if not backing.accounts:
        return [Tied(capital, capital)] * len(found.starts_ms)
    times = [row.time_ms for row in rows]
    marks = [prices.get(time, Decimal(0)) for time in times]
    unknown = list(accumulate((time not in prices for time in times), initial=0))
    paid = list(accumulate((mark * row.rate for mark, row in zip(marks, rows, strict=True)), initial=Decimal(0)))
    needs = [_Needs(account, marks, paid) for account in backing.accounts]
    tied: list[Tied | None] = []
    for opened, (first, end) in zip(found.starts_ms, found.crossed, strict=True):
        price = prices.get(opened)
        if price is None or unknown[end] > unknown[first]:
            tied.append(None)
            continue
        closed = opened + found.hold_ms
        rises = [rise for need in needs for rise in need.rises(first, end, price)]
        drawn, over_time = -backing.buffer * price, Decimal(0)
        for place, rise in rises if len(needs) == 1 else sorted(rises):
            drawn += rise
            if drawn > 0:  # what of the rise the buffer did not cover
                over_time += min(rise, drawn) * (closed - times[place])
        tied.append(Tied(capital + max(drawn, Decimal(0)) / price, capital + over_time / (found.hold_ms * price)))
    return tied


class _Needs:
    """What an account lacks at each settlement, up to what depends on the start alone.

    Times the price at the open P0, the shortfall at the price P is (required - coins) P - sign x G, G the sum of
    price x rate since the first row, less what the same account had at the open: cash x P0 - sign x G there. So one
    list serves every start, and its running maximum steps from each place to the next greater one.
    """

    def __init__(self, account: Account, marks: Sequence[Decimal], paid: Sequence[Decimal]) -> None:
        self._account, self._paid = account, paid
        slope = account.required - account.coins
        self._levels = [slope * mark - account.sign * sum_ for mark, sum_ in zip(marks, paid[1:], strict=True)]
        self._greater = _next_greater(self._levels)

    def rises(self, first: int, end: int, price: Decimal) -> list[tuple[int, Decimal]]:
        """Where from place first until before end money is lacking beyond what was added before, and how much."""
        levels, greater = self._levels, self._greater
        top = self._account.cash * price - self._account.sign * self._paid[first]
        found = []
        place = first
        while place < end:
            level = levels[place]
            if level > top:
                found.append((place, level - top))
                top = level
            place = greater[place]
        return found


def _next_greater(values: Sequence[Decimal]) -> list[int]:
    """For each place the next one with a greater value; the length where there is none.

    >>> _next_greater([Decimal(value) for value in (3, 1, 2, 5)])
    [3, 2, 3, 4]
    """
    greater = [len(values)] * len(values)
    waiting: list[int] = []
    for place, value in enumerate(values):
        while waiting and values[waiting[-1]] < value:
            greater[waiting.pop()] = place
        waiting.append(place)
    return greater
