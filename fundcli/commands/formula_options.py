"""Options of the commands that work with the exchange's formula: explain and predict."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from fundcli.commands import values

Premium = Annotated[
    Decimal | None,
    typer.Option("--premium", "-p", metavar="SHARE", parser=values.signed_share("--premium"),
                 help="The interval's average premium, like 0.03%."),
]  # fmt: skip
Samples = Annotated[
    Path | None,
    typer.Option("--premium-samples", metavar="FILE", help="Premiums in a file (lines, CSV or JSON), to be averaged."),
]
Interest = Annotated[
    Decimal | None,
    typer.Option("--interest", metavar="SHARE", parser=values.signed_share("--interest"),
                 help="I of the formula, instead of the profile's."),
]  # fmt: skip
Band = Annotated[
    Decimal | None,
    typer.Option("--band", metavar="SHARE", parser=values.share("--band"), help="Half the clamp or dead band (0.05%)."),
]
Cap = Annotated[
    Decimal | None,
    typer.Option("--cap", metavar="SHARE", parser=values.share("--cap"), help="Largest rate; the floor is minus that."),
]
Floor = Annotated[
    Decimal | None,
    typer.Option("--floor", metavar="SHARE", parser=values.signed_share("--floor"), help="Smallest rate (minus cap)."),
]
Divisor = Annotated[
    Decimal | None,
    typer.Option("--divisor", metavar="X", parser=values.positive("--divisor"),
                 help="What the rate is divided by; 1 for nothing."),
]  # fmt: skip
Imr = Annotated[
    Decimal | None,
    typer.Option("--imr", metavar="SHARE", parser=values.share("--imr", "0.0001", "1"),
                 help="Initial margin rate at the highest leverage: cap and impact notional follow."),
]  # fmt: skip
Mmr = Annotated[
    Decimal | None,
    typer.Option("--mmr", metavar="SHARE", parser=values.share("--mmr", most="1"),
                 help="Maintenance margin rate of the first tier: the cap follows."),
]  # fmt: skip
At = Annotated[
    datetime | None,
    typer.Option("--at", metavar="TIME", parser=values.time("--at"), help="By the rule that held then, UTC (now)."),
]

Bid = Annotated[
    Decimal | None,
    typer.Option("--bid", metavar="PRICE", parser=values.positive("--bid"), help="Impact bid (or best bid)."),
]
Ask = Annotated[
    Decimal | None,
    typer.Option("--ask", metavar="PRICE", parser=values.positive("--ask"), help="Impact ask (or best ask)."),
]
Mark = Annotated[
    Decimal | None, typer.Option("--mark", metavar="PRICE", parser=values.positive("--mark"), help="Mark price.")
]
Index = Annotated[
    Decimal | None,
    typer.Option("--index", metavar="PRICE", parser=values.positive("--index"), help="Index or oracle price."),
]
BookFile = Annotated[
    Path | None, typer.Option("--book", metavar="FILE", help="Order book in JSON; its impact prices are found.")
]
Series = Annotated[
    Path | None,
    typer.Option("--series", metavar="FILE", help="CSV of settled rates beside premiums or prices: rebuild each."),
]
Map = Annotated[
    values.Words | None,
    typer.Option("--map", metavar="KIND=COLUMN,…", parser=values.pairs("--map"),
                 help="Columns of --series: time, rate, premium, mark, index, bid, ask, interval."),
]  # fmt: skip
Averaging = Annotated[
    str | None,
    typer.Option("--averaging", metavar="HOW", parser=values.choice("--averaging", ("simple", "linear", "twap")),
                 help="How samples are averaged (the rule's)."),
]  # fmt: skip
Impact = Annotated[
    Decimal | None,
    typer.Option("--impact-notional", metavar="MONEY", parser=values.positive("--impact-notional"),
                 help="Order size of the impact prices (the rule's)."),
]  # fmt: skip
ContractSize = Annotated[
    Decimal | None,
    typer.Option("--contract-size", metavar="X", parser=values.positive("--contract-size"),
                 help="Coins (inverse: quote money) per unit of the book's sizes (1)."),
]  # fmt: skip
Sweep = Annotated[
    values.Decimals | None,
    typer.Option("--sweep", metavar="LO..HI", parser=values.share_range("--sweep"),
                 help="The rate as a function of the premium, like -0.2%..0.2%."),
]  # fmt: skip
Points = Annotated[int | None, typer.Option("--points", metavar="N", help="Premiums in a sweep (41).")]
Chart = Annotated[bool, typer.Option("--chart", help="Draw the sweep instead of listing it.")]
Live = Annotated[bool, typer.Option("--live", help="The premium so far from the exchange, beside its published rate.")]
History = Annotated[
    Decimal | None,
    typer.Option("--history", metavar="SPAN", parser=values.span("--history"),
                 help="Where the settled rates of the last 7d lie."),
]  # fmt: skip
