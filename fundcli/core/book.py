"""A book of positions across exchanges, priced as a whole: deltas, funding, margin and stress.

Positive is money that the holder receives, or gains. Every sum is of one currency, and null where a part of it is not
known; the sums of a book are exactly those of its positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from fundcli.core.annualize import apr
from fundcli.core.book_answer import (
    BookAccount,
    BookCoin,
    BookExchange,
    BookPosition,
    BookResult,
    BookSettlement,
    BookTotal,
)
from fundcli.core.book_holding import HORIZON_HOURS, Holding, per_day, until, upcoming
from fundcli.core.book_margin import Pool, dies_at, distance, pools, standing
from fundcli.core.book_stress import Price, paths
from fundcli.core.days import Day
from fundcli.core.liquidation import ZERO, maintenance_margin, notional, pnl
from fundcli.core.numbers import exact, ledger
from fundcli.core.units import from_ms, to_ms


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
    rows = tuple(_row(each, groups, settlements[each.number], now) for each in held)
    coins = {currency: price for currency in _inverse(held) if (price := _price_of(held, currency)) is not None}
    alive = [row for row in rows if row.liquidation_distance is not None]
    nearest = min(alive, key=lambda row: row.liquidation_distance or ZERO, default=None)
    return BookResult(
        name=name,
        horizon_hours=Decimal(HORIZON_HOURS[-1]),
        coins=tuple(_coin(coin, held, groups) for coin in dict.fromkeys(each.coin for each in held)),
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


def _price_of(held: Sequence[Holding], coin: str) -> Price | None:
    """The price of a coin: that of the first position in it whose price is known."""
    return next(((each.price, each.quote) for each in held if each.coin == coin and each.price is not None), None)


def _whole(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None where a part is not known."""
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _row(each: Holding, groups: Sequence[Pool], rows: Sequence[BookSettlement], now: datetime) -> BookPosition:
    position, used = each.position, each.used
    perp, held = each.market == "perp", each.margined()
    known = perp and used is not None and each.funding_price is not None
    pool = next((pool for pool in groups if each in pool.members), None)
    stands = None if pool is None else standing(pool)
    at, unknown = (None, None) if pool is None else dies_at(pool, each)
    valued = each.price is not None and each.price_basis != "entry"
    priced_margin = perp and bool(each.tiers) and each.price is not None
    to_date = each.to_date
    zero = None if perp else ZERO  # spot pays no funding
    return BookPosition(
        position=each.number,
        exchange=position.exchange,
        symbol=position.symbol,
        market=each.market,
        side=position.side,
        currency=position.currency,
        size=position.size,
        entry=held.entry,
        price=each.price,
        price_basis=each.price_basis,
        price_source=each.price_source,
        delta=each.delta(),
        notional=None if each.price is None else notional(held, each.price),
        unrealised_pnl=ledger(pnl(held, each.price)) if valued and each.price is not None else None,
        rate=None if used is None else used.rate,
        interval_hours=None if used is None else used.interval_hours,
        interval_basis=None if used is None else used.interval_basis,
        interval_source=None if used is None else used.interval_source,
        rate_kind=None if used is None else used.kind,
        rate_source=None if used is None else used.source,
        apr_on_notional=None if used is None else -position.sign * apr(used.rate, used.interval_hours),
        next_settlement=_next(each, rows, now),
        funding_8h=_whole(row.amount for row in until(rows, now, HORIZON_HOURS[0])) if known else zero,
        funding_24h=_whole(row.amount for row in rows) if known else zero,
        funding_per_day=per_day(each) if perp else ZERO,
        opened=each.opened,
        funding_to_date=(None if to_date is None or to_date.missing else to_date.received) if perp else ZERO,
        funding_known=None if to_date is None else to_date.received,
        settlements_known=None if to_date is None else to_date.known,
        settlements_missing=None if to_date is None else to_date.missing,
        account=each.account,
        leverage=position.leverage if perp else None,
        margin=each.margin,
        equity=None if stands is None or each.account is not None else stands.equity,
        initial_margin=notional(held, each.price) / position.leverage if perp and each.price is not None else None,
        maintenance_margin=maintenance_margin(held, each.price) if priced_margin and each.price is not None else None,
        maintenance_source=each.maintenance_source,
        closing_fee_rate=each.closing_fee if each.tiers else None,
        closing_fee_source=each.closing_fee_source,
        margin_ratio=None if stands is None else stands.ratio(),
        margin_floor=each.floor if perp else None,
        exchange_margin_ratio=None if stands is None else stands.exchange_ratio(each.ratio_kind),
        exchange_margin_ratio_is=each.ratio_kind,
        liquidation_price=at,
        liquidation_distance=distance(each, at),
        liquidation_unknown=unknown,
    )


