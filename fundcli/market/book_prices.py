"""The rate, the price and the schedule of a position: of its exchange now, else as its file says them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fundcli.core.book_answer import PriceBasis
from fundcli.core.book_holding import Schedule
from fundcli.core.schedule import Grid
from fundcli.core.units import MS_PER_HOUR, to_ms
from fundcli.core.used import UsedRate
from fundcli.core.words import RateKind
from fundcli.errors import DataError, UsageError
from fundcli.market.book_live import Now
from fundcli.market.given import baseline, given_rate
from fundcli.market.live import used_live
from fundcli.market.positions import Written


def rate_of(each: Written, now: Now | None) -> UsedRate:
    """The rate of the next settlement: of the exchange, else of the file, else the profile's baseline."""
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


def rate_after(now: Now) -> UsedRate | None:
    """What the exchange says of the settlement after: still moving where the next one is fixed, else a forecast."""
    rate = now.rate
    if rate is None or rate.next_rate is None:
        return None
    kind: RateKind = "accruing" if rate.kind == "fixed" else "predicted"
    return replace(used_live(rate), rate=rate.next_rate, kind=kind, source=f"{rate.exchange} live, after the next")


def price_of(each: Written, now: Now | None) -> tuple[Decimal, PriceBasis, str]:
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


def funding_price(each: Written, now: Now | None, price: Decimal | None) -> Decimal | None:
    """The price that payments are on: the index where the exchange pays on that and says it."""
    index = None if now is None or now.rate is None else now.rate.index_price
    return price if index is None or each.profile.funding.payment_price == "mark" else index


def schedule_of(each: Written, used: UsedRate, now: Now | None) -> Schedule:
    """When it settles: as the exchange says, else by the profile's hours."""
    funding = each.profile.funding
    continuous = funding.accrual == "continuous"
    time = None if now is None or now.rate is None else now.rate.time
    next_ms = None if time is None else to_ms(time)
    if next_ms is None or continuous:
        return Schedule(grid=Grid.of(used.interval_hours, funding.settlement_hours_utc), continuous=continuous)
    step = int(used.interval_hours * MS_PER_HOUR)
    return Schedule(grid=Grid(step, next_ms % step), next_ms=next_ms)
