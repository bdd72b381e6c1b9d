"""Options of what a position ties up, shared by cost, carry and stress."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer

from fundcli.commands import values

BorrowLeverage = Annotated[
    Decimal | None,
    typer.Option(
        "--borrow-leverage",
        metavar="X",
        parser=values.positive("--borrow-leverage"),
        help="Of the borrowed spot of a reverse carry (3).",
    ),
]
Collateral = Annotated[
    str | None,
    typer.Option("--collateral", metavar="WHAT", parser=values.choice("--collateral", ("cash", "spot")),
                 help="cash, or spot: the coin held serves as margin (cash)."),
]  # fmt: skip
Haircut = Annotated[
    Decimal | None,
    typer.Option(
        "--haircut",
        metavar="SHARE",
        parser=values.share("--haircut", "0", "1"),
        help="Taken off the spot as margin (0).",
    ),
]
Buffer = Annotated[
    Decimal | None,
    typer.Option(
        "--buffer", metavar="MONEY", parser=values.not_negative("--buffer"), help="Spare money set aside (0)."
    ),
]
Size = Annotated[
    Decimal | None,
    typer.Option(
        "--size", metavar="COINS", parser=values.positive("--size"), help="Position in coin; inverse: contracts."
    ),
]
