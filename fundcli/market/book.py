"""From a file of positions to what is known of each now: rate, price, margin terms, funding to date.

A rate comes from the exchange (--live), or else from the file, or else it is the profile's baseline; which, each
position says. With --live the file's rates are not used, and its prices only where the exchange tells none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from fundcli.core.book_answer import PriceBasis
from fundcli.core.book_holding import Holding, Schedule, ToDate
from fundcli.core.numbers import exact, ledger
from fundcli.core.position import Position
from fundcli.core.schedule import Grid
from fundcli.core.stress import default_floor
from fundcli.core.units import MS_PER_HOUR, to_ms
from fundcli.core.used import UsedRate
from fundcli.core.words import RateKind
from fundcli.errors import DataError, UsageError
from fundcli.market.book_history import Since, ToDates, to_dates
from fundcli.market.book_live import LiveBook, Now, can_be_asked, live_book
from fundcli.market.book_terms import beyond_last, borrow_notes, borrowed, terms_of, too_much_leverage
from fundcli.market.gather import Found, Progress
from fundcli.market.given import baseline, given_rate
from fundcli.market.kept import Store
from fundcli.market.live import used_live
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
    for each in book.written:
        now, to_date = live.now.get(each.number), past.found.get(each.number)
        answer.held.append(_held(answer, each, positions[each.number], now, read[each.number], to_date, asked))
    answer.warnings += past.warnings + _at_entry(answer.held)
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
    answer: Priced, each: Written, position: Position, now: Now | None, read: bool, to_date: ToDate | None, asked: Asked
) -> Holding:
    """One position; `read` is False where its exchange was asked and failed: it then has neither rate nor price."""
    label = f"{position.exchange} {position.symbol}"
    base = each.base if now is None else now.base
    price, basis, source = _price(each, now) if read else (None, None, None)
    if basis == "hour":
        answer.warnings.append(f"{label}: there is no price beside the rate; the last hour's close stands for it")
    if each.entry.market == "spot":
        return _spot(answer, each, Holding(
            number=each.number, market="spot", position=position, base=base, price=price, price_basis=basis,
            price_source=source, opened=each.opened,
        ), now, read)  # fmt: skip
    used = _rate(each, now) if read else None
    if used is not None:
        _judge(answer, label, used, now)
    margins = None if now is None else now.margins
    terms = terms_of(each, position, margins)
    answer.warnings += terms.warnings
    answer.missing += terms.missing
    for doubt in terms.doubts:
        _doubt(answer, doubt)
    found = terms.found
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
        funding_price=_funding_price(each, now, price),
        used=used,
        next_used=None if now is None else _after(now),
        schedule=None if used is None else _schedule(each, used, now),
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
    for doubt in beyond_last(held, terms):
        _doubt(answer, doubt)
    answer.warnings += too_much_leverage(held, margins)
    return held


def _spot(answer: Priced, each: Written, held: Holding, now: Now | None, read: bool) -> Holding:
    """Spot; where it is sold short with what its coins cost, unless its exchange failed."""
    if not each.borrows or not read:
        return held
    quote, notes = borrowed(each, None if now is None else now.borrow)
    answer.warnings += borrow_notes(held, quote, notes)
    if quote is None:
        answer.unreported.append(f"the borrow rate of {each.coin} on {each.profile.id} is not known")
    elif quote.basis == "profile":
        answer.unreported.append(f"the borrow rate of {each.coin} is only that of the {each.profile.id} profile")
    return replace(held, borrow=quote)


def _rate(each: Written, now: Now | None) -> UsedRate:
    entry = each.entry
    if now is not None and now.rate is not None:
        return used_live(now.rate)
    interval = None if entry.interval is None else Decimal(entry.interval)
    if entry.rate is not None:
        used = given_rate(each.profile, Decimal(entry.rate), interval)
        return _in_file(used, source="given in the file")
    try:
        return _in_file(baseline(each.profile, interval))
    except UsageError as error:
        raise DataError(f"{each.where}: {error.message}", "Write its `rate`, or ask with --live.") from None


def _in_file(used: UsedRate, **changes: str) -> UsedRate:
    if used.interval_basis == "given":
        changes["interval_source"] = "given in the file"
    return replace(used, **changes)  # type: ignore[arg-type]


def _after(now: Now) -> UsedRate | None:
    """What the exchange says of the settlement after: still moving where the next one is fixed, else a forecast."""
    rate = now.rate
    if rate is None or rate.next_rate is None:
        return None
    kind: RateKind = "accruing" if rate.kind == "fixed" else "predicted"
    return replace(used_live(rate), rate=rate.next_rate, kind=kind, source=f"{rate.exchange} live, after the next")


def _judge(answer: Priced, label: str, used: UsedRate, now: Now | None) -> None:
    if used.interval_basis == "profile":
        answer.unreported.append(f"the interval of {label} is only the profile's")
    if used.kind == "baseline":
        answer.unreported.append(f"the rate of {label} is only the profile's baseline")
    if now is not None and now.rate is not None and now.rate.rate_basis == "derived":
        answer.unreported.append(f"the rate of {label} is derived from the exchange's absolute one")


def _price(each: Written, now: Now | None) -> tuple[Decimal, PriceBasis, str]:
    """The price of a position, on what it rests, and that in words."""
    entry, exchange = each.entry, each.profile.id
    if now is not None:
        rate, spot = now.rate, entry.market == "spot"
        beside = "" if rate is None else rate.symbol
        if rate is not None and rate.mark_price is not None and not spot:
            return rate.mark_price, "mark", f"{exchange} live, mark price"
        if rate is not None and rate.index_price is not None:
            return rate.index_price, "index", f"{exchange} live, index price" + (f" of {beside}" if spot else "")
        if now.mid is not None:
            return now.mid, "mid", f"{exchange} live, spot book mid of {now.symbol}"
        if now.hour is not None:
            return now.hour, "hour", f"{exchange}, {now.hour_kind} price of {beside} at the last full hour"
    if entry.price is not None:
        return Decimal(entry.price), "given", "given in the file"
    return Decimal(entry.entry), "entry", "the entry price"


def _funding_price(each: Written, now: Now | None, price: Decimal | None) -> Decimal | None:
    """The price that payments are on: the index where the exchange pays on that and says it."""
    index = None if now is None or now.rate is None else now.rate.index_price
    return price if index is None or each.profile.funding.payment_price == "mark" else index


def _schedule(each: Written, used: UsedRate, now: Now | None) -> Schedule:
    funding = each.profile.funding
    continuous = funding.accrual == "continuous"
    time = None if now is None or now.rate is None else now.rate.time
    next_ms = None if time is None else to_ms(time)
    if next_ms is None or continuous:
        return Schedule(grid=Grid.of(used.interval_hours, funding.settlement_hours_utc), continuous=continuous)
    step = int(used.interval_hours * MS_PER_HOUR)
    return Schedule(grid=Grid(step, next_ms % step), next_ms=next_ms)


def _doubt(answer: Priced, doubt: str) -> None:
    answer.warnings.append(doubt)
    answer.unreported.append(doubt)
