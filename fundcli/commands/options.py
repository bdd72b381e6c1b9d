"""Option types that more than one command takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import typer

from fundcli.commands import values


def complete_exchanges(incomplete: str) -> list[str]:
    """Ids of profiles, for shell completion."""
    from fundcli.profiles import Catalog
    from fundcli.settings import Environment

    ids = Catalog(Environment().folder("config") / "profiles").ids
    return [name for name in ids if name.startswith(incomplete)]


def complete_symbols(ctx: typer.Context, incomplete: str) -> list[str]:
    """Symbols in the market lists kept on disk, for shell completion; the network is not asked."""
    from fundcli.exchanges.markets import known_symbols
    from fundcli.settings import Environment

    named = ctx.params.get("exchange") or ["binance"]
    exchanges = [named] if isinstance(named, str) else named
    found = {s for name in exchanges for s in known_symbols(Environment().folder("cache"), name)}
    return sorted(s for s in found if s.startswith(incomplete.upper()))


def _words(words: tuple[str, ...]) -> Callable[[str], list[str]]:
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]


Exchange = Annotated[
    str | None,
    typer.Option(
        "--exchange", "-e", metavar="ID", help="Exchange profile (binance).", autocompletion=complete_exchanges
    ),
]
Exchanges = Annotated[
    list[str] | None,
    typer.Option("--exchange", "-e", metavar="ID", help="Exchange; repeat it for more (binance).",
                 autocompletion=complete_exchanges),
]  # fmt: skip
Symbols = Annotated[
    list[str] | None,
    typer.Option("--symbol", "-s", metavar="SYMBOL", help="This contract of each exchange; repeat it for more.",
                 autocompletion=complete_symbols),
]  # fmt: skip
Top = Annotated[int | None, typer.Option("--top", metavar="N", min=1, help="Only the first N after sorting.")]
Symbol = Annotated[
    str | None,
    typer.Option("--symbol", "-s", metavar="SYMBOL", help="BTC, BTCUSDT, BTC/USDT or BTC/USDT:USDT.",
                 autocompletion=complete_symbols),
]  # fmt: skip
Rate = Annotated[
    Decimal | None,
    typer.Option("--rate", "-r", metavar="RATE", parser=values.rate(), help="Funding rate: 0.01%, 1bp or 0.0001."),
]
Live = Annotated[bool, typer.Option("--live", help="The contract's rate now, from the exchange.")]
History = Annotated[
    Decimal | None,
    typer.Option("--history", metavar="SPAN", parser=values.span("--history"), help="Mean of what settled, like 30d."),
]
Interval = Annotated[
    Decimal | None,
    typer.Option("--interval", "-i", metavar="SPAN", parser=values.interval("--interval"),
                 help="Time between settlements, like 4h (the profile's)."),
]  # fmt: skip
Leverage = Annotated[
    Decimal | None,
    typer.Option("--leverage", "-l", metavar="X", parser=values.positive("--leverage"), help="Notional / margin (1)."),
]
Notional = Annotated[
    Decimal | None,
    typer.Option("--notional", "-n", metavar="MONEY", parser=values.positive("--notional"),
                 help="Position in quote money (10k)."),
]  # fmt: skip
Price = Annotated[
    Decimal | None,
    typer.Option("--price", metavar="PRICE", parser=values.positive("--price"), help="Entry price."),
]
Hold = Annotated[
    Decimal | None,
    typer.Option("--hold", metavar="SPAN", parser=values.span("--hold"), help="How long it is held (30d)."),
]
Open = Annotated[
    datetime | None,
    typer.Option("--open", metavar="TIME", parser=values.time("--open"), help="When it is opened, UTC."),
]
Close = Annotated[
    datetime | None,
    typer.Option("--close", metavar="TIME", parser=values.time("--close"), help="When it is closed, UTC."),
]
Tier = Annotated[
    str | None, typer.Option("--tier", metavar="NAME", help="Fee tier of the profile, like VIP1 (its base tier).")
]
Discount = Annotated[
    str | None, typer.Option("--discount", metavar="TOKEN", help="Fees paid in the exchange's token, like BNB.")
]
PerpFee = Annotated[
    values.Decimals | None,
    typer.Option(
        "--perp-fee",
        metavar="FEE",
        parser=values.fees("--perp-fee", (1, 2)),
        help="Fee of a fill, or open,close; goes before roles and tiers.",
    ),
]

DEFAULT_NOTIONAL = Decimal(10_000)
DEFAULT_HOLD_HOURS = Decimal(720)
