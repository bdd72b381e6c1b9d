"""What a booked funding payment fits: the formula, and the formula with one of its numbers exchanged.

    expected = -size x price x rate x samples            linear, in quote; size in base coin, positive long
    expected = -size / price x rate x samples            inverse, in coin; size in quote units

Positive: money received. The formula is the payment of a holder with its sign turned (MATH: Q = 10,000 USD at 8,000
and 0.01 % pay 0.000125 BTC). `samples` is Hyperliquid's count of samples that one payment sums up.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from operator import itemgetter

from fundcli.core.booked import Booking, Cause, Digits, Known
from fundcli.core.numbers import exact, plain
from fundcli.core.position import is_inverse

_ONE, _ZERO = Decimal(1), Decimal(0)
# Most settlements that one booking is taken to lump together, or one settlement to be split into.
MOST_AT_ONCE = 24
# A share of the price within which it counts as near.
_NEAR_PRICE = Decimal("0.01")
# A step of sizes is only told apart where it is so many times what the booked digits leave open.
_TELLING = 100
_RATE_DIGITS, _PRICE_DIGITS = 8, 5


@exact
def payment_received(symbol: str, size: Decimal, rate: Decimal, price: Decimal, samples: Decimal = _ONE) -> Decimal:
    """What a holder receives at a settlement; a long pays when the rate is positive.

    >>> payment_received("BTC/USDT:USDT", Decimal(1), Decimal("0.0001"), Decimal(60000)) == Decimal(-6)
    True
    >>> payment_received("BTC/USD:BTC", Decimal(10000), Decimal("0.0001"), Decimal(8000)) == Decimal("-0.000125")
    True
    """
    notional = size / price if is_inverse(symbol) else size * price
    return -notional * rate * samples


class Fits:
    """The bookings of one contract, and what each of them fits."""

    def __init__(self, symbol: str, rows: Sequence[Booking], known: Known, digits: Digits) -> None:
        self.symbol, self.known, self.digits = symbol, known, digits
        self.rows = [self._filled(row) for row in sorted(rows, key=lambda row: (row.time_ms, row.line))]
        rates = {row.time_ms: row.rate for row in self.rows if row.rate is not None} | dict(known.rates)
        self.rates = dict(sorted(rates.items()))
        self.sizes = {row.time_ms: row.size for row in self.rows if row.size is not None}
        self.places = {row.line: place for place, row in enumerate(self.rows)}
        self.own = {row.line: row for row in rows}  # as the export has them

    def _filled(self, row: Booking) -> Booking:
        """A booking with rate, price and size from elsewhere where the export has none."""
        rate = self.known.rates.get(row.time_ms) if row.rate is None else row.rate
        price = self.known.prices.get(row.time_ms) if row.price is None else row.price
        size = row.size
        held = self.known.size_at(row.time_ms)
        if held is not None and (size is None or row.receives is not None):
            size = held
        elif row.receives is not None and size is not None:
            # Whoever receives at a positive rate is short; at no rate nothing tells the side.
            size = None if not rate else abs(size) * (-1 if (rate > 0) == row.receives else 1)
        return replace(row, rate=rate, price=price, size=size)

    def computed(
        self, row: Booking, *, size: Decimal | None = None, rate: Decimal | None = None, price: Decimal | None = None
    ) -> Decimal | None:
        """The payment by the formula, with one of its numbers exchanged; None where one is unknown."""
        size = row.size if size is None else size
        rate = row.rate if rate is None else rate
        price = row.price if price is None else price
        if size is None or rate is None or price is None:
            return None
        return payment_received(self.symbol, size, rate, price, row.samples)

    @property
    def slack(self) -> Decimal:
        """What the digits of a booked amount leave open."""
        return self.digits.unit if self.digits.tolerance is None else self.digits.tolerance

    def close(self, row: Booking, value: Decimal) -> bool:
        """Whether a booked amount is a value in the exchange's digits, rounded or cut off."""
        apart = abs(row.booked - value)
        return apart <= self.slack if self.digits.tolerance is not None else apart < self.slack

    def fits(self, row: Booking, value: Decimal) -> bool:
        """Whether it is the value within what the last digits of rate and price leave open as well."""
        return self.close(row, value) or abs(row.booked - value) <= self.slack + self._open(row, value)

    def _open(self, row: Booking, value: Decimal) -> Decimal:
        share = _ZERO
        if row.rate:
            share += _half_unit(row.rate, _RATE_DIGITS) / abs(row.rate)
        if row.price:
            significant = _PRICE_DIGITS - 1 - row.price.adjusted()
            share += _half_unit(row.price, significant) / row.price
        return abs(value) * share

    def explanations(self, row: Booking, computed: Decimal) -> Iterator[tuple[Cause, str]]:
        """What fits, the plainest first."""
        if self.fits(row, computed):
            yield "rounding", "within the last digits of rate and price"
        if computed and self.fits(row, -computed):
            yield "sign", "the amount with its sign turned"
        yield from self._intervals(row, computed)
        for name, rate in self._other_rates(row):
            value = self.computed(row, rate=rate)
            if value is not None and rate != row.rate and self.fits(row, value):
                yield "rate", f"fits the rate {plain(rate * 100)}% {name}"
        for name, price in self._other_prices(row):
            value = self.computed(row, price=price)
            if value is not None and price != row.price and self.fits(row, value):
                yield "price", f"fits {name} {plain(price)}"
        for name, size in self._other_sizes(row):
            value = self.computed(row, size=size)
            if value is not None and size != row.size and self.fits(row, value):
                yield "size", f"fits the size {plain(size)} {name}"
        said = implied_size(row)
        if said is not None and self._round(row, said):
            yield "size", f"fits the size {plain(self._stepped(said))}"
        said = implied_price(row)
        if said is not None and row.price and abs(said / row.price - 1) <= _NEAR_PRICE:
            yield "price", "near the price, but no known one fits"

    def _intervals(self, row: Booking, computed: Decimal) -> Iterator[tuple[Cause, str]]:
        total = computed
        times = list(self.rates)
        place = bisect_left(times, row.time_ms)
        earlier = times[max(0, place - MOST_AT_ONCE) : place][::-1]
        for k in range(2, MOST_AT_ONCE + 1):
            if computed and self.fits(row, computed * k):
                yield "interval", f"{k} settlements at once"
            if abs(computed) >= 10 * k * self.slack and self.fits(row, computed / k):
                yield "interval", f"1/{k} of the settlement"
            if k - 2 < len(earlier):
                at = earlier[k - 2]
                part = self.computed(row, rate=self.rates[at], price=self.known.prices.get(at, row.price))
                total += part or _ZERO
                if part and self.fits(row, total):
                    yield "interval", f"the sum of {k} settlements"

    def _other_rates(self, row: Booking) -> Iterator[tuple[str, Decimal]]:
        if row.time_ms in self.known.rates:
            yield "of the lake", self.known.rates[row.time_ms]
        for rate in self.known.revisions.get(row.time_ms, ()):
            yield "of a revision in the lake", rate
        before, after = around(self.rates, row.time_ms)
        for name, time in (("of the settlement before", before), ("of the settlement after", after)):
            if time is not None:
                yield name, self.rates[time]

    def _other_prices(self, row: Booking) -> Iterator[tuple[str, Decimal]]:
        for name, price in row.prices.items():
            yield name, price
        if row.time_ms in self.known.prices:
            yield "the lake's price", self.known.prices[row.time_ms]
        for name, prices in self.known.other_prices.items():
            if row.time_ms in prices:
                yield name, prices[row.time_ms]
        earlier, _ = around(dict(sorted(self.known.prices.items())), row.time_ms)
        if earlier is not None:
            yield "the price of the settlement before", self.known.prices[earlier]

    def _other_sizes(self, row: Booking) -> Iterator[tuple[str, Decimal]]:
        own = self.own.get(row.line)
        if own is not None and own.size is not None and own.receives is None:
            yield "of the export", own.size
        place = bisect_left(self.known.positions, row.time_ms, key=itemgetter(0))
        changed = [size for _, size in self.known.positions[max(0, place - 2) : max(0, place - 1)]]
        following = [size for _, size in self.known.positions[place : place + 1]]
        before, after = around(self.sizes, row.time_ms)
        for size in changed:
            yield "held before", size
        for size in following:
            yield "held afterwards", size
        if before is not None:
            yield "of the settlement before", self.sizes[before]
        if after is not None:
            yield "of the settlement after", self.sizes[after]
        yield "of no position", _ZERO

    @cached_property
    def _step(self) -> Decimal:
        known = [*self.sizes.values(), *(size for _, size in self.known.positions)]
        return _ONE.scaleb(-max((_decimals(size) for size in known), default=0))

    def _stepped(self, size: Decimal) -> Decimal:
        return (size / self._step).to_integral_value() * self._step

    def _round(self, row: Booking, size: Decimal) -> bool:
        """Whether an implied size is one in the steps of the known ones, where the digits can tell."""
        if not row.booked:
            return False
        left_open = abs(size) * self.slack / abs(row.booked)
        return self._step >= _TELLING * left_open and abs(size - self._stepped(size)) <= left_open

    def fraction(self, booked: Decimal, row: Booking) -> Decimal:
        """The share of a booked amount that its digits, and those of rate and price, leave open."""
        return self.slack / abs(booked) + self._open(row, _ONE) if booked else _ONE


