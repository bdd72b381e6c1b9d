"""What `stress --live` asks an exchange for: the price and the margin tiers, as far as they are not typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fundcli.commands.shared import Shared
from fundcli.core.margin import MarginTable, most_leverage
from fundcli.core.position import is_inverse
from fundcli.core.stress_answer import StressResult
from fundcli.errors import UsageError
from fundcli.profiles import Profile
from fundcli.render.human import plain_number


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A contract, its price, its margin tiers with their source, and what of that nobody reported."""

    symbol: str
    price: Decimal | None
    margins: tuple[MarginTable, str] | None = None
    unreported: Sequence[str] = ()


def ask(
    shared: Shared,
    profile: Profile,
    symbol: str | None,
    price: Decimal | None,
    leverage: Decimal,
    maintenance_rate: Decimal | None,
) -> Asked:
    """The price, unless it is typed, and the margin tiers, unless their rate is.

    Raises ExchangeError or UsageError where neither the exchange nor the profile has tiers of the contract.
    """
    if price is not None and maintenance_rate is not None:
        raise UsageError(
            "--live asks for the price and the margin tiers, and both are typed",
            "Drop --live, or one of --price and --maintenance-rate.",
        )
    from fundcli.market.margins import margin_of, price_now

    network = shared.network
    shared.progress.begin(profile.id)
    try:
        now = None if price is not None else price_now(profile, symbol, network)
        if maintenance_rate is not None:
            assert now is not None
            return Asked(symbol=now.symbol, price=now.price)
        found = margin_of(profile, symbol, network, shared.env.now(), leverage)
    finally:
        shared.progress.end()
    if found.table is None:
        raise found.failure or UsageError(
            found.warnings[0], "Give the maintenance margin with --maintenance-rate 0.5%."
        )
    return Asked(
        symbol=found.symbol,
        price=price if now is None else now.price,
        margins=(found.table, found.source),
        unreported=found.warnings,
    )


def too_much_leverage(asked: Asked, result: StressResult) -> list[str]:
    """A warning where the exchange does not offer the leverage at this size."""
    if asked.margins is None or result.quantity is None or result.price is None:
        return []
    size = result.quantity * result.price if is_inverse(result.symbol) else result.quantity
    most = most_leverage(asked.margins[0].at(size), result.notional)
    if result.leverage <= most:
        return []
    return [f"{result.exchange} offers at most {plain_number(most)}x on {result.symbol} at this size"]
