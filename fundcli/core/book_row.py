"""The rows of a book: each position as it stands, and all those of a coin together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from fundcli.core.annualize import apr
from fundcli.core.book_answer import BookCoin, BookPosition, BookSettlement
from fundcli.core.book_holding import HORIZON_HOURS, Holding, borrowed_per_day, per_day, until
from fundcli.core.book_liquidation import deaths, distance
from fundcli.core.book_margin import Pool, Standing, asked_for, counted, gain, in_money, standing
from fundcli.core.book_stress import Price
from fundcli.core.liquidation import ZERO, maintenance_margin, notional, pnl
from fundcli.core.numbers import exact, ledger
from fundcli.core.symbols import is_dollar, is_one_coin
from fundcli.core.units import from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Place:
    """A pool as it stands now, and where each of its positions is liquidated, by its number; worked out once."""

    pool: Pool
    stands: Standing | None
    dies: Mapping[int, tuple[Decimal | None, str | None]]


def place_of(pool: Pool) -> Place:
    """The place that the positions of a pool have in a book."""
    return Place(pool, standing(pool), deaths(pool))


@exact
def whole(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None where a part is not known."""
    total = ZERO
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def price_of(members: Iterable[Holding]) -> Price | None:
    """The price of a coin: that of the first of the positions in it whose price is known."""
    priced = ((each.coin_price, each.quote) for each in members)
    return next(((price, quote) for price, quote in priced if price is not None), None)


@exact
def position_row(each: Holding, place: Place | None, rows: Sequence[BookSettlement], now: datetime) -> BookPosition:
    """The row of a position, `rows` being its settlements to come; sums that need what is not known are null.

    place: None of spot that counts in no account.
    """
    position, used = each.position, each.used
    perp, held = each.market == "perp", each.margined()
    known = perp and used is not None and each.funding_price is not None
    stands = None if place is None or not perp else place.stands
    at, unknown = (None, None) if place is None else place.dies.get(each.number, (None, None))
    counts = ZERO if perp or place is None else counted(each, place.pool.currency)
    alive = place is None or place.stands is None or place.stands.alive
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
        unrealised_pnl=gained(each, position.currency),
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
        collateral=counts,
        leverage=position.leverage if perp else None,
        margin=each.margin,
        equity=None if stands is None or each.account is not None else stands.equity,
        initial_margin=notional(held, each.price) / position.leverage if perp and each.price is not None else None,
        maintenance_margin=_maintenance(each, counts),
        maintenance_source=each.maintenance_source,
        maintenance_basis=each.maintenance_basis,
        closing_fee_rate=each.closing_fee if each.tiers and perp else None,
        closing_fee_source=each.closing_fee_source,
        margin_ratio=None if stands is None else stands.ratio(),
        margin_floor=each.floor if perp else None,
        exchange_margin_ratio=None if stands is None else stands.exchange_ratio(each.ratio_kind),
        exchange_margin_ratio_is=each.ratio_kind,
        liquidation_price=at,
        liquidation_distance=distance(each, at, alive),
        liquidation_unknown=unknown,
        borrow_rate=None if each.borrow is None else each.borrow.yearly_rate,
        borrow_basis=None if each.borrow is None else each.borrow.basis,
        borrow_source=None if each.borrow is None else each.borrow.source,
        borrow_per_day=borrowed_per_day(each),
        liquidated=None if place is None or place.stands is None else not place.stands.alive,
    )


@exact
def gained(each: Holding, currency: str) -> Decimal | None:
    """The unrealised P&L as a ledger line in a currency; None where its price is not known, or only that of its entry.

    Its own currency, or the one that its account counts in.
    """
    if each.price is None or each.price_basis == "entry":
        return None
    return ledger(gain(each, each.price, currency) if each.market == "perp" else pnl(each.margined(), each.price))


def _maintenance(each: Holding, counts: Decimal | None) -> Decimal | None:
    if each.price is None or counts is None or not each.tiers:
        return None
    return asked_for(each, counts) if each.owed else maintenance_margin(each.margined(), each.price)


def _next(each: Holding, rows: Sequence[BookSettlement], now: datetime) -> datetime | None:
    """The first settlement to come; a contract that accrues by time has none."""
    if each.schedule is None or each.schedule.continuous:
        return None
    return rows[0].time if rows else from_ms(each.schedule.grid.first_after(to_ms(now)))


@exact
def coin_row(coin: str, members: Sequence[Holding], kept_in: Sequence[Place], places: Mapping[int, Place]) -> BookCoin:
    """All positions of a coin, in coins, and the equity that is held in it.

    kept_in: the places of accounts and margins in the coin itself; places: those of its members, by their number.
    """
    deltas = [each.delta() for each in members]
    long = whole(None if delta is None else max(delta, ZERO) for delta in deltas)
    short = whole(None if delta is None else max(-delta, ZERO) for delta in deltas)
    net = whole(deltas)
    gross = None if long is None or short is None else long + short
    paid = [
        None if each.price is None else ledger(pnl(each.margined(), each.price))
        for each in members
        if each.market == "perp" and in_money(each, places[each.number].pool.currency)
    ]
    kept = whole([equity_of(kept_in, without_spot=True), *paid])
    price, currency = price_of(members) or (None, None)
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
    coins: dict[str, list[tuple[Decimal, int, Holding]]] = {}
    for each in held:
        price = each.coin_price
        if price is not None and is_dollar(each.quote) and each.price_basis != "entry":
            coins.setdefault(each.coin, []).append((price, each.number, each))
    for priced in coins.values():
        (least, _, cheapest), (most, _, dearest) = min(priced), max(priced)
        if not is_one_coin(least, most):
            found.append((cheapest, dearest))
    return found


@exact
def equity_of(places: Iterable[Place], without_spot: bool = False) -> Decimal | None:
    """The equity of pools, each a ledger line, if asked for without spot; None where that of one is not known."""
    found = [place.stands for place in places]
    return whole(
        None if each is None else ledger(each.equity - each.collateral if without_spot else each.equity)
        for each in found
    )


@exact
def collateral_of(places: Iterable[Place]) -> Decimal | None:
    """What spot counts for in pools, each position a ledger line; None where that of one is not known."""
    found = [counted(spot, place.pool.currency) for place in places for spot in place.pool.collateral]
    return whole(None if each is None else ledger(each) for each in found)
