"""Plans of a carry with everything left at its default but what a test is about."""

from decimal import Decimal as D

from fundcli.core.carry import carry
from fundcli.core.carry_answer import CarryResult
from fundcli.core.carry_plan import planned
from fundcli.core.cost import UsedRate
from fundcli.core.schedule import MS_PER_HOUR, Grid


def answer(
    rate: str | D = "0.0001",
    *,
    interval: int = 8,
    hold: int = 720,
    notional: str | D = "10000",
    direction: str = "cash-and-carry",
    symbol: str = "BTC/USDT:USDT",
    spot_price: str | D | None = "100",
    basis_open: str | D = "0",
    basis_close: str | D | None = None,
    fees: str | list[D] = "0",
    slippage: str | list[D] = "0",
    leverage: str | D = "1",
    **more: object,
) -> CarryResult:
    """The ledger of a carry; one fee and one slippage for all legs, or four of each."""
    plan = planned(
        exchange="x",
        symbol=symbol,
        direction=direction,
        notional=D(notional),
        spot_price=None if spot_price is None else D(spot_price),
        basis_open=D(basis_open),
        basis_close=None if basis_close is None else D(basis_close),
        leverage=D(leverage),
        fee_rates=[D(fees)] * 4 if isinstance(fees, str) else fees,
        slippages=[D(slippage)] * 4 if isinstance(slippage, str) else slippage,
        hold_hours=D(hold),
        settlements=D(hold) / interval,
        grid=Grid(interval * MS_PER_HOUR),
        **more,
    )
    used = UsedRate(
        rate=D(rate), interval_hours=D(interval), interval_basis="given", kind="given", source="", interval_source=""
    )
    return carry(plan, used)
