"""Settlements as they come out of a table: checked one by one, held in columns of a few bytes a row."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation

from fundcli.core.columns import stamp_ms
from fundcli.core.symbols import unified
from fundcli.core.units import parse_share, scheduled_instant
from fundcli.errors import UsageError
from fundcli.lake.records import Settlement, both_forms, exact_form

_NONE = float("nan")
_LONGEST = 64
_SMALLEST = Decimal("1e-30")
_EARLIEST_MS, _LATEST_MS = 1_230_768_000_000, 7_258_118_400_000  # 2009 and 2200
_MOST_KEPT = 50_000
# Exchanges' own ids with a form of their own: Bybit's BTCPERP, KuCoin's XBTUSDTM, Kraken's PF_XBTUSD.
_IDS = {
    "bybit": (re.compile(r"(\w+?)-?PERP"), r"\1/USDC:USDC"),
    "kucoinfutures": (re.compile(r"(\w+?)(USDT|USDC|USD)M"), r"\1\2"),
    "krakenfutures": (re.compile(r"P[FI]_(\w+?)USD"), r"\1USD"),
}


class Series:
    """The settlements of one contract: stamps, rates, prices and stated intervals, in the order of the file."""

    __slots__ = ("hours", "price_texts", "prices", "rate_texts", "rates", "stamps")

    def __init__(self) -> None:
        self.stamps, self.rates, self.prices, self.hours = array("q"), array("d"), array("d"), array("i")
        self.rate_texts: dict[int, str] = {}
        self.price_texts: dict[int, str] = {}

    def add(self, stamp: int, rate: tuple[float, str | None], price: tuple[float, str | None], hours: int) -> None:
        """One settlement; `hours` is 0 where the file states no interval."""
        if rate[1] is not None:
            self.rate_texts[len(self.stamps)] = rate[1]
        if price[1] is not None:
            self.price_texts[len(self.stamps)] = price[1]
        self.stamps.append(stamp)
        self.rates.append(rate[0])
        self.prices.append(price[0])
        self.hours.append(hours)

    def ordered(self) -> list[int]:
        """The places by instant; of two stamps of one settlement, the one nearer to it first."""
        stamps = self.stamps
        return sorted(range(len(stamps)), key=lambda i: (s := scheduled_instant(stamps[i]), abs(stamps[i] - s), i))

    def settlement(self, i: int, symbol: str, source: str, fetched_ms: int) -> Settlement:
        """The settlement at a place, keyed by its scheduled instant."""
        price = self.prices[i]
        return Settlement(
            symbol=symbol,
            time_ms=scheduled_instant(self.stamps[i]),
            rate=exact_form(self.rates[i], self.rate_texts.get(i)),  # type: ignore[arg-type]
            interval_hours=self.hours[i] or None,
            price=None if price != price else exact_form(price, self.price_texts.get(i)),
            source=source,
            fetched_ms=fetched_ms,
        )

    def instants(self, places: Iterable[int]) -> Iterator[int]:
        """The instants of places."""
        return (scheduled_instant(self.stamps[i]) for i in places)


class Cells:
    """Reads cells; remembers what it has read, for rates and symbols repeat. Each error says what is wrong."""

    def __init__(self, exchange: str, main: str) -> None:
        self._exchange, self._main = exchange, main
        self._rates: dict[str, tuple[float, str | None]] = {}
        self._symbols: dict[str, str] = {}

    def symbol(self, text: str) -> str:
        """The unified symbol that an exchange's id means, by its form alone."""
        found = self._symbols.get(text)
        if found is None:
            plain = text.strip().upper()
            pattern, form = _IDS.get(self._exchange, (None, ""))
            if pattern is not None and (match := pattern.fullmatch(plain)):
                plain = match.expand(form)
            found = unified(re.sub(r"\bXBT(?=USD|EUR|/|:|$)|(?<=:)XBT\b", "BTC", plain), self._main)
            self._symbols[text] = found
        return found

    def rate(self, text: str) -> tuple[float, str | None]:
        """A funding rate: a fraction of notional, or a percent that says so."""
        found = self._rates.get(text)
        if found is None:
            if len(self._rates) > _MOST_KEPT:
                self._rates.clear()
            value = _number(text, "rate")
            if abs(value) > 1:
                raise UsageError(f"'{text[:40]}' is above 100 %", "Write a fraction like 0.0001.")
            found = self._rates[text] = _forms(value)
        return found

    @staticmethod
    def price(text: str) -> tuple[float, str | None]:
        """A price above zero; exchanges write 0 or nothing for one that they do not know."""
        if not text:
            return _NONE, None
        value = _number(text, "price")
        if value < 0:
            raise UsageError(f"'{text[:40]}' is no price", "A price is above zero.")
        return _forms(value) if value else (_NONE, None)

    @staticmethod
    def hours(text: str) -> int:
        """A stated interval in whole hours; 0 for none."""
        if not text:
            return 0
        value = _number(text.lower().removesuffix("h"), "interval")
        if value != int(value) or not 1 <= value <= 8760:
            raise UsageError(f"'{text[:40]}' is no interval in whole hours", "Write it like 8.")
        return int(value)

    @staticmethod
    def time(text: str) -> int:
        """A stamp in milliseconds."""
        if len(text) == 13 and text.isdecimal() and _EARLIEST_MS <= (ms := int(text)) < _LATEST_MS:
            return ms
        return stamp_ms(text)


def _number(text: str, what: str) -> Decimal:
    if len(text) > _LONGEST:
        raise UsageError(f"a {what} of {len(text)} characters", "Write it with fewer digits.")
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = parse_share(text, what)  # `0.01%`, and the error of what is no number
    if not value.is_finite() or abs(value) > 10**15 or (value and abs(value) < _SMALLEST):
        raise UsageError(f"'{text[:40]}' is no {what}", "Leave the cell empty where there is none.")
    return value


def _forms(value: Decimal) -> tuple[float, str | None]:
    number, text = both_forms(value)
    return number if number is not None else _NONE, text
