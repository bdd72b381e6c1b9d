"""A carry as it is wanted, and as it is planned for one contract: fees, prices, books, borrow, margin tiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fundcli.core.borrow import BorrowQuote, Counting
from fundcli.core.carry_answer import LEG_NAMES
from fundcli.core.carry_plan import Collateral, Direction, Plan, planned
from fundcli.core.depth import Book
from fundcli.core.filling import fills_of, reach
from fundcli.core.hold import Hold
from fundcli.core.liquidation import MaintenanceTier
from fundcli.core.margin import MarginTable, tier_of
from fundcli.core.numbers import exact, plain
from fundcli.core.position import is_inverse
from fundcli.core.schedule import Grid
from fundcli.core.used import UsedRate
from fundcli.errors import UsageError
from fundcli.profiles import Profile
from fundcli.profiles.fees import fee_rate

ZERO, ONE = Decimal(0), Decimal(1)
Four = tuple[Decimal, Decimal, Decimal, Decimal]


@dataclass(frozen=True, kw_only=True)
class Trade:
    """What is wanted, whichever contract it is done with. Pairs of fees are those of opening and closing."""

    notional: Decimal
    direction: str = "auto"
    leverage: Decimal = ONE
    roles: tuple[str, str, str, str] = ("taker", "taker", "taker", "taker")
    spot_fees: Sequence[Decimal] | None = None
    perp_fees: Sequence[Decimal] | None = None
    spot_fee_in_base: bool = False
    tier: str | None = None
    discount: str | None = None
    slippages: Four | None = None
    basis_open: Decimal | None = None
    basis_close: Decimal | None = None
    collateral: Collateral = "cash"
    haircut: Decimal = ZERO
    shock: Decimal = ZERO
    buffer: Decimal = ZERO
    borrow_leverage: Decimal = Decimal(3)
    spot_leverage: Decimal = ONE
    spot_yield: Decimal = ZERO
    collateral_yield: Decimal = ZERO
    hurdle: Decimal | None = None
    equity: Decimal | None = None

    @property
    def rests_on_maintenance(self) -> bool:
        """Whether its capital depends on when a leg is liquidated: a shock that cash margin has to outlast."""
        return self.shock > 0 and self.collateral == "cash"


@dataclass(frozen=True, kw_only=True)
class Quotes:
    """Prices at entry: mids out of the books where they were read, else what was typed or told with the rate.

    spot_symbol: the spot market whose book it is; `multiple` of its coins are one unit of the perp.
    """

    spot_price: Decimal | None = None
    perp_price: Decimal | None = None
    spot: Book | None = None
    perp: Book | None = None
    spot_symbol: str = ""
    multiple: Decimal = ONE
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Lent:
    """What borrowing costs, and how its time is counted; no quote where nobody says, or nothing is borrowed."""

    quote: BorrowQuote | None = None
    counting: Counting = "pro_rata"


@dataclass(frozen=True, kw_only=True)
class Margins:
    """When the legs are liquidated: tiers of the perp (None unknown), its closing fee, the level of borrowed spot."""

    table: MarginTable | None = None
    closing_fee: Decimal = ZERO
    spot_level: Decimal | None = None


@exact
def at_price(typed: Decimal | None, spot: Decimal, perp: Decimal) -> Decimal:
    """The perp's mid; where another price of the spot is typed, the perp's at the same basis."""
    return perp if typed is None else typed * perp / spot


def direction_of(asked: str | None, rate: Decimal) -> Direction:
    """As asked; `auto` goes by the sign of the rate."""
    if asked == "reverse" or (asked in (None, "auto") and rate < 0):
        return "reverse"
    return "cash-and-carry"


def borrowed_coin(trade: Trade, way: Direction, symbol: str, quotes: Quotes) -> str | None:
    """What the trade borrows: the coin sold short, the money that pays for a part of the spot, or nothing.

    The debit that a rally creates where the spot is the collateral is borrowed only if the rally comes: its interest is
    counted where a rate is typed, and is no reason to look one up.
    """
    base, _, rest = symbol.partition("/")
    spot_base, _, spot_quote = quotes.spot_symbol.partition("/")
    if way == "reverse":
        return spot_base or base
    return spot_quote or rest.partition(":")[0] if trade.spot_leverage > 1 else None


def borrowed_amount(plan: Plan, quotes: Quotes) -> Decimal:
    """How much of it, in its own units."""
    if plan.direction == "reverse":
        return plan.quantity * quotes.multiple
    return plan.quantity * plan.spot_price * (1 - 1 / plan.spot_leverage)


def fees_of(trade: Trade, profile: Profile, spot_profile: Profile, inverse: bool) -> list[Decimal]:
    """The fee rates of the four legs. Tier and discount are those of the perp's exchange."""
    perp = "inverse" if inverse else "perp"
    same = spot_profile.id == profile.id
    tier, discount = (trade.tier, trade.discount) if same else (None, None)

    def spot_fee(role: str, place: int) -> Decimal:
        return trade.spot_fees[place] if trade.spot_fees else fee_rate(spot_profile, "spot", role, tier, discount)

    def perp_fee(role: str, place: int) -> Decimal:
        if trade.perp_fees:
            return trade.perp_fees[place]
        return fee_rate(profile, perp, role, trade.tier, trade.discount)

    roles = trade.roles
    return [spot_fee(roles[0], 0), perp_fee(roles[1], 0), spot_fee(roles[2], -1), perp_fee(roles[3], -1)]


