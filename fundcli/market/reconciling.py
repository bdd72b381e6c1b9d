"""Booked funding beside the lake: settled rates, revisions and prices of each settlement; and the exchange's prices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from fundcli.core.booked import Booking, Digits, Known, Payment, Reconciled, Sum
from fundcli.core.position import is_inverse
from fundcli.core.reconcile import reconcile, summed
from fundcli.core.units import MS_PER_HOUR, from_ms, scheduled_instant, to_ms
from fundcli.errors import UsageError
from fundcli.market.booked_online import Online
from fundcli.market.booked_values import Value, Values
from fundcli.market.bookings import Export, with_sizes
from fundcli.market.kept import Store, kept_prices, kept_stamps
from fundcli.profiles import Profile

# A settlement before and after an export may explain its first and last rows.
_AROUND_MS = 25 * MS_PER_HOUR
_OTHER_KINDS = {"mark": "the mark price", "index": "the index price"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for beside the file."""

    positions: Mapping[str, Sequence[tuple[int, Decimal]]]
    size: Decimal | None = None
    contract_size: Decimal | None = None
    tolerance: Decimal | None = None


def reconciled(
    export: Export, profile: Profile, store: Store, asked: Asked, online: Online
) -> tuple[Reconciled, list[str]]:
    """Every payment of an export with its cause, and what the reader should know about it.

    What neither the export nor the lake has is asked of the exchange, where `online` may.
    """
    symbols = sorted({b.symbol for b in export.bookings} | set(asked.positions))
    if asked.size is not None and len(symbols) > 1:
        raise UsageError(
            f"--size is one position, and the file has {len(symbols)} contracts",
            "Name one with --symbol, or give --positions.",
        )
    if asked.contract_size is not None and not export.in_contracts and not any(map(is_inverse, symbols)):
        raise UsageError(
            f"--contract-size: {export.format} counts in coins", "Drop it; --size and --positions are in base coin."
        )
    since = min(b.time_ms for b in export.bookings)
    until = max(b.time_ms for b in export.bookings)
    finder = Values(profile=profile, export=export, given=asked.contract_size, online=online)
    values: dict[str, Value] = {}
    known: dict[str, Known] = {}
    bookings: list[Booking] = []
    for symbol in symbols:
        rows = [b for b in export.bookings if b.symbol == symbol]
        plain = _with_asked(online, symbol, rows, _from_lake(profile, symbol, rows, store, since, until))
        values[symbol] = finder.of(symbol, rows, plain)
        value = values[symbol].amount
        held = asked.positions.get(symbol, [(0, asked.size)] if asked.size is not None else [])
        per_contract = (value or Decimal(1)) if is_inverse(symbol) else Decimal(1)
        known[symbol] = Known(
            rates=plain.rates, revisions=plain.revisions, prices=plain.prices, other_prices=plain.other_prices,
            asked=plain.asked, positions=[(time, size * per_contract) for time, size in held],
            currency=symbol.rpartition(":")[2],
        )  # fmt: skip
        bookings += with_sizes(rows, lambda _, value=value: value) if export.in_contracts else rows  # type: ignore[misc]
    sided = not any(b.receives is not None for b in bookings)
    given = bool(asked.positions) or asked.size is not None
    digits = Digits(unit=export.unit, tolerance=asked.tolerance)
    payments = reconcile(bookings, known, digits, export.has_size and (sided or not given))
    warnings = [*finder.said(), *online.notes, *_warnings(export, profile, payments, since)]
    return _valued(summed(profile.id, export.format, payments), values), warnings


def _with_asked(online: Online, symbol: str, rows: Sequence[Booking], known: Known) -> Known:
    """Prices of the exchange where a settlement has a rate and no price; one that was not booked is among them."""
    times = {row.time_ms for row in rows if row.price is None and (row.rate or known.rates.get(row.time_ms))}
    if not times - known.prices.keys():
        return known
    held = {time for time in known.rates if min(times) <= time <= max(times)}
    found = online.prices(symbol, sorted((times | held) - known.prices.keys()))
    return replace(known, prices={**known.prices, **found}, asked=frozenset(found))


