"""Symbols as people type them, read by their form alone; nothing is looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fundcli.errors import UsageError

# Longest first, so that BTCUSDT is not read as BTCUSD + T.
_QUOTES = ("FDUSD", "USDT", "USDC", "BUSD", "USDE", "USD1", "USD", "EUR")
# The order in which a coin's contracts are its main one.
_MAIN_QUOTES = ("USDT", "USDC", "USD")
_FORM = r"[^\s/:]{1,40}(/[^\s/:]{1,20}(:[^\s/:]{1,30})?)?\Z"
_DATED = r"-\d{6}\Z|[-_]\d{6,8}\Z"
_PERPETUAL = r"[-_](SWAP|PERP|PERPETUAL)\Z"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a typed symbol says of base, quote and settlement currency."""

    base: str
    quote: str | None = None
    settle: str | None = None


def read_symbol(text: str) -> Wanted:
    """`BTC`, `BTCUSDT`, `BTC/USDT`, `BTC/USDT:USDT`, `BTC-USDT-SWAP`, `BTC_USDT`.

    >>> read_symbol("btcusdt"), read_symbol("BTC/USD:BTC")
    (Wanted(base='BTC', quote='USDT', settle=None), Wanted(base='BTC', quote='USD', settle='BTC'))
    """
    plain = text.strip().upper()
    if not re.match(_FORM, plain):
        raise UsageError(f"'{text}' is not a symbol", "Write it like BTC, BTCUSDT or BTC/USDT:USDT.")
    if re.search(_DATED, plain):
        raise UsageError(f"'{text}' is a dated future and pays no funding", "Name a perpetual, like BTC/USDT:USDT.")
    plain = re.sub(_PERPETUAL, "", plain)
    base, slash, rest = plain.partition("/")
    if slash:
        quote, _, settle = rest.partition(":")
        return Wanted(base, quote, settle or None)
    for separator in ("-", "_"):
        head, found, tail = plain.rpartition(separator)
        if found and tail in _QUOTES and head:
            return Wanted(head, tail)
    for quote in _QUOTES:
        if plain.endswith(quote) and len(plain) > len(quote):
            return Wanted(plain.removesuffix(quote), quote)
    return Wanted(plain)


def unified(text: str | None, main: str) -> str:
    """The unified symbol that a typed one means on an exchange whose main contract is `main`, by form alone.

    A base alone takes the quote and the kind of the main contract; USD on an exchange whose main contract is quoted
    in a stablecoin means the inverse contract.

    >>> unified("ETH", "BTC/USDT:USDT"), unified("ETHUSD", "BTC/USDT:USDT"), unified("ETH", "BTC/USD:BTC")
    ('ETH/USDT:USDT', 'ETH/USD:ETH', 'ETH/USD:ETH')
    """
    if text is None:
        return main
    wanted = read_symbol(text)
    main_base, _, rest = main.partition("/")
    main_quote, _, main_settle = rest.partition(":")
    quote = wanted.quote or main_quote
    settle = wanted.settle
    if settle is None:
        inverse = main_settle == main_base if quote == main_quote else quote == "USD"
        settle = wanted.base if inverse else quote
    return f"{wanted.base}/{quote}:{settle}"


def contract_meant(text: str, symbols: Iterable[str]) -> list[str]:
    """Of an exchange's unified symbols those that a typed one means: the one, none, or several that tie.

    The symbol as it stands goes before a coin's main contract: linear before inverse, USDT, then USDC, then USD.

    >>> contract_meant("BTC", ["BTC/USD:BTC", "BTC/USDC:USDC", "BTC/USDT:USDT"])
    ['BTC/USDT:USDT']
    """
    known = list(symbols)
    same = [symbol for symbol in known if symbol.lower() == text.strip().lower()]
    if same:
        return same[:1]
    wanted = read_symbol(text)
    ranked: list[tuple[tuple[bool, int], str]] = []
    for symbol in known:
        base, _, rest = symbol.upper().partition("/")
        quote, _, settle = rest.partition(":")
        if base == wanted.base and wanted.quote in (None, quote) and wanted.settle in (None, settle):
            rank = _MAIN_QUOTES.index(quote) if quote in _MAIN_QUOTES else len(_MAIN_QUOTES)
            ranked.append(((settle == base, rank), symbol))
    best = min((rank for rank, _ in ranked), default=None)
    return [symbol for rank, symbol in ranked if rank == best]
