"""One contract priced for a carry: its rate from the source that was named, its prices or books, borrow and margins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from fundcli.commands import capital_options
from fundcli.commands.shared import Shared
from fundcli.commands.sources import Source, find_hold, find_rate
from fundcli.core.capital import greatest_notional
from fundcli.core.carry import carry
from fundcli.core.carry_answer import CarryResult
from fundcli.core.carry_legs import hedge_of
from fundcli.core.carry_plan import Plan
from fundcli.core.hold import Hold
from fundcli.core.margin import one_table
from fundcli.core.numbers import plain
from fundcli.market.borrowing import borrow_quote, shortage
from fundcli.market.carrying import (
    Lent,
    Margins,
    Quotes,
    Trade,
    at_price,
    borrowed_amount,
    borrowed_coin,
    direction_of,
    filled,
    plan_of,
)
from fundcli.market.margins import margin_of
from fundcli.profiles import Profile
from fundcli.profiles.liquidation import beyond_tiers, closing_fee_of, spot_level_of


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Where the numbers of one contract are to come from."""

    exchange: str | None = None
    symbol: str | None = None
    spot_exchange: str | None = None
    rate: Decimal | None = None
    interval: Decimal | None = None
    live: bool = False
    books: bool = False
    history: Decimal | None = None
    hold: Decimal | None = None
    times: tuple[int, int] | None = None
    price: Decimal | None = None
    borrow_rate: Decimal | None = None
    maintenance_rate: Decimal | None = None

    @property
    def online(self) -> bool:
        """Whether prices, borrow and margin tiers of this moment are asked for beside the rate."""
        return self.live or self.books


@dataclass(kw_only=True)
class Priced:
    """A contract's carry, and how it is priced again at another size."""

    profile: Profile
    source: Source
    held: Hold
    quotes: Quotes
    plan: Plan
    result: CarryResult
    at: Callable[[Decimal], Plan]

    def result_at(self, notional: Decimal) -> CarryResult:
        """The same carry at another notional."""
        return carry(self.at(notional), self.source.used)


def price(shared: Shared, trade: Trade, asked: Asked) -> Priced:
    """Price a carry in one contract; `source` gathers what to say about it."""
    profile = shared.profile(asked.exchange)
    spot_profile = profile if asked.spot_exchange is None else shared.spot_profile(asked.spot_exchange)
    capital_options.refuse_apart(trade.collateral, profile, spot_profile)
    source = find_rate(shared, profile, asked.symbol, asked.rate, asked.interval, asked.live, asked.history)
    held = find_hold(profile, source, asked.hold, asked.times)
    quotes = _quotes(shared, trade, asked, profile, spot_profile, source)
    lent = _lent(shared, trade, asked, spot_profile, source, quotes)
    margins = _margins(shared, trade, asked, (profile, spot_profile), source)
    opened = asked.times[0] if asked.times else None

    def at(notional: Decimal) -> Plan:
        sized = replace(trade, notional=notional)
        plan = plan_of(sized, profile, spot_profile, source.symbol, source.used, held, quotes, lent, margins, opened)
        return filled(plan, quotes, trade.roles)

    plan = at(trade.notional)
    source.warnings += _beyond(trade, plan, margins)
    if lent.quote is not None and (lack := shortage(lent.quote, borrowed_amount(plan, quotes))):
        source.warnings.append(lack)
    return Priced(
        profile=profile, source=source, held=held, quotes=quotes, plan=plan, at=at, result=carry(plan, source.used)
    )


