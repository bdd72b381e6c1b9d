"""A carry in one of many contracts, sized by its capital, before and after its order books are known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from fundcli.core.annualize import apr
from fundcli.core.borrow import BorrowQuote
from fundcli.core.carry import carry
from fundcli.core.carry_answer import CarryResult
from fundcli.core.carry_plan import Direction, Plan
from fundcli.core.hold import hold_for
from fundcli.core.margin import MarginTable, one_table
from fundcli.core.sizing import capital_in_quote, notional_for
from fundcli.core.used import UsedRate
from fundcli.market.carrying import Lent, Margins, Quotes, Trade, direction_of, plan_of
from fundcli.profiles import Profile
from fundcli.profiles.liquidation import closing_fee_of, spot_level_of


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What every carry of a scan has in common; the trade's notional is its capital, from which it is sized."""

    trade: Trade
    hold_hours: Decimal
    borrow_rate: Decimal | None = None
    maintenance_rate: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The carries of one exchange."""

    wanted: Wanted
    profile: Profile
    spot_profile: Profile

    def direction(self, used: UsedRate) -> Direction:
        """The direction that is asked for, or the one that receives the rate."""
        return direction_of(self.wanted.trade.direction, used.rate)

    def gross_apr(self, used: UsedRate) -> Decimal:
        """The rate's own APR as this direction sees it."""
        sign = 1 if self.direction(used) == "cash-and-carry" else -1
        return apr(sign * used.rate, used.interval_hours)

    @property
    def rests_on_tiers(self) -> bool:
        """Whether the capital depends on margin tiers that nobody typed."""
        trade = self.wanted.trade
        return (trade.leverage > 1 or bool(trade.shock)) and self.wanted.maintenance_rate is None

    def sized(
        self, symbol: str, used: UsedRate, quotes: Quotes, borrow: BorrowQuote | None, tiers: MarginTable | None
    ) -> tuple[Decimal, Plan]:
        """The carry that ties up the capital wanted, its legs not filled yet, and its notional in quote money."""
        wanted = self.wanted
        funding, lending = self.profile.funding, self.spot_profile.borrow
        held = hold_for(wanted.hold_hours, used.interval_hours, funding.accrual == "continuous")
        lent = Lent(quote=borrow, counting=lending.counting if lending else "pro_rata")
        margins = Margins(
            table=tiers if wanted.maintenance_rate is None else one_table(wanted.maintenance_rate),
            closing_fee=closing_fee_of(self.profile, symbol), spot_level=spot_level_of(self.spot_profile),
        )  # fmt: skip

        def at(notional: Decimal) -> Plan:
            sized = replace(wanted.trade, notional=notional)
            return plan_of(sized, self.profile, self.spot_profile, symbol, used, held, quotes, lent, margins)

        notional = notional_for(lambda notional: capital_in_quote(at(notional)), wanted.trade.notional)
        return notional, at(notional)

    def unslipped(self, symbol: str, used: UsedRate, borrow: BorrowQuote | None) -> CarryResult:
        """The carry at no basis and no slippage, without tiers, on a price of 1: its shares of notional and capital."""
        _, plan = self.sized(symbol, used, Quotes(spot_price=Decimal(1)), borrow, None)
        return carry(plan, used)
