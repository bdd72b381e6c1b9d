"""From a file of positions to what is known of each now: rate, price, margin terms, funding to date.

A rate comes from the exchange (--live), or else from the file, or else it is the profile's baseline; which, each
position says. With --live the file's rates are not used, and its prices only where the exchange tells none.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from fundcli.core.book_holding import Holding, ToDate
from fundcli.core.book_liquidation import deaths
from fundcli.core.book_margin import Pool, in_coin, in_money, pools
from fundcli.core.book_row import not_one_coin
from fundcli.core.liquidation import one_tier
from fundcli.core.numbers import exact, ledger
from fundcli.core.position import Position
from fundcli.core.stress import default_floor
from fundcli.core.used import UsedRate
from fundcli.market.book_history import Since, ToDates, to_dates
from fundcli.market.book_live import LiveBook, Now, can_be_asked, live_book
from fundcli.market.book_prices import funding_price, price_of, rate_after, rate_of, schedule_of
from fundcli.market.book_terms import beyond_last, borrow_notes, borrowed, terms_of, too_much_leverage
from fundcli.market.gather import Found, Progress
from fundcli.market.kept import Store
from fundcli.market.positions import Book, Written

if TYPE_CHECKING:
    from fundcli.exchanges import Network


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How a book is to be priced. network: called where an exchange is to be asked."""

    now: datetime
    live: bool
    strict: bool
    floor: Decimal | None
    network: Callable[[], Network]
    store: Store
    progress: Progress


class Priced(msgspec.Struct, kw_only=True):
    """The positions of a book with what is known of them, and what is to be said about it."""

    held: list[Holding] = []
    warnings: list[str] = []
    unreported: list[str] = []
    missing: list[str] = []
    broken: list[str] = []


def priced(book: Book, asked: Asked) -> Priced:
    """Every position of a book with its rate, price, margin terms and funding to date."""
    answer = Priced()
    live = LiveBook(now={}, found=Found())
    silent = [each for each in book.written if asked.live and not can_be_asked(each.profile)]
    askable = [each for each in book.written if each not in silent]
    if asked.live and askable:
        live = live_book(askable, asked.network(), asked.now, asked.strict, asked.progress)
    found = live.found
    answer.warnings += found.warnings
    answer.missing += found.missing
    answer.broken += found.broken
    for each in silent:
        _say_silent(answer, each)
    read = {each.number: not asked.live or each.number in live.now or _complete(each, silent) for each in book.written}
    positions = {each.number: each.position(_symbol(each, live)) for each in book.written}
    since = [
        Since(number=each.number, profile=each.profile, symbol=positions[each.number].symbol,
              position=positions[each.number], opened=each.opened)
        for each in book.written
        if each.opened is not None and each.entry.market == "perp" and read[each.number]
    ]  # fmt: skip
    past = ToDates()
    if since:
        network = None if asked.store.alone else asked.network()
        past = to_dates(since, asked.now, network, asked.store, asked.progress)
    answer.missing += past.missing
    answer.broken += past.broken
    backed = {each.entry.account for each in book.written if each.is_collateral} | book.unified
    ends_at: dict[int, Decimal] = {}
    for each in book.written:
        now, to_date = live.now.get(each.number), past.found.get(each.number)
        position, known = positions[each.number], read[each.number]
        answer.held.append(_held(answer, each, position, now, known, to_date, asked, backed, ends_at))
    for pool in pools(answer.held, book.accounts, book.held_in):
        dies = deaths(pool)
        for held in pool.members:
            if (end := ends_at.get(held.number)) is not None:
                for doubt in beyond_last(held, dies[held.number][0], end):
                    _doubt(answer, doubt)
        answer.warnings += _at_par(pool)
    answer.warnings += past.warnings + _at_entry(answer.held) + _two_coins(answer.held)
    answer.unreported += past.unreported + _at_entry(answer.held)
    answer.warnings = list(dict.fromkeys(answer.warnings))
    answer.unreported = list(dict.fromkeys(answer.unreported))
    return answer


def _at_entry(held: Sequence[Holding]) -> list[str]:
    names = [f"{each.position.exchange} {each.position.symbol}" for each in held if each.price_basis == "entry"]
    if not names:
        return []
    what = ", ".join(dict.fromkeys(names))
    return [f"no price is known of {what}: the entry price stands in its place, and the P&L is not known"]


def _at_par(pool: Pool) -> list[str]:
    """Dollars that count as others; what an inverse contract pays counts at its price, in its quote."""
    others = [spot for spot in pool.collateral if spot.quote != pool.currency and not in_coin(spot, pool.currency)]
    said = [
        f"{spot.label}: priced in {spot.quote}, it counts at par in the account '{pool.account}' of {pool.currency}"
        for spot in others
    ]
    for each in pool.members:
        paid = each.quote if in_money(each, pool.currency) else each.position.currency
        if paid != pool.currency:
            said.append(f"{each.label}: its {paid} counts at par in the account '{pool.account}' of {pool.currency}")
    return said


def _two_coins(held: Sequence[Holding]) -> list[str]:
    return [
        f"{one.position.exchange} {one.position.symbol} stands at {one.coin_price:.8g} a {one.coin} and "
        f"{other.position.exchange} {other.position.symbol} at {other.coin_price:.8g}: by their prices they are not "
        "one coin, and their sum says nothing"
        for one, other in not_one_coin(held)
    ]