def _quotes(
    shared: Shared, trade: Trade, asked: Asked, profile: Profile, spot_profile: Profile, source: Source
) -> Quotes:
    """Mids out of the books of this moment, unless slippage is typed; else the price typed or told with the rate."""
    told = source.live and (source.live.index_price or source.live.mark_price)
    if not asked.online or trade.slippages is not None:
        return Quotes(spot_price=asked.price or told or None)
    from fundcli.market.books import read_books

    books = read_books(
        profile, spot_profile, source.symbol, shared.network, shared.progress, asked.spot_exchange is not None
    )
    source.warnings += books.warnings
    source.unreported += books.unreported
    read = [f"{spot_profile.id} {books.spot_symbol}"] if books.spot else []
    named = " and ".join([*read, f"{profile.id} {source.symbol}"])
    spot_mid = books.spot.mid if books.spot else told or books.perp.mid
    return Quotes(
        spot_price=asked.price or spot_mid, perp_price=at_price(asked.price, spot_mid, books.perp.mid),
        spot=books.spot, perp=books.perp, spot_symbol=books.spot_symbol, multiple=books.multiple,
        source=f"order books of {named}, {shared.env.now():%Y-%m-%d %H:%M} UTC",
    )  # fmt: skip


def _lent(shared: Shared, trade: Trade, asked: Asked, profile: Profile, source: Source, quotes: Quotes) -> Lent:
    """What borrowing costs on the spot leg's exchange: typed, the exchange's own with --live, else the profile's."""
    counting = profile.borrow.counting if profile.borrow else "pro_rata"
    way = direction_of(trade.direction, source.used.rate)
    coin = borrowed_coin(trade, way, source.symbol, quotes)
    if coin is None and asked.borrow_rate is None:
        return Lent(counting=counting)
    network = shared.network if asked.online and asked.borrow_rate is None else None
    quote, notes = borrow_quote(profile, coin or "", network, asked.borrow_rate)
    if quote is None:
        source.warnings.append(f"the cost of borrowing {coin} is taken as 0: {'; '.join(notes)}")
        source.unreported.append("the borrow rate is not known")
        return Lent(counting=counting)
    source.warnings += notes
    if quote.basis == "profile":
        source.unreported.append("the borrow rate is only the profile's")
    return Lent(quote=quote, counting=counting)


def _margins(shared: Shared, trade: Trade, asked: Asked, profiles: tuple[Profile, Profile], source: Source) -> Margins:
    """The margin tiers, where leverage or a shock depends on them: typed, the exchange's with --live, or on record.

    profiles: of the perp and of the spot leg, whose exchange lends.
    """
    if trade.leverage <= 1 and not trade.shock:
        return Margins()
    profile, lender = profiles
    fee, level = closing_fee_of(profile, source.symbol), spot_level_of(lender)
    if asked.maintenance_rate is not None:
        return Margins(table=one_table(asked.maintenance_rate), closing_fee=fee, spot_level=level)
    network = shared.network if asked.online else None
    found = margin_of(profile, source.symbol, network, shared.env.now(), trade.leverage)
    if trade.rests_on_maintenance:
        source.warnings += found.warnings
        if found.table is None:
            source.warnings.append(
                f"no source gives the maintenance margin of {source.symbol} on {profile.id}: the buffer for the shock "
                "keeps the whole initial margin (--maintenance-rate)"
            )
    return Margins(table=found.table, closing_fee=fee, spot_level=level)


def _beyond(trade: Trade, plan: Plan, margins: Margins) -> list[str]:
    """Where the exchange does not allow the leverage, or the shock leads beyond the tiers that are known."""
    said = []
    if plan.leverage < trade.leverage:
        most, wanted = (plain(round(value, 2)) for value in (plan.leverage, trade.leverage))
        said.append(f"{plan.exchange} allows {most}x at this notional, not {wanted}x: the margin is that of {most}x")
    table = margins.table
    if trade.rests_on_maintenance and table is not None and table.ends_at is not None:
        hedge = hedge_of(plan)
        size = hedge * plan.perp_price if plan.inverse else hedge
        reached = size if table.counts == "size" else greatest_notional(plan, hedge)
        if table.ends_before(reached):
            said.append(beyond_tiers(plan.symbol, table.ends_at))
    return said