def plan_of(
    trade: Trade, profile: Profile, spot_profile: Profile, symbol: str, used: UsedRate, held: Hold, quotes: Quotes,
    lent: Lent, margins: Margins, open_ms: int | None = None,
) -> Plan:  # fmt: skip
    """The plan of a trade in one contract; an inverse one needs a price."""
    inverse = is_inverse(symbol)
    if inverse and quotes.spot_price is None:
        raise UsageError(f"{symbol} is paid in coin, which needs a price", "Give it with --price.")
    if inverse and trade.spot_leverage != 1:
        raise UsageError("the coin of an inverse carry is its margin and has to be owned", "Drop --spot-leverage.")
    way = direction_of(trade.direction, used.rate)
    if trade.collateral == "spot" and way == "reverse":
        raise UsageError("a reverse carry holds no spot to give as collateral", "Drop --collateral spot.")
    perp_price = None if trade.basis_open is not None else quotes.perp_price
    leverage, tiers = _margined(trade, margins.table, perp_price or _with_basis(trade, quotes), inverse)
    return planned(
        exchange=profile.id, spot_exchange=spot_profile.id, symbol=symbol, direction=way, notional=trade.notional,
        spot_price=quotes.spot_price, basis_open=trade.basis_open or ZERO, basis_close=trade.basis_close,
        perp_price=perp_price,
        leverage=leverage, fee_rates=fees_of(trade, profile, spot_profile, inverse),
        slippages=trade.slippages or (ZERO, ZERO, ZERO, ZERO), hold_hours=held.hours, settlements=held.count.expected,
        grid=Grid.of(used.interval_hours, profile.funding.settlement_hours_utc),
        spot_fee_in_base=trade.spot_fee_in_base, collateral=trade.collateral, haircut=trade.haircut,
        shock=trade.shock, buffer=trade.buffer, borrow_rate=lent.quote and lent.quote.yearly_rate,
        borrow_source=lent.quote.source if lent.quote else "", borrow_available=lent.quote and lent.quote.available,
        borrow_leverage=trade.borrow_leverage, borrow_counting=lent.counting,
        spot_leverage=trade.spot_leverage, spot_yield=trade.spot_yield, collateral_yield=trade.collateral_yield,
        tiers=tiers, closing_fee=margins.closing_fee, spot_level=margins.spot_level, open_ms=open_ms,
        hurdle_rate=trade.hurdle, equity=trade.equity,
    )  # fmt: skip


@exact
def _with_basis(trade: Trade, quotes: Quotes) -> Decimal:
    """The perp's price from that of the spot; 1 where none is known."""
    return (quotes.spot_price or ONE) * (1 + (trade.basis_open or ZERO))


@exact
def _margined(
    trade: Trade, table: MarginTable | None, price: Decimal, inverse: bool
) -> tuple[Decimal, Sequence[MaintenanceTier] | None]:
    """The leverage that the exchange allows at this notional, at most the one wanted, and the tiers of its size."""
    if table is None:
        return trade.leverage, None
    size = trade.notional if inverse else trade.notional / price
    tiers = table.at(size)
    tier = tier_of(tiers, trade.notional / price if inverse else trade.notional)
    least = max(tier.initial_rate, 1 / tier.max_leverage)
    return min(trade.leverage, 1 / least) if least else trade.leverage, tuple(each.maintenance for each in tiers)


def filled(plan: Plan, quotes: Quotes, roles: Sequence[str]) -> Plan:
    """The plan with its legs filled from the books; refuses a size that a side does not hold, and says how far it goes.

    A leg without a book keeps its slippage.
    """
    if quotes.spot is None and quotes.perp is None:
        return plan
    fills = fills_of(plan, quotes.spot, quotes.perp, roles)
    largest, place = reach(plan, quotes.spot, quotes.perp, roles)
    if any(fill is None and old is not None for fill, old in zip(fills, _crossed(quotes, roles), strict=True)):
        assert largest is not None
        raise too_thin(plan, quotes, largest, place)
    slippages = [old if new is None else new.slippage for old, new in zip(plan.slippages, fills, strict=True)]
    return replace(plan, slippages=slippages, fills=fills, fills_source=quotes.source)


def _crossed(quotes: Quotes, roles: Sequence[str]) -> list[Book | None]:
    """The book that each leg crosses, None for a leg that waits or has none."""
    books = (quotes.spot, quotes.perp, quotes.spot, quotes.perp)
    return [book if role == "taker" else None for book, role in zip(books, roles, strict=True)]


def too_thin(plan: Plan, quotes: Quotes, largest: Decimal, place: int) -> UsageError:
    """The error of a book that does not hold the size: which leg, how many levels, and the size that it does hold."""
    spot_leg = place % 2 == 0
    book = quotes.spot if spot_leg else quotes.perp
    bought = (plan.direction == "cash-and-carry") == (place in (0, 3))
    levels = len(book.asks if bought else book.bids) if book else 0
    where = plan.spot_exchange or plan.exchange if spot_leg else plan.exchange
    wanted, most = (
        plain(value.quantize(Decimal(1), rounding="ROUND_DOWN")) for value in (plan.quantity * plan.perp_price, largest)
    )
    return UsageError(
        f"{LEG_NAMES[place]}: the {'asks' if bought else 'bids'} that {where} shows ({levels} levels) are too thin for "
        f"a notional of {wanted}",
        f"They reach {most}: ask for that at most, or give --slippage.",
    )