def _next(each: Holding, rows: Sequence[BookSettlement], now: datetime) -> datetime | None:
    """The first settlement to come; a contract that accrues by time has none."""
    if each.schedule is None or each.schedule.continuous:
        return None
    return rows[0].time if rows else from_ms(each.schedule.grid.first_after(to_ms(now)))


def _coin(coin: str, held: Sequence[Holding], groups: Sequence[Pool]) -> BookCoin:
    members = [each for each in held if each.coin == coin]
    deltas = [each.delta() for each in members]
    long = _whole(None if delta is None else max(delta, ZERO) for delta in deltas)
    short = _whole(None if delta is None else max(-delta, ZERO) for delta in deltas)
    net = _whole(deltas)
    gross = None if long is None or short is None else long + short
    kept = _equity(pool for pool in groups if pool.currency == coin)
    price, currency = _price_of(members, coin) or (None, None)
    first = next((each for each in members if each.price is not None), None)
    return BookCoin(
        coin=coin,
        long=long,
        short=short,
        net=net,
        gross=gross,
        net_share=None if net is None or not gross else net / gross,
        collateral=kept,
        net_with_collateral=None if net is None or kept is None else net + kept,
        price=price,
        price_currency=currency,
        priced_by=None if first is None else f"{first.position.exchange} {first.position.symbol}",
        net_value=None if net is None or price is None else net * price,
        gross_value=None if gross is None or price is None else gross * price,
    )


def _equity(groups: Iterable[Pool]) -> Decimal | None:
    return _whole(None if (stands := standing(pool)) is None else ledger(stands.equity) for pool in groups)


def _total(
    currency: str, held: Sequence[Holding], rows: Sequence[BookPosition], groups: Sequence[Pool], coin: Price | None
) -> BookTotal:
    mine = [row for row in rows if row.currency == currency]
    own = [pool for pool in groups if pool.currency == currency]
    gained = _whole(row.unrealised_pnl for row in mine)
    equity = _equity(own)
    day = _whole(row.funding_24h for row in mine)
    price, quote = coin or (None, None)

    def converted(amount: Decimal | None) -> Decimal | None:
        return None if amount is None or price is None else amount * price

    return BookTotal(
        currency=currency,
        positions=len(mine),
        notional=_whole(row.notional for row in mine),
        unrealised_pnl=gained,
        margin=sum((pool.balance for pool in own), ZERO),
        equity=equity,
        spot_value=_whole(
            None if each.price is None else each.position.sign * notional(each.margined(), each.price)
            for each in held
            if each.market == "spot" and each.position.currency == currency
        ),
        funding_8h=_whole(row.funding_8h for row in mine),
        funding_24h=day,
        funding_per_day=_whole(row.funding_per_day for row in mine),
        funding_to_date=_whole(row.funding_to_date for row in mine),
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
        balance=pool.balance,
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
        unrealised_pnl=_whole(row.unrealised_pnl for row in mine),
        equity=_equity(own),
        initial_margin=_whole(None if each is None else each.initial for each in stands),
        transfer=_whole(None if each is None else each.transfer for each in stands),
        nearest_distance=None if nearest is None else nearest.liquidation_distance,
        nearest_position=None if nearest is None else nearest.position,
    )
