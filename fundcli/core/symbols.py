"""Symbols as people type them, read by their form alone; nothing is looked up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from fundcli.errors import UsageError

# Longest first, so that BTCUSDT is not read as BTCUSD + T.
_QUOTES = ("FDUSD", "USDT", "USDC", "BUSD", "USDE", "USD1", "USD", "EUR")
# Prices of one coin in two markets do not stand further apart than this, as a quotient.
_APART = Decimal("1.25")
# The order in which a coin's contracts are its main one.
_MAIN_QUOTES = ("USDT", "USDC", "USD")
# What is quoted in one of these can be held against coins bought with another.
_DOLLARS = frozenset({*_MAIN_QUOTES, "USD1", "USDE", "USDH", "USDB", "FDUSD", "BUSD", "TUSD", "DAI"})
# How exchanges count coins of little worth in a perpetual's name, the longest first: 1000PEPE, SHIB1000, 1MBABYDOGE.
_COUNTS = {"1000000": 1_000_000, "100000": 100_000, "10000": 10_000, "1000": 1000}
_PREFIXES = {**_COUNTS, "1M": 1_000_000}
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
    unseen = next((letter for letter in plain if not letter.isprintable()), None)
    if unseen is not None:
        raise UsageError(
            f"a symbol holds a character that cannot be seen, U+{ord(unseen):04X}", "Type it anew, like BTC or BTCUSDT."
        )
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


def is_dollar(quote: str) -> bool:
    """Whether a currency is taken for a dollar.

    >>> is_dollar("USDC"), is_dollar("EUR")
    (True, False)
    """
    return quote in _DOLLARS


def is_one_coin(price: Decimal, other: Decimal) -> bool:
    """Whether two prices can be of one coin: markets are joined by their names, and names are used twice.

    >>> is_one_coin(Decimal(100), Decimal(124)), is_one_coin(Decimal(100), Decimal(125))
    (True, False)
    """
    return max(price, other) < _APART * min(price, other)


def coin_names(base: str) -> Iterator[tuple[str, int]]:
    """What a base may be called as a coin, with the coins in one of it; the very name first.

    >>> list(coin_names("1000PEPE")), list(coin_names("kPEPE")), list(coin_names("KAVA"))
    ([('1000PEPE', 1), ('PEPE', 1000)], [('KPEPE', 1), ('PEPE', 1000)], [('KAVA', 1)])
    """
    name = base.upper()
    yield name, 1
    for prefix, count in _PREFIXES.items():
        if name.startswith(prefix) and len(name) > len(prefix):
            yield name.removeprefix(prefix), count
    for suffix, count in _COUNTS.items():
        if name.endswith(suffix) and len(name) > len(suffix):
            yield name.removesuffix(suffix), count
    if in_thousands(base):
        yield name[1:], 1000


def plain_coin(base: str) -> tuple[str, int]:
    """The plain name of the coin that a base counts, and how many of it one of the base is.

    By the name alone, so whoever relies on it compares prices; a small k is needed to tell kPEPE from KAVA.

    >>> plain_coin("1000PEPE"), plain_coin("1MBABYDOGE"), plain_coin("kPEPE"), plain_coin("KAVA"), plain_coin("BTC")
    (('PEPE', 1000), ('BABYDOGE', 1000000), ('PEPE', 1000), ('KAVA', 1), ('BTC', 1))
    """
    names = coin_names(base)
    itself = next(names)
    return next(names, itself)


def written_base(name: str, *own: str) -> str:
    """Of the names that an exchange (or a person) has for a base the one whose small k counts thousands, else `name`.

    >>> written_base("KPEPE", "kPEPE"), written_base("KAVA", "KAVA"), written_base("KPEPE", "")
    ('kPEPE', 'KAVA', 'KPEPE')
    """
    return next((each for each in own if each.upper() == name and in_thousands(each)), name)


def in_thousands(name: str) -> bool:
    """Hyperliquid and Backpack write 1,000 coins with a small k: kPEPE, beside KAVA, which is a coin."""
    return name.startswith("k") and name[1:].isupper()
