"""Which spot market stands behind a perpetual, and how many of its coins a unit of the perpetual is.

A name is all that pairs them: an exchange may call two coins alike, so whoever relies on a pair compares its prices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from fundcli.core.numbers import exact
from fundcli.exchanges.market import Market
from fundcli.exchanges.samples import Levels
from fundcli.exchanges.spot import SpotMarket

# In this order where the perpetual's own quote has no spot market.
_QUOTES = ("USDT", "USDC", "USD")
# What is quoted in one of these can be held against coins bought with another.
_DOLLARS = frozenset({*_QUOTES, "USD1", "USDE", "USDH", "USDB", "FDUSD", "BUSD", "TUSD", "DAI"})
# How exchanges count coins of little worth in a perpetual's name, the longest first: 1000PEPE, SHIB1000, 1MBABYDOGE.
_COUNTS = {"1000000": 1_000_000, "100000": 100_000, "10000": 10_000, "1000": 1000}
_PREFIXES = {**_COUNTS, "1M": 1_000_000}


class SpotPair(msgspec.Struct, frozen=True):
    """A spot market, the coins of its base in one base unit of the perpetual, and whether both have one quote."""

    market: SpotMarket
    multiple: Decimal
    same_quote: bool


class SpotIndex:
    """Active spot markets by base, for looking up many perpetuals."""

    def __init__(self, markets: Iterable[SpotMarket]) -> None:
        self._by_base: dict[str, dict[str, SpotMarket]] = {}
        for market in markets:
            if market.active:
                self._by_base.setdefault(market.base, {})[market.quote] = market

    def find(self, base: str, quote: str) -> SpotPair | None:
        """The pair of a perpetual of this base and quote; see `spot_for`."""
        for name, multiple in _names(base):
            by_quote = self._by_base.get(name)
            if by_quote is None:
                continue
            others = _QUOTES if quote in _DOLLARS else ()
            found = next((by_quote[q] for q in (quote, *others) if q in by_quote), None)
            return None if found is None else SpotPair(found, Decimal(multiple), found.quote == quote)
        return None

    def of(self, market: Market) -> SpotPair | None:
        """The pair of a perpetual; the exchange's own name of its base tells kPEPE from KPEPE."""
        own = (market.extra.get(key, "") for key in ("baseName", "baseId"))
        name = next((name for name in own if name.upper() == market.base and _in_thousands(name)), market.base)
        return self.find(name, market.quote)


def is_dollar(quote: str) -> bool:
    """Whether a currency is taken for a dollar.

    >>> is_dollar("USDC"), is_dollar("EUR")
    (True, False)
    """
    return quote in _DOLLARS


def spot_for(markets: Sequence[SpotMarket] | SpotIndex, base: str, quote: str) -> SpotPair | None:
    """The spot market to hold against a perpetual: in its own quote, else in another dollar; None if there is none.

    A base that no spot market has is read as a count of coins: 1000PEPE is 1,000 PEPE, 1MBABYDOGE a million BABYDOGE,
    and kPEPE, with a small k, 1,000 PEPE. Dollars are USDT, USDC and USD, in that order. Inactive markets do not count.

    >>> pepe = SpotMarket("PEPEUSDC", "PEPE/USDC", "PEPE", "USDC", True)
    >>> pair = spot_for([pepe], "1000PEPE", "USDT")
    >>> pair.market.symbol, pair.multiple, pair.same_quote
    ('PEPE/USDC', Decimal('1000'), False)
    """
    index = markets if isinstance(markets, SpotIndex) else SpotIndex(markets)
    return index.find(base, quote)


@exact
def book_in_units(book: tuple[Levels, Levels], multiple: Decimal) -> tuple[Levels, Levels]:
    """A spot book in units of the perpetual: price x multiple, size / multiple.

    >>> one = Decimal("0.00001"), Decimal(5000000)
    >>> book_in_units(([one], [one]), Decimal(1000))[0]
    [(Decimal('0.01000'), Decimal('5000'))]
    """
    bids, asks = ([(price * multiple, size / multiple) for price, size in side] for side in book)
    return bids, asks


def _names(base: str) -> Iterator[tuple[str, int]]:
    """What a base may be called on the spot side, with the coins in one of it; the very name first."""
    name = base.upper()
    yield name, 1
    for prefix, count in _PREFIXES.items():
        if name.startswith(prefix) and len(name) > len(prefix):
            yield name.removeprefix(prefix), count
    for suffix, count in _COUNTS.items():
        if name.endswith(suffix) and len(name) > len(suffix):
            yield name.removesuffix(suffix), count
    if _in_thousands(base):
        yield name[1:], 1000


def _in_thousands(name: str) -> bool:
    """Hyperliquid and Backpack write 1,000 coins with a small k: kPEPE, beside KAVA, which is a coin."""
    return name.startswith("k") and name[1:].isupper()