def around(numbers: Mapping[int, Decimal], time_ms: int) -> tuple[int | None, int | None]:
    """The times before and after one, of numbers in ascending order of time.

    >>> around({1: Decimal(1), 5: Decimal(2), 9: Decimal(3)}, 5)
    (1, 9)
    """
    times = list(numbers)
    before, after = bisect_left(times, time_ms), bisect_right(times, time_ms)
    return times[before - 1] if before else None, times[after] if after < len(times) else None


def implied_size(row: Booking) -> Decimal | None:
    """The size that the booked amount says, if rate and price hold."""
    if not row.rate or not row.price:
        return None
    per_unit = payment_received(row.symbol, _ONE, row.rate, row.price, row.samples)
    return row.booked / per_unit


def implied_rate(row: Booking) -> Decimal | None:
    """The rate that it says, if size and price hold."""
    if not row.size or not row.price:
        return None
    return row.booked / payment_received(row.symbol, row.size, _ONE, row.price, row.samples)


def implied_price(row: Booking) -> Decimal | None:
    """The price that it says, if size and rate hold."""
    if not row.size or not row.rate or not row.booked:
        return None
    at_one = payment_received(row.symbol, row.size, row.rate, _ONE, row.samples)
    return at_one / row.booked if is_inverse(row.symbol) else row.booked / at_one


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _half_unit(value: Decimal, at_least: int) -> Decimal:
    """Half a unit of a number's last digit, which stands at least so far behind the point."""
    return _ONE.scaleb(-max(_decimals(value), at_least)) / 2
