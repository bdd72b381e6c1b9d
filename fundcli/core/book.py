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
from fundcli.core.book_margin import Pool, pools, standing
from fundcli.core.book_row import coin_row, collateral_of, equity_of, position_row, price_of, whole
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
) -> BookResult:
    """The whole book as it stands, what it receives in the next 24 hours, and every shock and day on it."""
    settlements = {each.number: upcoming(each, to_ms(now)) for each in held}
    groups = pools(held, balances)
    rows = tuple(position_row(each, groups, settlements[each.number], now) for each in held)
    coins = {currency: price for currency in _inverse(held) if (price := price_of(held, currency)) is not None}
    alive = [row for row in rows if row.liquidation_distance is not None]
    nearest = min(alive, key=lambda row: row.liquidation_distance or ZERO, default=None)
    return BookResult(
        name=name,
        horizon_hours=Decimal(HORIZON_HOURS[-1]),
        coins=tuple(coin_row(coin, held, groups) for coin in dict.fromkeys(each.coin for each in held)),
        totals=tuple(_total(currency, held, rows, groups, coins.get(currency)) for currency in _currencies(held)),
        positions=rows,
        settlements=tuple(sorted(
            (row for found in settlements.values() for row in found), key=lambda row: (row.time, row.position)
        )),
        accounts=tuple(_account(pool) for pool in groups if pool.account is not None),
        exchanges=tuple(
            _exchange(exchange, currency, rows, groups)
            for exchange, currency in dict.fromkeys((pool.exchange, pool.currency) for pool in groups)
        ),
        stress=paths(held, groups, coins, shocks, days),
        nearest_distance=None if nearest is None else nearest.liquidation_distance,
        nearest_position=None if nearest is None else nearest.position,
    )  # fmt: skip


def _inverse(held: Sequence[Holding]) -> list[str]:
    return list(dict.fromkeys(each.position.currency for each in held if each.position.inverse))


def _currencies(held: Sequence[Holding]) -> list[str]:
    return list(dict.fromkeys(each.position.currency for each in held))


def _total(
    currency: str, held: Sequence[Holding], rows: Sequence[BookPosition], groups: Sequence[Pool], coin: Price | None
) -> BookTotal:
    mine = [row for row in rows if row.currency == currency]
    own = [pool for pool in groups if pool.currency == currency]
    gained = whole(row.unrealised_pnl for row in mine)
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
        unrealised_pnl=gained,
        margin=sum((pool.balance for pool in own), ZERO),
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
        converted_unrealised_pnl=converted(gained),
        converted_equity=converted(equity),
        converted_funding_24h=converted(day),
    )


def _account(pool: Pool) -> BookAccount:
    stands = standing(pool)
    return BookAccount(
        account=pool.account or "",
        exchange=pool.exchange,
        currency=pool.currency,
        positions=tuple(each.number for each in pool.members),
        collateral_positions=tuple(each.number for each in pool.collateral),
        balance=pool.balance,
        collateral=collateral_of([pool]),
        equity=None if stands is None else stands.equity,
        initial_margin=None if stands is None else stands.initial,
        maintenance_margin=None if stands is None else stands.maintenance,
        margin_ratio=None if stands is None else stands.ratio(),
        transfer=None if stands is None else stands.transfer,
    )


def _exchange(exchange: str, currency: str, rows: Sequence[BookPosition], groups: Sequence[Pool]) -> BookExchange:
    own = [pool for pool in groups if (pool.exchange, pool.currency) == (exchange, currency)]
    stands = [standing(pool) for pool in own]
    numbers = {each.number for pool in own for each in pool.members}
    mine = [row for row in rows if row.position in numbers]
    known = [row for row in mine if row.liquidation_distance is not None]
    nearest = min(known, key=lambda row: row.liquidation_distance or ZERO, default=None)
    return BookExchange(
        exchange=exchange,
        currency=currency,
        positions=len(mine),
        margin=sum((pool.balance for pool in own), ZERO),
        collateral=collateral_of(own),
        unrealised_pnl=whole(row.unrealised_pnl for row in mine),
        equity=equity_of(own),
        initial_margin=whole(None if each is None else each.initial for each in stands),
        transfer=whole(None if each is None else each.transfer for each in stands),
        nearest_distance=None if nearest is None else nearest.liquidation_distance,
        nearest_position=None if nearest is None else nearest.position,
    )
