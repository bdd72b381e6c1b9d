"""The answer of `fundcli carry`, as scripts read it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fundcli.core.capacity_answer import Capacity
from fundcli.core.choices_answer import Choices
from fundcli.core.odds_answer import Odds
from fundcli.core.words import IntervalBasis, RateKind

LEG_NAMES = ("open spot", "open perp", "close spot", "close perp")


@dataclass(frozen=True, slots=True)
class Leg:
    """One fill: fee and slippage are money, shares of the notional at price, the mid (null if unknown).

    Out of an order book: average_price of the fill, share_of_depth that it takes of its side, and of a maker's leg
    chance_cost, the money that crossing the book would cost where it is not filled. Null elsewhere.
    """

    leg: str
    market: str
    side: str
    price: Decimal | None
    quantity: Decimal | None
    notional: Decimal
    fee_rate: Decimal
    fee: Decimal
    slippage: Decimal
    exchange: str = ""
    average_price: Decimal | None = None
    share_of_depth: Decimal | None = None
    chance_cost: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryResult:
    """The answer of `fundcli carry`; positive is money the holder receives, costs are positive numbers.

    net = gross_funding - fees - slippage - borrow + basis_pnl, exactly; borrow = borrow_interest - yield_income: what
    is paid for coin and money borrowed, less what the coin and the margin held earn (as a rebate is a negative fee).
    gross_apr_on_notional is the rate's own APR seen by this direction; net_* divide net by notional or by capital and
    scale the hold to a year. capital_on_notional: why the two differ. net_apy_on_capital is null for holds under 30
    days. capital_shock is the part of capital_buffer that outlasts --shock. share_of_equity: of all the desk's money
    (null without --equity). net_apr_over_hurdle = net_apr_on_capital - hurdle_rate, what the capital earns a year
    beyond cash (null without --hurdle). break_even_settlements is the smallest n >= 0 with n x rate x notional >=
    costs(n); null if never. break_even_hours is its upper bound n x interval, or the time from the open to the n-th
    settlement. break_even_rate: the rate at which the hold just pays. borrow_rate is a year's; borrow_available is
    what may be borrowed, in the coin or money borrowed, where the exchange tells. fills_source: the order books that
    the legs are filled from (null without). odds: with --odds, how such holds have ended; capacity: with --notionals,
    net against size; choices: with --entered, whether to hold on.
    """

    exchange: str
    symbol: str
    direction: str
    notional: Decimal
    currency: str
    quantity: Decimal | None
    leverage: Decimal
    capital: Decimal
    capital_spot: Decimal
    capital_perp_margin: Decimal
    capital_buffer: Decimal
    rate: Decimal
    interval_hours: Decimal
    interval_basis: IntervalBasis
    interval_source: str
    rate_kind: RateKind
    rate_source: str
    hold_hours: Decimal
    settlements: Decimal
    gross_funding: Decimal
    fees: Decimal
    slippage: Decimal
    borrow: Decimal
    borrow_hours: Decimal
    basis_open: Decimal
    basis_close: Decimal
    basis_pnl: Decimal
    net: Decimal
    net_on_notional: Decimal
    net_on_capital: Decimal
    gross_apr_on_notional: Decimal
    net_apr_on_notional: Decimal
    net_apr_on_capital: Decimal
    net_apy_on_capital: Decimal | None
    hurdle_rate: Decimal | None
    net_apr_over_hurdle: Decimal | None
    break_even_settlements: int | None
    break_even_hours: Decimal | None
    break_even_hours_min: Decimal | None
    break_even_rate: Decimal | None
    legs: tuple[Leg, ...]
    odds: Odds | None = None
    spot_exchange: str
    capital_shock: Decimal
    capital_on_notional: Decimal
    share_of_equity: Decimal | None
    borrow_interest: Decimal
    borrow_rate: Decimal | None
    borrow_source: str | None
    borrow_available: Decimal | None
    yield_income: Decimal
    fills_source: str | None
    capacity: Capacity | None = None
    choices: Choices | None = None
