"""fundcli book: a file of positions across exchanges, priced as a whole."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fundcli.commands import stress_options, values
from fundcli.commands.shared import Shared
from fundcli.core import book as core
from fundcli.core.book_answer import BookPosition, BookResult
from fundcli.core.days import named
from fundcli.core.stress import shocks_between
from fundcli.render.answer import Answer
from fundcli.render.human import person_rate, plain_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fundcli.render.answer import Table

CONTENT = BookResult
IS_LIST = False
SIGN = "money received, or gained"
_NEAR = Decimal("0.1")
_UNEVEN = Decimal("0.01")
_SHOCKS = shocks_between(Decimal("-0.5"), Decimal("0.5"))

File = Annotated[Path, typer.Argument(metavar="FILE", help="YAML of positions; README shows one.")]
Near = Annotated[
    Decimal | None,
    typer.Option("--near", metavar="SHARE", parser=values.share("--near"),
                 help="Warn of positions nearer than this to their liquidation price (10%)."),
]  # fmt: skip
Shocks = Annotated[
    values.Decimals | None,
    typer.Option("--shocks", metavar="MOVES", parser=stress_options.moves,
                 help="Moves of all prices, like -20%,50% (5% to 50% either way)."),
]  # fmt: skip
Live = Annotated[bool, typer.Option("--live", help="Rates, prices and margin tiers now, from the exchanges.")]


def run(
    shared: Shared,
    file: File,
    live: Live = False,
    near: Near = None,
    floor: stress_options.Floor = None,
    shocks: Shocks = None,
    day: stress_options.Days = None,
) -> Answer:
    """A book of positions as a whole: delta by coin, funding of the next 24 h, margin, liquidation, stress.

    Positive is money received. Without --live rates and prices are the file's, else baseline rates and entry prices;
    what a position has received since it was opened comes from the lake, then from the exchange. A contract that
    fails leaves its position alone unknown (exit 5). 1000PEPE and kPEPE count as a thousand PEPE. Spot with an account
    and a haircut is collateral there, spot sold short with an account is owed by it.

    \b
    fundcli book book.yaml
    fundcli book book.yaml --live --shocks=-20%,20% --day oct-2025
    fundcli book book.yaml --live -o json --fail-if 'nearest_distance < 15%'
    """
    from fundcli.market.book import Asked, priced
    from fundcli.market.positions import read_book

    now = shared.env.now()
    book = read_book(file, shared.profile, now)
    asked = Asked(
        now=now, live=live, strict=shared.strict, floor=floor, network=lambda: shared.network, store=shared.store,
        progress=shared.progress,
    )  # fmt: skip
    found = priced(book, asked)
    days = tuple(dict.fromkeys(one for text in day or () for one in named(text)))
    moves = shocks if shocks is not None else () if days else _SHOCKS
    result = core.book(book.name, found.held, book.accounts, now, moves, days, book.held_in)
    inputs = {
        "file": str(file), "name": book.name, "live": live, "near": near or _NEAR, "floor": floor,
        "shocks": list(moves), "days": [one.name for one in days],
    }  # fmt: skip
    return Answer(
        command="book", as_of=now, inputs=inputs, content=result, content_type=CONTENT, sign=SIGN,
        tables=partial(_tables, result),
        warnings=found.warnings + _uneven(result) + _gone(result) + _near(result, near),
        unreported=found.unreported, missing=found.missing, broken=found.broken,
    )  # fmt: skip


def _uneven(result: BookResult) -> list[str]:
    """Coins held both ways whose sides differ by more than 1 %: a hedge that is none any more."""
    return [
        f"{coin.coin}: {plain_number(coin.long)} long against {plain_number(coin.short)} short, "
        f"{person_rate(abs(coin.net) / max(coin.long, coin.short))} apart"
        for coin in result.coins
        if coin.long and coin.short and coin.net is not None
        and abs(coin.net) > _UNEVEN * max(coin.long, coin.short)
    ]  # fmt: skip


def _gone(result: BookResult) -> list[str]:
    """What cannot be as it stands in the file: its margin would have been gone before."""
    alone = [
        f"{_label(row)}: its margin is gone at the prices of now, it would be liquidated"
        for row in result.positions
        if row.liquidated and row.account is None
    ]
    dead = {row.account for row in result.positions if row.liquidated and row.account is not None}
    owing = {row.account for row in result.positions if row.market == "spot" and row.side == "short"}
    return alone + [
        f"account {name!r}: its equity is gone at the prices of now, it would be liquidated"
        + ("; does its balance hold what the sale of the owed coins brought?" if name in owing else "")
        for name in sorted(dead)
    ]


def _near(result: BookResult, near: Decimal | None) -> list[str]:
    least = _NEAR if near is None else near
    return [
        f"{_label(row)}: {person_rate(row.liquidation_distance)} from its liquidation price, nearer than "
        f"{person_rate(least)}"
        for row in result.positions
        if row.liquidation_distance is not None and not row.liquidated and row.liquidation_distance < least
    ]


def _label(row: BookPosition) -> str:
    return f"position {row.position}, {row.exchange} {row.symbol} {row.side}"


def _tables(result: BookResult) -> Sequence[Table]:
    from fundcli.commands.book_view import tables

    return tables(result)
