"""Random command lines, made of every option that a command has: right ones, wrong ones, and what lies between."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator, Sequence
from typing import Any

from typer.core import TyperGroup, TyperOption

from fundcli.app import _root
from fundcli.settings import Environment

#: What is typed for a metavar; an option with another one gets any of these.
VALUES = {
    "ID": "binance okx bybit gate bitget hyperliquid krakenfutures kucoinfutures dydx ftx binanse mexc bitmex deribit",
    "SYMBOL": "BTC ETH SOL BTC/USD:BTC BTCUSDT ETH/USDC:USDC 1000PEPE DOGE BTC-USDT-SWAP btc XRP LAYER ZZZ BTC/EUR:EUR",
    "MONEY": "0 1 100 10k 250k 1m -5 1e30 nan 0.0000001 50000",
    "PRICE": "60000 0.5 0 -1 1e-20 2700",
    "RATE": "0.01% -0.03% 0.5% 0.0001 1 0 1bp -0.001",
    "SHARE": "0 0.01% 1% 5% 50% 100% -1% 300% 0.5 1bp 1e-9 0.0001 abc 30%",
    "X": "1 2 3 5 20 125 0 -1 0.5 1.0000001 1e9",
    "NUMBER": "0 0.15 0.86 1 -1 2 5 x",
    "SPAN": "1h 8h 4h 30d 1d 14d 3d 1m 0h 5y 90d 1w 36h 7",
    "TIME": "2026-11-20 2026-11-21T00:00Z now 2027-01-01 2026-01-01 1d 2026-10-01T08:00",
    "COINS": "1 0.5 0 100 -2 1e-12",
    "LIST": "10k..1m 10k,20k 5k 1,2,3 1%,-1% taker,maker none",
    "": "taker maker json spot reverse BTC=1 \x1b[31m ../x",
}
#: How a command is mostly asked, so that not every line ends at its first missing word.
OPENINGS: dict[str, Sequence[str]] = {
    "cost": ("", "--rate 0.01%", "--live", "--history 30d"),
    "carry": (
        "--rate 0.01%", "--rate=-0.03%", "--live", "--history 30d", "--odds", "--live --notionals 10k..1m",
        "--live --entered 2026-11-20", "--rate 0.02% --entered 2026-11-01", "--rate 0.01% --from-books",
    ),
    "stress": ("", "--live", "--day all"),
    "scan": ("", "--capital 100k", "--history 30d"),
    "hedge": (
        "--exposure ETH --instrument BTC", "--exposure ETH --instrument BTC --live",
        "--sigma-exposure 4% --sigma-instrument 3% --correlation 0.86",
    ),
    "rates": ("", "--last 7d"),
    "explain": ("", "--live", "--premium 0.1%"),
    "predict": ("", "--premium 0.08%"),
    "apy": ("", "--rate 0.01%"),
    "history list": ("",), "history show": ("binance BTC", "okx ETH"), "history gaps": ("", "binance"),
    "history stats": ("", "binance"), "profiles list": ("",), "profiles show": ("binance",),
}  # fmt: skip
_LEFT_OUT = {"--help", "--config", "--gateway", "--proxy", "--debug", "--out", "--timeout", "--data-dir"}


def lines(seed: int, commands: Sequence[str]) -> Iterator[list[str]]:
    """Command lines without an end; the same for the same seed."""
    rolled = random.Random(seed)
    options = {command: options_of(command) for command in commands}
    while True:
        command = rolled.choice(commands)
        line = [*command.split(), *rolled.choice(OPENINGS[command]).split()]
        for option in rolled.sample(options[command], min(len(options[command]), rolled.randrange(6))):
            name = rolled.choice(option.opts)
            if option.is_flag:
                line.append(name)
            elif name.startswith("--"):
                line.append(f"{name}={rolled.choice(_values(option))}")
            else:
                line += [name, rolled.choice(_values(option))]
        yield line


def options_of(command: str) -> list[TyperOption]:
    """The options of a command, but for those that choose where it reads, writes or asks."""
    stream = io.TextIOWrapper(io.BytesIO())
    environment = Environment(stdout=stream, stderr=stream)
    found: Any = _root(environment)
    context = found.make_context("fundcli", [], resilient_parsing=True, obj=environment)
    for word in command.split():
        assert isinstance(found, TyperGroup)
        found = found.get_command(context, word)
        context = found.make_context(word, [], resilient_parsing=True, parent=context)
    return [each for each in found.params if isinstance(each, TyperOption) and not _LEFT_OUT & set(each.opts)]


def _values(option: TyperOption) -> list[str]:
    choices = getattr(option.type, "choices", None)
    if choices:
        return [*map(str, choices), "sideways"]
    metavar = option.metavar or ""
    if "|" in metavar:
        return [*metavar.split("|"), "sideways"]
    words = VALUES.get(metavar.partition(",")[0]) or " ".join(VALUES.values())
    return words.split(" ")
