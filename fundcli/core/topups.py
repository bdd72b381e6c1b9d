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
FIXED_CONTRACTS = (
    "fixed amount of contracts; coin is added where equity is below the initial margin at a settlement's price, out of "
    "the buffer first, and none is taken out"
)
COIN_HELD = "the coin held backs the perpetual at any price: no top-up arises, and capital in coin stays as it is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A margin account, in shares of the initial notional, with p the price over that at the open.

    Equity is cash + coins x p + sign x the sum of p x rate settled so far, and required x p is to be there. sign: +1
    where a positive rate is received, -1 where it is paid, 0 for an account without a perpetual. Of an inverse contract
    equity is in coin, and 1 / p stands in the place of p: what a unit of quote money is worth then.
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
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of the contract by instant, and where they come from."""

    at: Mapping[int, Decimal]
    source: str | None


class Tied(NamedTuple):
    """The capital of one hold per unit of its initial notional: the greatest, and its average over the hold's time."""

    peak: Decimal
    mean: Decimal


@exact
def backing_of(plan: Plan, result: CarryResult) -> Backing:
    """What stands behind a carry.

    - The perpetual: its margin, of which (as of the buffer) what is kept in an asset counts less its haircut; as
      collateral, spot counts (1 - haircut) x p besides, less what is owed for it. Money that is added counts in full.
    - Spot bought on margin l: the coin less a debt of (1 - 1 / l) of it must stay at or above p / l of it.
    - Borrowed spot: capital of its own k = 1 / (borrow leverage - 1) and the proceeds, less the debt at the price
      reached, must stay at or above k x p.
    - In a unified account all of these are one.
    - The reverse of an inverse contract, in coin, with y = 1 / p: the long has the equity W + 1 - y - funding and needs
      y / L; the proceeds are worth y coins, so that k + y less a debt of 1 must stay at or above k.
    """
    buffer = result.capital_buffer / result.notional * (1 - plan.margin_haircut)
    if plan.inverse and plan.sign > 0:
        return Backing(method=COIN_HELD, accounts=(), buffer=buffer)
    margin = result.capital_perp_margin / result.notional * (1 - plan.margin_haircut)
    spot = result.capital_spot / result.notional
    # What is there is rounded up and what is required down: 1 / 3 less 1 / 3 leaves nothing to be added.
    required, kept = (each.quantize(QUANTUM, ROUND_FLOOR) for each in (1 / plan.leverage, spot))
    if plan.inverse:
        accounts = [
            _account(margin + 1, Decimal(-1), required, plan.sign),
            _account(Decimal(-1), Decimal(1), Decimal(0), 0),
        ]
    elif plan.sign < 0:
        debt = spot * (plan.borrow_leverage - 1)
        accounts = [_account(margin - 1, Decimal(1), required, plan.sign), _account(spot + debt, -debt, kept, 0)]
    else:
        debt = spot * (plan.spot_leverage - 1)
        if plan.collateral == "cash":
            accounts = [_account(margin + 1, Decimal(-1), required, plan.sign)]
            accounts += [_account(-debt, spot + debt, kept, 0)] if debt else []
        else:
            counted = (1 - plan.haircut) * (spot + debt)
            accounts = [_account(margin + 1 - debt, counted - 1, required, plan.sign)]
    if plan.collateral == "unified" and len(accounts) > 1:
        perp, owing = accounts
        accounts = [
            _account(perp.cash + owing.cash, perp.coins + owing.coins, perp.required + owing.required, plan.sign)
        ]
    method = FIXED_CONTRACTS if plan.inverse else FIXED_COIN
    return Backing(method=method, accounts=tuple(accounts), buffer=buffer, inverse=plan.inverse)


def _account(cash: Decimal, coins: Decimal, required: Decimal, sign: int) -> Account:
    cash, coins = (each.quantize(QUANTUM, ROUND_CEILING) for each in (cash, coins))
    return Account(cash=cash, coins=coins, required=required, sign=sign)


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
    if backing.inverse:
        prices = {time: 1 / price for time, price in prices.items()}
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