def _valued(result: Reconciled, values: Mapping[str, Value]) -> Reconciled:
    """The sums with what a contract is worth, where the export counts contracts."""

    def valued(one: Sum) -> Sum:
        value = values[one.symbol or ""]
        known = value.basis is not None
        return replace(one, contract_value=value.amount if known else None, contract_value_basis=value.basis)

    return replace(result, contracts=tuple(valued(one) for one in result.contracts))


def _from_lake(profile: Profile, symbol: str, rows: Sequence[Booking], store: Store, since: int, until: int) -> Known:
    """The rates, revisions and prices that the lake holds around an export's payments of a contract."""
    if not store.holds(profile.id):
        return Known()
    from fundcli.lake import reader
    from fundcli.lake.revisions import revised_rates

    low, high = since - _AROUND_MS, until + _AROUND_MS
    as_of = None if store.as_of is None else to_ms(store.as_of)
    stamps = kept_stamps(store, profile.id, symbol, low, high)
    rates = {scheduled_instant(s.time_ms): s.rate for s in stamps}
    prices = {scheduled_instant(s.time_ms): s.price for s in stamps if s.price is not None}
    times = sorted({row.time_ms for row in rows} | set(rates))
    prices = kept_prices(store, profile, symbol, times) | prices
    paid = profile.funding.payment_price
    other = {
        name: reader.prices(store.root, kind, profile.id, symbol, times, as_of)
        for kind, name in _OTHER_KINDS.items()
        if kind != paid and store.holds(profile.id, kind)
    }
    revisions = (
        revised_rates(store.root, profile.id, symbol, low, high, as_of) if store.holds(profile.id, "revision") else {}
    )
    return Known(rates=rates, revisions=revisions, prices=prices, other_prices=other)


def _warnings(export: Export, profile: Profile, payments: Sequence[Payment], since_ms: int) -> list[str]:
    """What the reader should know: what was left out, what the lake does not have, what was only implied."""
    said = []
    if export.zone_basis == "assumed":
        said.append("nothing says of which zone the times are; they are read as UTC (--zone)")
    if export.other_symbols:
        said.append(f"{export.other_symbols} payments are of other contracts and were left out")
    lacking: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for payment in payments:
        lacking[payment.symbol][0] += payment.rate is None
        lacking[payment.symbol][1] += payment.price is None and profile.funding.payment_price != "oracle"
    day = f"{from_ms(since_ms - _AROUND_MS):%Y-%m-%d}"
    for symbol, (rates, prices) in lacking.items():
        if rates or prices:
            what = " and ".join(
                f"{count} {name}{'' if count == 1 else 's'}"
                for count, name in ((rates, "rate"), (prices, "price"))
                if count
            )
            extra = " --with prices" if prices else ""
            said.append(
                f"{symbol}: {what} neither in the export nor in the lake: run `fundcli history sync -e {profile.id} "
                f"-s {symbol} --since {day}{extra}`"
            )
    kind = profile.funding.payment_price
    asked = sum(p.price_basis == "exchange" for p in payments)
    if asked:
        said.append(
            f"{asked} prices are the opens of {profile.id}'s hourly {kind} candles, asked for now: the price that a "
            f"payment used may differ in its last digits"
        )
    implied = sum(p.price_basis == "implied" for p in payments)
    if implied:
        why = f" ({profile.id} pays on the oracle price and keeps no history of it)" if kind == "oracle" else ""
        said.append(
            f"{implied} payments have no price to compare with{why}: only their sign was checked, and that the price "
            f"that they imply stands near their neighbours'"
        )
    if any(p.cause in ("implied", "size") and p.size is None for p in payments):
        said.append("no size is known: only implied sizes were compared; give --positions or --size")
    if profile.funding.accrual == "continuous":
        said.append(f"{profile.id} accrues funding by time: a booking need not be one settlement")
    return said
