"""The options of `stress` alone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

import typer

from fundcli.commands import values
from fundcli.core import units
from fundcli.core.days import NAMES
from fundcli.core.stress import shocks_between
from fundcli.errors import UsageError


def _move(text: str, option: str) -> Decimal:
    value = units.parse_share(text, option)
    if value <= -1:
        raise UsageError(f"{option}: a price cannot fall by {text.strip()}", "Write more than -100%.")
    return value


def moves(text: str) -> values.Decimals:
    """Price moves: a list, or a range that takes the usual shocks between its ends."""
    low, dots, high = text.strip().partition("..")
    if dots:
        ends = _move(low, "--shocks"), _move(high.lstrip("."), "--shocks")
        if ends[0] >= ends[1]:
            raise UsageError("--shocks: its start does not lie below its end", "Write it like -50%..50%.")
        return values.Decimals(shocks_between(*ends))
    parts = [part for part in text.split(",") if part.strip()]
    if not parts:
        raise UsageError(f"--shocks: nothing in '{text}'", "Write it like -20%,50% or -50%..50%.")
    return values.Decimals(_move(part, "--shocks") for part in parts)


def _basis(option: str) -> Callable[[str], Decimal]:
    """(perp - spot) / spot: two prices of one coin lie within a factor of two."""

    def parse(text: str) -> Decimal:
        value = units.parse_share(text, option)
        if not Decimal("-0.5") <= value <= 1:
            raise UsageError(f"{option}: '{text.strip()}' is no basis of one coin", "Write it like 0.2%, or -5%.")
        return value

    return parse


Direction = Annotated[
    str | None,
    typer.Option("--direction", "-d", metavar="WAY",
                 parser=values.choice("--direction", ("auto", "carry", "cash-and-carry", "reverse", "perp")),
                 help="carry (long spot, short perp), reverse, or perp alone (auto: carry, perp with --side)."),
]  # fmt: skip
Side = Annotated[
    str | None,
    typer.Option("--side", metavar="SIDE", parser=values.choice("--side", ("long", "short")),
                 help="Of a perp alone: long or short (long)."),
]  # fmt: skip
Live = Annotated[
    bool, typer.Option("--live", help="Price and margin tiers from the exchange, as far as they are not typed.")
]
BasisOpen = Annotated[
    Decimal | None,
    typer.Option("--basis-open", metavar="SHARE", parser=_basis("--basis-open"),
                 help="(perp - spot) / spot at entry; --price is the perp's (0)."),
]  # fmt: skip
BasisClose = Annotated[
    Decimal | None,
    typer.Option("--basis-close", metavar="SHARE", parser=_basis("--basis-close"),
                 help="The same at the end of each path (spot moves by the same share)."),
]  # fmt: skip
Margin = Annotated[
    Decimal | None,
    typer.Option("--margin", metavar="MONEY", parser=values.not_negative("--margin"),
                 help="Margin posted, in the settlement currency (notional / leverage)."),
]  # fmt: skip
FundingPaid = Annotated[
    Decimal | None,
    typer.Option("--funding-paid", metavar="MONEY", parser=values.not_negative("--funding-paid"),
                 help="Funding charged to the margin so far (0)."),
]  # fmt: skip
MaintenanceAmount = Annotated[
    Decimal | None,
    typer.Option("--maintenance-amount", metavar="MONEY", parser=values.not_negative("--maintenance-amount"),
                 help="What its tier takes off the maintenance margin (0)."),
]  # fmt: skip
Fee = Annotated[
    Decimal | None,
    typer.Option("--fee", metavar="FEE", parser=values.fee("--fee"),
                 help="Closing fee that the exchange counts in the liquidation price (by exchange)."),
]  # fmt: skip
Floor = Annotated[
    Decimal | None,
    typer.Option("--floor", metavar="SHARE", parser=values.share("--floor"),
                 help="Least equity / initial margin to keep (150%; 175% from 5x on)."),
]  # fmt: skip
Shocks = Annotated[
    values.Decimals | None,
    typer.Option("--shocks", metavar="MOVES", parser=moves,
                 help="Like -20%,50%, or -50%..50% (5% to 50% either way, +100%, +200%, +300%)."),
]  # fmt: skip
Days = Annotated[
    list[str] | None,
    typer.Option("--day", metavar="NAME", help=f"{', '.join(NAMES)}, a date, or all; repeatable."),
]
Adl = Annotated[
    Decimal | None,
    typer.Option("--adl", metavar="MOVE", parser=lambda text: _move(text, "--adl"),
                 help="The exchange closes the perp at each shock price; spot then goes to this move from entry."),
]  # fmt: skip
SpotLevel = Annotated[
    Decimal | None,
    typer.Option("--spot-level", metavar="X", parser=values.positive("--spot-level"),
                 help="Assets / debt at which borrowed spot is liquidated (Binance: 1.1)."),
]  # fmt: skip
