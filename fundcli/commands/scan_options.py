"""The options of `scan` alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer

from fundcli.commands import options, values

Capital = Annotated[
    Decimal | None,
    typer.Option("--capital", metavar="MONEY", parser=values.positive("--capital"), help="All your money (100k)."),
]
PositionCap = Annotated[
    Decimal | None,
    typer.Option("--position-cap", metavar="SHARE", parser=values.share("--position-cap", "0", "1"),
                 help="Capital of each trade, as a share of --capital (5%)."),
]  # fmt: skip
SpotExchange = Annotated[
    str | None,
    typer.Option("--spot-exchange", metavar="ID", help="Where every spot leg stands (each perp's own exchange).",
                 autocompletion=options.complete_exchanges),
]  # fmt: skip
History = Annotated[
    Decimal | None,
    typer.Option("--history", metavar="SPAN", parser=values.span("--history"),
                 help="Rank by the mean of what settled, like 30d (the rate now)."),
]  # fmt: skip
Quote = Annotated[
    list[str] | None,
    typer.Option("--quote", metavar="COIN", help="Only this quote currency; repeatable (every dollar)."),
]
Books = Annotated[
    int,
    typer.Option("--books", metavar="N", min=1, help="Price the N best before slippage from their books."),
]
Top = Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Only the first N of the ranking.")]
Rejected = Annotated[bool, typer.Option("--rejected", help="Show each rejected contract, not only counts.")]

DEFAULT_CAPITAL = Decimal(100_000)
DEFAULT_BOOKS = 20
