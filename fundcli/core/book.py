"""A book of positions across exchanges, priced as a whole: deltas, funding, margin and stress.

Positive is money that the holder receives, or gains. Every sum is of one currency, and null where a part of it is not
known; the sums of a book are exactly those of its positions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from fundcli.core.book_answer import (
    BookAccount,
    BookExchange,
    BookPosition,
    BookResult,
    BookTotal,
)
from fundcli.core.book_holding import HORIZON_HOURS, Holding, upcoming
from fundcli.core.book_margin import pools
from fundcli.core.book_row import (
    Place,
    coin_row,
    collateral_of,
    equity_of,
    gained,
    place_of,
    position_row,
    price_of,
    whole,
)
from fundcli.core.book_stress import Price, paths
from fundcli.core.days import Day
from fundcli.core.liquidation import ZERO, notional
from fundcli.core.numbers import exact
from fundcli.core.units import to_ms


@exact
def book(
    name: str | None,
    held: Sequence[Holding],
    balances: Mapping[str, Decimal],
    now: datetime,
    shocks: Sequence[Decimal],
    days: Sequence[Day],
    held_in: Mapping[str, str] | None = None,
) -> BookResult:
    """The whole book as it stands, what it receives in the next 24 hours, and every shock and day on it.

    balances: of each account; held_in: its currency, where that is not the one its first perpetual settles in.
    """
    settlements = {each.number: upcoming(each, to_ms(now)) for each in held}
    groups = [place_of(pool) for pool in pools(held, balances, held_in)]
    places = {each.number: place for place in groups for each in (*place.pool.members, *place.pool.collateral)}
    rows = tuple(position_row(each, places.get(each.number), settlements[each.number], now) for each in held)
    members: dict[str, list[Holding]] = {}
    for each in held:
        members.setdefault(each.coin, []).append(each)
    currencies: dict[str, list[Place]] = {each.position.currency: [] for each in held}
    for place in groups:
        currencies.setdefault(place.pool.currency, []).append(place)
    priced = {currency: price_of(members.get(currency, ())) for currency in _inverse(held)}
    coins = {currency: price for currency, price in priced.items() if price is not None}
    alive = [row for row in rows if row.liquidation_distance is not None]
    nearest = min(alive, key=lambda row: row.liquidation_distance or ZERO, default=None)
    return BookResult(
        name=name,
        horizon_hours=Decimal(HORIZON_HOURS[-1]),
        coins=tuple(coin_row(coin, found, currencies.get(coin, ()), places) for coin, found in members.items()),
        totals=tuple(_total(currency, held, rows, own, coins.get(currency)) for currency, own in currencies.items()),
        positions=rows,
        settlements=tuple(sorted(
            (row for found in settlements.values() for row in found), key=lambda row: (row.time, row.position)
        )),
        accounts=tuple(_account(place) for place in groups if place.pool.account is not None),
        exchanges=_exchanges(rows, groups),
        stress=paths(held, [place.pool for place in groups], coins, shocks, days),
        nearest_distance=None if nearest is None else nearest.liquidation_distance,
        nearest_position=None if nearest is None else nearest.position,
    )  # fmt: skip


def _inverse(held: Sequence[Holding]) -> list[str]:
    return list(dict.fromkeys(each.position.currency for each in held if each.position.inverse))


def _total(
    currency: str, held: Sequence[Holding], rows: Sequence[BookPosition], own: Sequence[Place], coin: Price | None
) -> BookTotal:
    mine = [row for row in rows if row.currency == currency]
    profit = whole(row.unrealised_pnl for row in mine)
    equity = equity_of(own)
    day = whole(row.funding_24h for row in mine)
    funding = whole(row.funding_per_day for row in mine)
    borrowed = whole(row.borrow_per_day for row in mine)
    price, quote = coin or (None, None)

    def converted(amount: Decimal | None) -> Decimal | None:
        return None if amount is None or price is None else amount * price

    return BookTotal(
        currency=currency,
        positions=len(mine),
        notional=whole(row.notional for row in mine),
        unrealised_pnl=profit,
        margin=sum((place.pool.balance for place in own), ZERO),
        collateral=collateral_of(own),
        equity=equity,
        spot_value=whole(
            None if each.price is None else each.position.sign * notional(each.margined(), each.price)
            for each in held
            if each.market == "spot" and each.position.currency == currency
        ),
        funding_8h=whole(row.funding_8h for row in mine),
        funding_24h=day,
        funding_per_day=funding,
        borrow_per_day=borrowed,
        net_per_day=whole((funding, borrowed)),
        funding_to_date=whole(row.funding_to_date for row in mine),
        converted_currency=quote,
        converted_price=price,
        converted_unrealised_pnl=converted(profit),
        converted_equity=converted(equity),
        converted_funding_24h=converted(day),
    )


def _account(place: Place) -> BookAccount:
    pool, stands = place.pool, place.stands
    return BookAccount(
        account=pool.account or "",
        exchange=pool.exchange,
        currency=pool.currency,
        positions=tuple(each.number for each in pool.members),
        collateral_positions=tuple(each.number for each in pool.collateral),
        balance=pool.balance,
        collateral=collateral_of([place]),
        equity=None if stands is None else stands.equity,
        initial_margin=None if stands is None else stands.initial,
        maintenance_margin=None if stands is None else stands.maintenance,
        margin_ratio=None if stands is None else stands.ratio(),
        transfer=None if stands is None else stands.transfer,
    )


def _exchanges(rows: Sequence[BookPosition], groups: Sequence[Place]) -> tuple[BookExchange, ...]:
    by_number = {row.position: row for row in rows}
    found: dict[tuple[str, str], list[Place]] = {}
    for place in groups:
        found.setdefault((place.pool.exchange, place.pool.currency), []).append(place)
    return tuple(_exchange(*key, by_number, own) for key, own in found.items())


def _exchange(exchange: str, currency: str, rows: Mapping[int, BookPosition], own: Sequence[Place]) -> BookExchange:
    members = [each for place in own for each in place.pool.members]
    mine = [rows[number] for place in own for number in place.dies]
    known = [row for row in mine if row.liquidation_distance is not None]
    nearest = min(known, key=lambda row: (row.liquidation_distance or ZERO, row.position), default=None)
    return BookExchange(
        exchange=exchange,
        currency=currency,
        positions=len(members),
        margin=sum((place.pool.balance for place in own), ZERO),
        collateral=collateral_of(own),
        unrealised_pnl=whole(gained(each, currency) for each in members),
        equity=equity_of(own),
        initial_margin=whole(None if place.stands is None else place.stands.initial for place in own),
        transfer=whole(None if place.stands is None else place.stands.transfer for place in own),
        nearest_distance=None if nearest is None else nearest.liquidation_distance,
        nearest_position=None if nearest is None else nearest.position,
    )