def _complete(each: Written, silent: Sequence[Written]) -> bool:
    """Whether a position of an exchange that cannot be asked says its own rate (spot has none)."""
    return each in silent and (each.entry.rate is not None or each.entry.market == "spot")


def _say_silent(answer: Priced, each: Written) -> None:
    exchange = each.profile.id
    if _complete(each, [each]):
        answer.warnings.append(f"{exchange} cannot be asked: what the file says of {each.symbol} stands")
    else:
        answer.missing.append(f"{exchange}: cannot be asked, and the file has no `rate` of {each.symbol}")


def _symbol(each: Written, live: LiveBook) -> str:
    return live.now[each.number].symbol if each.number in live.now else each.symbol


@exact
def _held(
    answer: Priced, each: Written, position: Position, now: Now | None, read: bool, to_date: ToDate | None,
    asked: Asked, backed: Container[str | None], ends_at: dict[int, Decimal],
) -> Holding:  # fmt: skip
    """One position; `read` is False where its exchange was asked and failed: it then has neither rate nor price.

    backed: the accounts that hold spot as collateral, or several kinds of money. ends_at: takes the end of its last
    margin tier, by its number.
    """
    label = f"{position.exchange} {position.symbol}"
    base = each.base if now is None else now.base
    price, basis, source = price_of(each, now) if read else (None, None, None)
    if basis == "hour":
        answer.warnings.append(f"{label}: there is no price beside the rate; the last hour's close stands for it")
    if each.entry.market == "spot":
        return _spot(answer, each, Holding(
            number=each.number, market="spot", position=position, base=base, price=price, price_basis=basis,
            price_source=source, opened=each.opened, account=each.entry.account,
            haircut=None if each.entry.haircut is None else Decimal(each.entry.haircut),
        ), now, read)  # fmt: skip
    used = rate_of(each, now) if read else None
    if used is not None:
        _judge(answer, label, used, now)
    margins = None if now is None else now.margins
    terms = terms_of(each, position, margins, each.entry.account in backed)
    if read:  # of one whose exchange failed enough is said
        answer.warnings += terms.warnings
        answer.missing += terms.missing
        for doubt in terms.doubts:
            _doubt(answer, doubt)
    found = terms.found
    if found is not None and found.ends_at is not None:
        ends_at[each.number] = found.ends_at
    floor = asked.floor if asked.floor is not None else default_floor(position.leverage)
    margin = None
    if each.entry.account is None:
        posted = each.entry.margin
        margin = ledger(position.notional / position.leverage) if posted is None else Decimal(posted)
    held = Holding(
        number=each.number,
        market="perp",
        position=position,
        base=base,
        price=price,
        price_basis=basis,
        price_source=source,
        funding_price=funding_price(each, now, price),
        used=used,
        next_used=None if now is None else rate_after(now),
        schedule=None if used is None else schedule_of(each, used, now),
        margin=margin,
        account=each.entry.account,
        tiers=() if found is None else found.tiers,
        maintenance_source=None if found is None else found.maintenance_source,
        maintenance_basis=terms.basis,
        closing_fee=Decimal(0) if found is None else found.closing_fee,
        closing_fee_source=None if found is None else found.closing_fee_source,
        ratio_kind=None if found is None else found.ratio_kind,
        liquidation_unknown=terms.unknown,
        floor=floor,
        opened=each.opened,
        to_date=to_date,
    )
    answer.warnings += too_much_leverage(held, margins)
    return held


def _spot(answer: Priced, each: Written, held: Holding, now: Now | None, read: bool) -> Holding:
    """Spot; where it is sold short with what its coins cost, unless its exchange failed."""
    if each.entry.account is not None and not each.is_collateral and not each.borrows:
        answer.warnings.append(f"{held.label}: without a `haircut` it is no collateral of '{each.entry.account}'")
    if held.owed:
        held = _owed(answer, each, held)
    if not each.borrows or not read:
        return held
    quote, notes = borrowed(each, None if now is None else now.borrow)
    answer.warnings += borrow_notes(held, quote, notes)
    if quote is None:
        answer.unreported.append(f"the borrow rate of {each.coin} on {each.profile.id} is not known")
    elif quote.basis == "profile":
        answer.unreported.append(f"the borrow rate of {each.coin} is only that of the {each.profile.id} profile")
    return replace(held, borrow=quote)


def _owed(answer: Priced, each: Written, held: Holding) -> Holding:
    """Coins that an account owes, with the maintenance margin that the file says."""
    if each.entry.maintenance_rate is None:
        zero = "counted as zero, as nobody says it"
        _doubt(answer, f"{held.label}: the maintenance margin of its borrowed coins is {zero} (`maintenance_rate`)")
        return replace(held, maintenance_source=zero)
    return replace(
        held, tiers=one_tier(Decimal(each.entry.maintenance_rate)), maintenance_basis="given",
        maintenance_source="given with `maintenance_rate`",
    )  # fmt: skip


def _judge(answer: Priced, label: str, used: UsedRate, now: Now | None) -> None:
    if used.interval_basis == "profile":
        answer.unreported.append(f"the interval of {label} is only the profile's")
    if used.kind == "baseline":
        answer.unreported.append(f"the rate of {label} is only the profile's baseline")
    if now is not None and now.rate is not None and now.rate.rate_basis == "derived":
        answer.unreported.append(f"the rate of {label} is derived from the exchange's absolute one")


def _doubt(answer: Priced, doubt: str) -> None:
    answer.warnings.append(doubt)
    answer.unreported.append(doubt)
