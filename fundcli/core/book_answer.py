"""What `fundcli book` answers; positive is money that the holder receives, or gains.

Money is in `currency`, the settlement currency: amounts of different currencies are never added, but in a unified
account, which counts all in its own (see BookAccount). Where that is a coin (inverse contracts) `converted_*` are the
same amounts in `converted_currency` at `converted_price`; null elsewhere.
A sum is null where a part of it is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from fundcli.core.borrow import BorrowBasis
from fundcli.core.liquidation import RatioKind
from fundcli.core.words import IntervalBasis, RateKind

MarketName = Literal["perp", "spot"]
PriceBasis = Literal["mark", "index", "mid", "hour", "given", "entry"]
MaintenanceBasis = Literal["given", "reported", "profile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSettlement:
    """One settlement to come. share: less than 1 for a part of a period, where funding accrues by time.

    rate_kind `predicted`: the exchange's own forecast. estimated: the rate is that of an earlier settlement, or only
    the profile's baseline. price: of the notional.
    """

    time: datetime
    position: int
    exchange: str
    symbol: str
    rate: Decimal
    rate_kind: RateKind
    interval_hours: Decimal
    share: Decimal
    price: Decimal
    amount: Decimal
    currency: str
    estimated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPosition:
    """One position. position: its place in the file, from 1. size: coins, or contracts of an inverse one.

    price_basis: `mark` and `index` are live, `mid` is that of the spot market's book, `hour` the close of the last hour
    that ended, `given` stands in the file, `entry` is the entry price in place of one that is not known; the unrealised
    P&L is null then. coin: its plain name; a unit of the contract's base is `multiple` of it (1000PEPE: 1,000 PEPE).
    delta: signed, in that coin, at that price. rate is the exchange's (positive: long pays short), next_rate what it
    says of the settlement after that one, null where it says nothing; apr_on_notional is the holder's. funding_* to
    come is at the present size and price; funding_to_date is what settled since `opened` at the present size, null
    unless every settlement is known, funding_known the sum of those that are. margin, equity: null in an account, see
    there. haircut, collateral: of spot that is collateral of its account, and what it counts for there, in the
    account's currency: size x price x (1 - haircut), or coins where the account is held in that coin; null and 0 for
    all other. maintenance_basis: `reported` by the exchange now, on record in the `profile`, `given` in the file.
    maintenance_margin: of coins that an account owes null where nobody says it; it is counted as zero then.
    liquidation_price: with the perpetuals and the spot of that coin in its account moving alike, and all other prices
    as they are. liquidation_distance: how far the price may go before, as a share of it, negative where it has
    gone that far. borrow_*: of spot that is sold short: a year's rate, where it is from, and a day of it in `currency`
    at that price, negative as it is paid; null where nobody says the rate, and borrow_per_day 0 for all others.
    liquidated: whether equity is down to maintenance margin and closing fees at the prices of now (to zero, where those
    are not known), so that the exchange has no such position any more; null of what has no margin or no price.
    """

    position: int
    exchange: str
    symbol: str
    market: MarketName
    side: str
    currency: str
    coin: str
    multiple: Decimal
    size: Decimal | None
    entry: Decimal
    price: Decimal | None
    price_basis: PriceBasis | None
    price_source: str | None
    delta: Decimal | None
    notional: Decimal | None
    unrealised_pnl: Decimal | None
    rate: Decimal | None
    interval_hours: Decimal | None
    interval_basis: IntervalBasis | None
    interval_source: str | None
    rate_kind: RateKind | None
    rate_source: str | None
    next_rate: Decimal | None
    next_rate_kind: RateKind | None
    apr_on_notional: Decimal | None
    next_settlement: datetime | None
    funding_8h: Decimal | None
    funding_24h: Decimal | None
    funding_per_day: Decimal | None
    opened: datetime | None
    funding_to_date: Decimal | None
    funding_known: Decimal | None
    settlements_known: int | None
    settlements_missing: int | None
    account: str | None
    haircut: Decimal | None
    collateral: Decimal | None
    leverage: Decimal | None
    margin: Decimal | None
    equity: Decimal | None
    initial_margin: Decimal | None
    maintenance_margin: Decimal | None
    maintenance_source: str | None
    maintenance_basis: MaintenanceBasis | None
    closing_fee_rate: Decimal | None
    closing_fee_source: str | None
    margin_ratio: Decimal | None
    margin_floor: Decimal | None
    exchange_margin_ratio: Decimal | None
    exchange_margin_ratio_is: RatioKind | None
    liquidation_price: Decimal | None
    liquidation_distance: Decimal | None
    liquidation_unknown: str | None
    borrow_rate: Decimal | None
    borrow_basis: BorrowBasis | None
    borrow_source: str | None
    borrow_per_day: Decimal | None
    liquidated: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookCoin:
    """All positions of one coin, in coins by its plain name. net_share: net / gross.

    collateral: equity in the coin, but for spot that counts in it, which is among the positions; with what inverse
    contracts have gained in an account that is held in money.
    bases: what exchanges call it, with their counts of coins (PEPE, 1000PEPE). price: of one coin. net_value and
    gross_value: at `price`, which is `priced_by`'s, in its quote currency.
    """

    coin: str
    bases: tuple[str, ...]
    long: Decimal | None
    short: Decimal | None
    net: Decimal | None
    gross: Decimal | None
    net_share: Decimal | None
    collateral: Decimal | None
    net_with_collateral: Decimal | None
    price: Decimal | None
    price_currency: str | None
    priced_by: str | None
    net_value: Decimal | None
    gross_value: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookTotal:
    """All positions that settle in one currency. margin, equity: of perpetuals; spot_value: coins x price, signed.

    An account stands in its own currency alone: its balance and equity there, with the gain of all its positions, and
    the unrealised P&L of each in the currency that it settles in.
    collateral: what spot counts for in accounts of that currency, less the coins that are owed there; equity has it in
    it, and spot_value that spot too.
    net_per_day: funding_per_day and borrow_per_day.
    """

    currency: str
    positions: int
    notional: Decimal | None
    unrealised_pnl: Decimal | None
    margin: Decimal
    collateral: Decimal | None
    equity: Decimal | None
    spot_value: Decimal | None
    funding_8h: Decimal | None
    funding_24h: Decimal | None
    funding_per_day: Decimal | None
    borrow_per_day: Decimal | None
    net_per_day: Decimal | None
    funding_to_date: Decimal | None
    converted_currency: str | None
    converted_price: Decimal | None
    converted_unrealised_pnl: Decimal | None
    converted_equity: Decimal | None
    converted_funding_24h: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookAccount:
    """A balance that several positions share. Its margin ratios are those of each of its positions.

    All is in `currency`, other dollars at par, and coins that inverse contracts pay at their price.
    collateral: what the spot of collateral_positions counts for, coins that are owed among it as minus their worth;
    equity has it in it. initial_margin: of the perpetuals. maintenance_margin: of coins that are owed too, where a
    rate is known.
    """

    account: str
    exchange: str
    currency: str
    positions: tuple[int, ...]
    collateral_positions: tuple[int, ...]
    balance: Decimal
    collateral: Decimal | None
    equity: Decimal | None
    initial_margin: Decimal | None
    maintenance_margin: Decimal | None
    margin_ratio: Decimal | None
    transfer: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookExchange:
    """The perpetuals on one exchange in one currency. transfer: what lifts every margin ratio to its floor.

    equity: margin, collateral and unrealised P&L, all in `currency`. An account counts where its first perpetual is.
    """

    exchange: str
    currency: str
    positions: int
    margin: Decimal
    collateral: Decimal | None
    unrealised_pnl: Decimal | None
    equity: Decimal | None
    initial_margin: Decimal | None
    transfer: Decimal | None
    nearest_distance: Decimal | None
    nearest_position: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookTransfer:
    """What an exchange needs at the end of a path for every margin ratio to stand at its floor."""

    exchange: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BookMoney:
    """One currency at the end of a path. pnl: gained from now on as if nothing was closed; net: with liquidated
    positions losing the equity they have now, the spot that counts in it among it; equity: of the perpetuals that live
    on, with their collateral."""

    currency: str
    pnl: Decimal
    net: Decimal
    equity: Decimal
    transfer: Decimal
    converted_currency: str | None
    converted_price: Decimal | None
    converted_net: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPath:
    """All prices moved alike from where they are: perpetuals by `move`, spot by `spot_move`.

    liquidated: the positions that do not reach the end of it. left_out: positions whose price is not known.
    """

    path: str
    day: str | None
    move: Decimal
    spot_move: Decimal
    money: tuple[BookMoney, ...]
    liquidated: tuple[int, ...]
    left_out: tuple[int, ...]
    transfers: tuple[BookTransfer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BookResult:
    """The answer of `fundcli book`. settlements: those within the next horizon_hours, in the order of their time."""

    name: str | None
    horizon_hours: Decimal
    coins: tuple[BookCoin, ...]
    totals: tuple[BookTotal, ...]
    positions: tuple[BookPosition, ...]
    settlements: tuple[BookSettlement, ...]
    accounts: tuple[BookAccount, ...]
    exchanges: tuple[BookExchange, ...]
    stress: tuple[BookPath, ...]
    nearest_distance: Decimal | None
    nearest_position: int | None
