"""The rows of a book: each position as it stands, and all those of a coin together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from fundcli.core.annualize import apr
from fundcli.core.book_answer import BookCoin, BookPosition, BookSettlement
from fundcli.core.book_holding import HORIZON_HOURS, Holding, borrowed_per_day, per_day, until
from fundcli.core.book_liquidation import dies_at, distance
from fundcli.core.book_margin import Pool, counted, standing
from fundcli.core.book_stress import Price
from fundcli.core.liquidation import ZERO, maintenance_margin, notional, pnl
from fundcli.core.numbers import exact, ledger
from fundcli.core.symbols import is_dollar, is_one_coin
from fundcli.core.units import from_ms, to_ms


@exact
def whole(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None where a part is not known."""
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def price_of(held: Sequence[Holding], coin: str) -> Price | None:
    """The price of a coin: that of the first position in it whose price is known."""
    priced = ((each.coin_price, each.quote) for each in held if each.coin == coin)
    return next(((price, quote) for price, quote in priced if price is not None), None)


@exact
def position_row(each: Holding, groups: Sequence[Pool], rows: Sequence[BookSettlement], now: datetime) -> BookPosition:
    """The row of a position, `rows` being its settlements to come; sums that need what is not known are null."""
    position, used = each.position, each.used
    perp, held = each.market == "perp", each.margined()
    known = perp and used is not None and each.funding_price is not None
    pool = next((pool for pool in groups if each in pool.members), None)
    stands = None if pool is None else standing(pool)
    backs = next((pool for pool in groups if each in pool.collateral), None)
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
        coin=each.coin,
        multiple=each.multiple,
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
        next_rate=None if each.next_used is None else each.next_used.rate,
        next_rate_kind=None if each.next_used is None else each.next_used.kind,
        apr_on_notional=None if used is None else -position.sign * apr(used.rate, used.interval_hours),
        next_settlement=_next(each, rows, now),
        funding_8h=whole(row.amount for row in until(rows, now, HORIZON_HOURS[0])) if known else zero,
        funding_24h=whole(row.amount for row in rows) if known else zero,
        funding_per_day=per_day(each) if perp else ZERO,
        opened=each.opened,
        funding_to_date=(None if to_date is None or to_date.missing else to_date.received) if perp else ZERO,
        funding_known=None if to_date is None else to_date.received,
        settlements_known=None if to_date is None else to_date.known,
        settlements_missing=None if to_date is None else to_date.missing,
        account=each.account,
        haircut=each.haircut,
        collateral=ZERO if backs is None else counted(each, backs.currency),
        leverage=position.leverage if perp else None,
        margin=each.margin,
        equity=None if stands is None or each.account is not None else stands.equity,
        initial_margin=notional(held, each.price) / position.leverage if perp and each.price is not None else None,
        maintenance_margin=maintenance_margin(held, each.price) if priced_margin and each.price is not None else None,
        maintenance_source=each.maintenance_source,
        maintenance_basis=each.maintenance_basis,
        closing_fee_rate=each.closing_fee if each.tiers else None,
        closing_fee_source=each.closing_fee_source,
        margin_ratio=None if stands is None else stands.ratio(),
        margin_floor=each.floor if perp else None,
        exchange_margin_ratio=None if stands is None else stands.exchange_ratio(each.ratio_kind),
        exchange_margin_ratio_is=each.ratio_kind,
        liquidation_price=at,
        liquidation_distance=distance(each, at, stands is None or stands.alive),
        liquidation_unknown=unknown,
        borrow_rate=None if each.borrow is None else each.borrow.yearly_rate,
        borrow_basis=None if each.borrow is None else each.borrow.basis,
        borrow_source=None if each.borrow is None else each.borrow.source,
        borrow_per_day=borrowed_per_day(each),
    )


def _next(each: Holding, rows: Sequence[BookSettlement], now: datetime) -> datetime | None:
    """The first settlement to come; a contract that accrues by time has none."""
    if each.schedule is None or each.schedule.continuous:
        return None
    return rows[0].time if rows else from_ms(each.schedule.grid.first_after(to_ms(now)))


@exact
def coin_row(coin: str, held: Sequence[Holding], groups: Sequence[Pool]) -> BookCoin:
    """All positions of a coin, in coins, and the equity that is held in it."""
    members = [each for each in held if each.coin == coin]
    deltas = [each.delta() for each in members]
    long = whole(None if delta is None else max(delta, ZERO) for delta in deltas)
    short = whole(None if delta is None else max(-delta, ZERO) for delta in deltas)
    net = whole(deltas)
    gross = None if long is None or short is None else long + short
    kept = equity_of((pool for pool in groups if pool.currency == coin), without_spot=True)
    price, currency = price_of(members, coin) or (None, None)
    first = next((each for each in members if each.price is not None), None)
    return BookCoin(
        coin=coin,
        bases=tuple(dict.fromkeys(each.written for each in members)),
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


@exact
def not_one_coin(held: Sequence[Holding]) -> list[tuple[Holding, Holding]]:
    """Of each coin the cheapest and the dearest position, where their prices are too far apart to be of one coin.

    A name is all that joins them, and names are used twice. Prices in dollars are compared, but not those at entry.
    """
    found = []
    for coin in dict.fromkeys(each.coin for each in held):
        priced = [
            (price, each.number, each)
            for each in held
            if each.coin == coin and is_dollar(each.quote) and each.price_basis != "entry"
            if (price := each.coin_price) is not None
        ]
        if priced:
            (least, _, cheapest), (most, _, dearest) = min(priced), max(priced)
            if not is_one_coin(least, most):
                found.append((cheapest, dearest))
    return found


@exact
def equity_of(groups: Iterable[Pool], without_spot: bool = False) -> Decimal | None:
    """The equity of pools, each a ledger line, if asked for without collateral; None where that of one is not known."""
    found = [standing(pool) for pool in groups]
    return whole(
        None if each is None else ledger(each.equity - each.collateral if without_spot else each.equity)
        for each in found
    )


@exact
def collateral_of(groups: Iterable[Pool]) -> Decimal | None:
    """What spot counts for in pools, each position a ledger line; None where that of one is not known."""
    found = [counted(spot, pool.currency) for pool in groups for spot in pool.collateral]
    return whole(None if each is None else ledger(each) for each in found)
