"""The options of `carry` alone."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from fundcli.commands import options, values

_ROLES = ("taker", "maker", "none")
_DIRECTIONS = ("auto", "cash-and-carry", "reverse")
_LEGS = (1, 2, 4)

Direction = Annotated[
    str | None,
    typer.Option("--direction", "-d", metavar="WAY", parser=values.choice("--direction", _DIRECTIONS),
                 help="cash-and-carry, reverse, or auto: by the sign of the rate (auto)."),
]  # fmt: skip
SpotExchange = Annotated[
    str | None,
    typer.Option("--spot-exchange", metavar="ID", help="Where the spot leg stands (the perp's exchange).",
                 autocompletion=options.complete_exchanges),
]  # fmt: skip
Legs = Annotated[
    values.Words | None,
    typer.Option("--legs", metavar="ROLES", parser=values.words("--legs", _ROLES, _LEGS),
                 help="taker or maker: for all legs, spot,perp, or each of the four (taker)."),
]  # fmt: skip
SpotFee = Annotated[
    values.Decimals | None,
    typer.Option(
        "--spot-fee",
        metavar="FEE",
        parser=values.fees("--spot-fee", (1, 2)),
        help="Spot fee of a fill, or open,close; goes before roles and tiers.",
    ),
]
SpotFeeIn = Annotated[
    str | None,
    typer.Option("--spot-fee-in", metavar="COIN", parser=values.choice("--spot-fee-in", ("quote", "base")),
                 help="quote, or base: the fee is taken from the coin bought, and the hedge shrinks (quote)."),
]  # fmt: skip
Slippage = Annotated[
    values.Decimals | None,
    typer.Option("--slippage", metavar="SHARE", parser=values.fees("--slippage", _LEGS),
                 help="Against the mids: for every leg, spot,perp, or each of the four (the books', else 0)."),
]  # fmt: skip
BasisOpen = Annotated[
    Decimal | None,
    typer.Option(
        "--basis-open",
        metavar="SHARE",
        parser=values.signed_share("--basis-open"),
        help="(perp - spot) / spot at entry (the books', else 0).",
    ),
]
BasisClose = Annotated[
    Decimal | None,
    typer.Option(
        "--basis-close",
        metavar="SHARE",
        parser=values.signed_share("--basis-close"),
        help="The same at exit (as at entry).",
    ),
]
BorrowRate = Annotated[
    Decimal | None,
    typer.Option(
        "--borrow-rate", metavar="RATE", parser=values.borrow("--borrow-rate"), help="A year's, or 0.02%/d, 0.001%/h."
    ),
]
SpotLeverage = Annotated[
    Decimal | None,
    typer.Option("--spot-leverage", metavar="X", parser=values.positive("--spot-leverage"),
                 help="Spot bought on margin: value / own money; the rest is borrowed (1)."),
]  # fmt: skip
SpotYield = Annotated[
    Decimal | None,
    typer.Option("--spot-yield", metavar="RATE", parser=values.borrow("--spot-yield"),
                 help="What the coin held earns, staked or lent: a year's, or 0.01%/d (0)."),
]  # fmt: skip
CollateralYield = Annotated[
    Decimal | None,
    typer.Option("--collateral-yield", metavar="RATE", parser=values.borrow("--collateral-yield"),
                 help="What margin and buffer earn, kept in an asset of --haircut (0)."),
]  # fmt: skip
Shock = Annotated[
    Decimal | None,
    typer.Option("--shock", metavar="SHARE", parser=values.share("--shock", "0", "10"),
                 help="Move of the price that must need no transfer: sets the buffer (0)."),
]  # fmt: skip
Hurdle = Annotated[
    Decimal | None,
    typer.Option("--hurdle", metavar="RATE", parser=values.borrow("--hurdle"),
                 help="What the capital would earn as cash: a year's, or 0.01%/d."),
]  # fmt: skip
FromBooks = Annotated[
    bool, typer.Option("--from-books", help="Walk the order books of both legs, whatever the rate is (--live does).")
]
Notionals = Annotated[
    values.Decimals | None,
    typer.Option("--notionals", metavar="SIZES", parser=values.sizes("--notionals"),
                 help="Net against size from the books, like 10k..10m or 50k,1m."),
]  # fmt: skip
Entered = Annotated[
    datetime | None,
    typer.Option("--entered", metavar="TIME", parser=values.time("--entered"),
                 help="It is open since then (cash-and-carry if not said): hold, close or switch?"),
]  # fmt: skip
SwitchTo = Annotated[
    str | None,
    typer.Option("--switch-to", metavar="SYMBOL", help="With --entered: the contract to move to.",
                 autocompletion=options.complete_symbols),
]  # fmt: skip
SwitchExchange = Annotated[
    str | None,
    typer.Option("--switch-exchange", metavar="ID", help="With --entered: the exchange to move to (the same).",
                 autocompletion=options.complete_exchanges),
]  # fmt: skip
SwitchRate = Annotated[
    Decimal | None,
    typer.Option("--switch-rate", metavar="RATE", parser=values.rate("--switch-rate"),
                 help="With --entered and --rate: the rate of the contract to move to."),
]  # fmt: skip
