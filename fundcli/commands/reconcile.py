"""fundcli reconcile: an exchange's funding payments, recomputed, with the cause of every difference."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundcli.commands import options, values
from fundcli.commands.shared import Shared
from fundcli.core.booked import Reconciled
from fundcli.core.units import parse_number
from fundcli.errors import UsageError
from fundcli.render.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fundcli.render.answer import Table

CONTENT = Reconciled
IS_LIST = False
SIGN = "money received"


def _format(text: str) -> str:
    from fundcli.market.booked_formats import format_named

    return format_named(text)


_format.__name__ = "word"
Exchange = Annotated[
    str | None,
    typer.Option("--exchange", "-e", metavar="ID", help="With --map, or where a format is of several.",
                 autocompletion=options.complete_exchanges),
]  # fmt: skip
File = Annotated[Path, typer.Argument(metavar="FILE", help="The exchange's export: CSV, zip of one, or JSON.")]
FormatName = Annotated[
    str | None,
    typer.Option("--format", metavar="NAME", parser=_format, help="Like okx-csv, where the header does not tell."),
]
Map = Annotated[
    values.Words | None,
    typer.Option("--map", metavar="KIND=COLUMN,…", parser=values.pairs("--map"),
                 help="Columns: time, amount, symbol, size, rate, price, index, last, open, …"),
]  # fmt: skip
Positions = Annotated[
    Path | None, typer.Option("--positions", metavar="FILE", help="CSV of time, symbol and signed size from then on.")
]
Size = Annotated[
    Decimal | None,
    typer.Option("--size", metavar="SIZE", parser=lambda text: parse_number(text, "--size"),
                 help="Position throughout, short negative: base coin (inverse: contracts)."),
]  # fmt: skip
ContractSize = Annotated[
    Decimal | None,
    typer.Option("--contract-size", metavar="SIZE", parser=values.positive("--contract-size"),
                 help="Coins of a contract of the export (inverse: quote); the exchange's."),
]  # fmt: skip
Zone = Annotated[
    str | None,
    typer.Option("--zone", metavar="ZONE", help="Of times that name none, like UTC+3 (the file's, else UTC)."),
]
Tolerance = Annotated[
    Decimal | None,
    typer.Option("--tolerance", metavar="AMOUNT", parser=values.not_negative("--tolerance"),
                 help="Difference that is exact (less than the last booked digit)."),
]  # fmt: skip
All = Annotated[bool, typer.Option("--all", help="Show every payment, not only those that differ.")]


def run(
    shared: Shared, file: File, exchange: Exchange = None, symbol: options.Symbol = None,
    format: FormatName = None, map: Map = None, positions: Positions = None, size: Size = None,
    contract_size: ContractSize = None, zone: Zone = None, tolerance: Tolerance = None, all: All = False,
) -> Answer:  # fmt: skip
    """Recompute booked funding payments and name the cause of each difference. Positive is money received.

    Formats are told by their header: binance-api, binance-csv, binance-wallet, okx-api, okx-csv, bybit-api, bybit-csv,
    bybit-trades, gate-api, hyperliquid-api, hyperliquid-csv. Rates and prices that the export lacks come from the lake.
    The exchange is asked for hourly prices that neither has, and for what a contract is worth where only it can tell;
    with --offline nobody is.

    \b
    fundcli reconcile income.json --positions positions.csv
    fundcli reconcile payments.csv -e okx --map time=when,amount=paid,symbol=what,size=held
    fundcli reconcile bybit.csv --all -o json --fail-if 'totals.difference != 0'
    """
    from fundcli.market.booked_online import Online
    from fundcli.market.bookings import read_export, read_positions
    from fundcli.market.reconciling import Asked, reconciled

    if size is not None and positions is not None:
        raise UsageError("--size and --positions both give the position", "Give one of them.")

    def main_of(name: str) -> tuple[str, str]:
        found = shared.profile(name)
        return found.id, found.contracts.main

    names = dict(pair.split("=", 1) for pair in map or ())
    export = read_export(file, format, exchange, symbol, names, zone, main_of)
    profile = shared.profile(exchange or export.exchange)
    held = {} if positions is None else read_positions(positions, profile.id, profile.contracts.main, symbol, zone)
    asked = Asked(positions=held, size=size, contract_size=contract_size, tolerance=tolerance)
    online = Online(profile, lambda: shared.at_rest, shared.store.alone)
    result, warnings = reconciled(export, profile, shared.store, asked, online)
    if zone is not None and positions is None and export.zone_basis == "named":
        warnings.append(f"--zone {zone} changes nothing: the times of {file} name their own")
    inputs = {
        "file": str(file), "format": export.format, "exchange": profile.id, "symbol": symbol, "map": map,
        "positions": None if positions is None else str(positions), "size": size, "contract_size": contract_size,
        "zone": export.zone or zone, "zone_basis": export.zone_basis, "tolerance": tolerance,
        "unit": export.unit, "all": all,
    }  # fmt: skip
    return Answer(
        command="reconcile", as_of=shared.env.now(), inputs=inputs, content=result, content_type=CONTENT, sign=SIGN,
        tables=partial(_tables, result, all), warnings=warnings,
        unreported=_unreported(result), missing=online.missing,
    )  # fmt: skip


def _unreported(result: Reconciled) -> list[str]:
    implied = sum("implied" in (p.cause, p.price_basis) for p in result.payments)
    found = [f"{implied} payments rest on a price or size that only they imply"] if implied else []
    guessed = [str(one.symbol) for one in result.contracts if one.contract_value_basis == "guessed"]
    return [*found, f"what a contract of {', '.join(guessed)} is worth is a guess"] if guessed else found


def _tables(result: Reconciled, all: bool) -> Sequence[Table]:
    from fundcli.commands.reconcile_view import tables

    return tables(result, all)
