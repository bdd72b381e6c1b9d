"""What a carry costs while it runs: interest on what is borrowed, less the yield of what is held."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fundcli.core.borrow import charged_hours, interest
from fundcli.core.carry_plan import Plan, worth
from fundcli.core.numbers import exact, ledger
from fundcli.core.units import HOURS_PER_YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """Money borrowed and its yearly rate, and what the holdings earn an hour; all in the settlement currency."""

    plan: Plan
    borrowed: Decimal
    earned_hourly: Decimal

    @property
    def interest_hourly(self) -> Decimal:
        """Interest of an hour that is charged."""
        return self.borrowed * (self.plan.borrow_rate or Decimal(0)) / HOURS_PER_YEAR

    def interest(self, hours: Decimal) -> Decimal:
        """Simple interest over a hold, by the exchange's own counting of hours."""
        if self.plan.borrow_rate is None or not self.borrowed:
            return Decimal(0)
        charged = charged_hours(hours, self.plan.borrow_counting, self.plan.open_ms)
        return ledger(interest(self.borrowed, self.plan.borrow_rate, charged))

    def income(self, hours: Decimal) -> Decimal:
        """Yield over a hold, by the time itself."""
        return ledger(self.earned_hourly * hours)

    def cost(self, hours: Decimal) -> Decimal:
        """Interest less income."""
        return self.interest(hours) - self.income(hours)


@exact
def upkeep(plan: Plan, hedge: Decimal, margin: Decimal) -> Upkeep:
    """Of a carry that holds `hedge` coins on both legs and has `margin` posted or set aside in money.

    Borrowed: the coin sold short; or the quote money that pays for a part of the spot (spot leverage), and the debit
    that a rally by `shock` creates where the spot is the collateral: the loss beyond the money that is there (an
    inverse contract loses coin, and borrows nothing). The coin held earns spot_yield a year, the margin
    collateral_yield; a reverse carry holds no coin.
    """
    spot = worth(plan, hedge, plan.spot_price)
    if plan.direction == "reverse":
        borrowed, held = spot, Decimal(0)
    else:
        bought = worth(plan, plan.quantity, plan.spot_price)
        loss = worth(plan, hedge, plan.perp_price) * plan.shock
        debit = Decimal(0) if plan.collateral == "cash" or plan.inverse else max(Decimal(0), loss - margin)
        borrowed, held = bought * (1 - 1 / plan.spot_leverage) + debit, spot
    yearly = held * plan.spot_yield + margin * plan.collateral_yield
    return Upkeep(plan=plan, borrowed=borrowed, earned_hourly=yearly / HOURS_PER_YEAR)
