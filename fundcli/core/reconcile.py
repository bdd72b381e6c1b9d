"""Funding payments that an exchange booked, recomputed: what was expected, the difference, and what explains it.

`fundcli.core.booked_fits` has the formula. A cause is named where the booked amount fits another number: by arithmetic,
never by likelihood. Positive: money received.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from decimal import Decimal
from statistics import median

from fundcli.core.booked import Basis, Booking, Cause, Causes, Digits, Known, Payment, Reconciled, Sum
from fundcli.core.booked_fits import MOST_AT_ONCE, Fits, around, implied_price, implied_rate, implied_size
from fundcli.core.history import spacing
from fundcli.core.numbers import exact, plain
from fundcli.core.position import is_inverse
from fundcli.core.units import MS_PER_HOUR, from_ms

_ONE, _ZERO = Decimal(1), Decimal(0)
# An implied price is like a neighbour's within this factor, and a multiple of them within this share.
_NEAR_PRICES = Decimal("1.25")
_NEAR_MULTIPLE = Decimal("0.1")
_NEIGHBOURS = 6


@exact
def reconcile(
    bookings: Iterable[Booking], known: Mapping[str, Known], digits: Digits, sizes_of_export: bool
) -> tuple[Payment, ...]:
    """Every booking with its cause, and every settlement that should have one; by symbol and time.

    sizes_of_export: the export tells each booking's size, so two bookings of one settlement may be two positions.
    """
    by_symbol: dict[str, list[Booking]] = defaultdict(list)
    for booking in bookings:
        by_symbol[booking.symbol].append(booking)
    for symbol, one in known.items():
        if one.positions:
            by_symbol.setdefault(symbol, [])
    window = [b.time_ms for rows in by_symbol.values() for b in rows]
    found: list[Payment] = []
    for symbol, rows in sorted(by_symbol.items()):
        contract = _Contract(symbol, rows, known.get(symbol, Known()), digits)
        found += contract.payments(sizes_of_export)
        found += contract.missing(min(window, default=0), max(window, default=0))
    return tuple(sorted(found, key=lambda p: (p.symbol, p.time, p.line or 0)))


class _Contract(Fits):
    """The bookings of one contract, and what decides about them."""

    def payments(self, sizes_of_export: bool) -> Iterator[Payment]:
        """One payment a booking; bookings of one settlement that together fit are one, a repeated one is named."""
        groups: dict[int, list[Booking]] = defaultdict(list)
        for row in self.rows:
            groups[row.time_ms].append(row)
        before: Payment | None = None
        for group in groups.values():
            seen: list[Booking] = []
            for row in self._merged(group, sizes_of_export):
                twin = next((one for one in seen if _same(one, row)), None)
                if twin is None:
                    seen.append(row)
                    before = self.judged(row, before)
                    yield before if row in group else replace(before, bookings=len(group))
                else:
                    yield self._answer(row, "duplicate", f"as line {twin.line}", expected=_ZERO, computed=_ZERO)

    def _merged(self, group: list[Booking], sizes_of_export: bool) -> list[Booking]:
        """Parts of one settlement's payment as one booking, where they sum to it and none is it alone."""
        first = group[0]
        if len(group) == 1 or sizes_of_export or first.size is None:
            return group
        computed = self.computed(first)
        if computed is None or any(self.close(row, computed) for row in group):
            return group
        whole = replace(first, booked=sum((row.booked for row in group), _ZERO))
        return [whole] if self.close(whole, computed) else group

    def judged(self, row: Booking, before: Payment | None) -> Payment:
        """A booking with its cause."""
        if row.rate is None or (row.price is None and row.size is None):
            what = "rate" if row.rate is None else "size and no price"
            return self._answer(row, "unknown", f"no {what} is known")
        if row.price is None:
            return self._by_price(row)
        if row.size is None:
            return self._by_size(row, before)
        computed = self.computed(row)
        assert computed is not None
        if self.close(row, computed):
            return self._answer(row, "exact", "", expected=row.booked, computed=computed)
        for cause, note in self.explanations(row, computed):
            return self._answer(row, cause, note, expected=computed, computed=computed)
        return self._answer(row, "unknown", "nothing known fits", expected=computed, computed=computed)

    def _by_price(self, row: Booking) -> Payment:
        """Without a price: the product with the price that the booking itself implies, beside its neighbours'."""
        price = implied_price(row)
        if price is None:
            nothing = not row.booked and (not row.rate or not row.size)
            cause: Cause = "exact" if nothing else "unknown"
            note = "" if nothing else "no price is known, and none can be implied"
            return self._answer(row, cause, note, expected=_ZERO if nothing else None, computed=None)
        if price < 0:
            return self._answer(row, "sign", "a negative price would be needed", expected=-row.booked, computed=None)
        beside = self._prices_beside(row)
        alike = sum(1 for other in beside if 1 / _NEAR_PRICES <= price / other <= _NEAR_PRICES)
        if 2 * alike >= len(beside):
            answer = self._answer(row, "exact", "price implied", expected=row.booked, computed=row.booked)
            return replace(answer, price=price, price_basis="implied")
        usual = median(beside)
        ratio = price / usual
        expected = self.computed(row, price=usual)
        times = max(ratio, 1 / ratio)
        k = times.to_integral_value()
        if 2 <= k <= MOST_AT_ONCE and abs(times / k - 1) <= _NEAR_MULTIPLE:
            more = (ratio > 1) != is_inverse(self.symbol)
            note = f"about {k} settlements at once" if more else f"about 1/{k} of the settlement"
            return self._answer(row, "interval", note, expected=expected, computed=expected)
        note = f"its neighbours imply a price near {plain(round(usual, 4))}"
        return self._answer(row, "unknown", note, expected=expected, computed=expected)

    def _prices_beside(self, row: Booking) -> list[Decimal]:
        """The prices of the bookings around one, known or implied."""
        place = self.places[row.line]
        start = max(0, min(place - _NEIGHBOURS // 2, len(self.rows) - _NEIGHBOURS - 1))
        near = self.rows[start : start + _NEIGHBOURS + 1]
        found = [other.price or implied_price(other) for other in near if other.line != row.line]
        return [price for price in found if price is not None and price > 0]

    def _by_size(self, row: Booking, before: Payment | None) -> Payment:
        """Without a size: the implied one beside that of the booking before; a jump is named."""
        size = implied_size(row)
        if size is None:
            return self._answer(row, "unknown", "no size is known, and none can be implied")
        answer = self._answer(row, "implied", "")
        earlier = before.implied_size if before is not None and before.size is None else None
        if earlier is None or before is None:
            return answer
        reach = [abs(size) * self.fraction(row.booked, row), abs(earlier) * self.fraction(before.booked, row)]
        if abs(size - earlier) <= sum(reach):
            return answer
        return replace(answer, cause="size", note=f"jumps from {_short(earlier)} to {_short(size)}")

    def missing(self, since_ms: int, until_ms: int) -> Iterator[Payment]:
        """Settlements of the contract's schedule at which a position was open and nothing is booked."""
        taken = {row.time_ms for row in self.rows}
        booked = sorted(taken)
        if not self.known.positions:
            if not booked:
                return
            since_ms, until_ms = booked[0], booked[-1]
        for time in _schedule(booked, self.known.rates, since_ms, until_ms):
            if time in taken:
                continue
            size, basis = self.known.size_at(time), "given"
            if not self.known.positions:
                size, basis = self._held_around(time), "export"
            if not size:
                continue
            rate, price = self.rates.get(time), self.known.prices.get(time)
            settled = Booking(
                line=-1, symbol=self.symbol, currency=self.rows[0].currency if self.rows else self.known.currency,
                time_ms=time, booked=_ZERO, size=size, rate=rate, price=price,
            )  # fmt: skip
            computed = self.computed(settled)
            note = "" if computed is not None else f"no {'rate' if rate is None else 'price'} is known"
            answer = self._answer(settled, "missing", note, expected=computed, computed=computed)
            yield replace(answer, line=None, size_basis=basis, bookings=0)  # type: ignore[arg-type]

    def _held_around(self, time_ms: int) -> Decimal | None:
        """The size of the bookings before and after a settlement, where it is the same."""
        before, after = around(self.sizes, time_ms)
        if before is None or after is None or self.sizes[before] != self.sizes[after]:
            return None
        return self.sizes[before]

    def _answer(
        self, row: Booking, cause: Cause, note: str, *, expected: Decimal | None = None, computed: Decimal | None = None
    ) -> Payment:
        own = self.own.get(row.line)
        return Payment(
            time=from_ms(row.time_ms), symbol=row.symbol, currency=row.currency, size=row.size,
            size_basis=self._size_basis(row, own),
            rate=row.rate, rate_basis=_basis(row.rate, None if own is None else own.rate),
            price=row.price, price_basis=self._price_basis(row, own),
            samples=row.samples, computed=computed, expected=expected, booked=row.booked,
            difference=None if expected is None else row.booked - expected, cause=cause, note=note,
            implied_size=implied_size(row), implied_rate=implied_rate(row), implied_price=implied_price(row),
            line=row.line,
        )  # fmt: skip

    def _price_basis(self, row: Booking, own: Booking | None) -> Basis:
        basis = _basis(row.price, None if own is None else own.price)
        return "exchange" if basis == "lake" and row.time_ms in self.known.asked else basis

    def _size_basis(self, row: Booking, own: Booking | None) -> Basis:
        if row.size is None:
            return "unknown"
        return "export" if own is not None and own.size is not None and abs(own.size) == abs(row.size) else "given"


def totals(payments: Sequence[Payment], symbol: str | None = None) -> Sum:
    """The sum of payments; money only where all are in one currency."""
    currencies = {p.currency for p in payments}
    one = len(currencies) <= 1
    checked = [p for p in payments if p.expected is not None]
    counts = Counter(p.cause for p in payments)
    causes = Causes(**{f.name: counts[f.name] for f in fields(Causes)})  # type: ignore[index]
    return Sum(
        symbol=symbol, currency=next(iter(currencies), None) if one else None, payments=len(payments),
        booked=sum((p.booked for p in payments), _ZERO) if one else None,
        expected=sum((p.expected or _ZERO for p in checked), _ZERO) if one else None,
        difference=sum((p.difference or _ZERO for p in checked), _ZERO) if one else None,
        differing=sum(1 for p in payments if p.difference),
        unchecked=len(payments) - len(checked), causes=causes,
    )  # fmt: skip


@exact
def summed(exchange: str, format: str, payments: Sequence[Payment]) -> Reconciled:
    """Payments with their totals, contract by contract and in all."""
    by_symbol: dict[str, list[Payment]] = defaultdict(list)
    for payment in payments:
        by_symbol[payment.symbol].append(payment)
    return Reconciled(
        exchange=exchange, format=format, payments=tuple(payments),
        contracts=tuple(totals(rows, symbol) for symbol, rows in by_symbol.items()), totals=totals(payments),
    )  # fmt: skip


def _same(one: Booking, other: Booking) -> bool:
    """Whether two bookings of a settlement are the same one twice."""
    return one.booked == other.booked and one.size == other.size


def _basis(value: Decimal | None, own: Decimal | None) -> Basis:
    return "unknown" if value is None else "export" if own is not None else "lake"


def _schedule(booked: Sequence[int], rates: Mapping[int, Decimal], since_ms: int, until_ms: int) -> Iterator[int]:
    """The settlements within a window: those with a rate, and those that the spacing of all of them calls for."""
    times = sorted({t for t in (*booked, *rates) if since_ms <= t <= until_ms})
    yield from times
    for hole in spacing(times)[1]:
        step = (hole.before_ms - hole.after_ms) // (hole.missing + 1) // MS_PER_HOUR * MS_PER_HOUR
        yield from (hole.after_ms + step * i for i in range(1, hole.missing + 1))


def _short(value: Decimal) -> str:
    return plain(round(value, 8))
