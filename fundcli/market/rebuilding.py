"""Settled rates beside the formula of their day: where they lie, and how closely they are rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from fundcli.core.explain import Premium
from fundcli.core.formula import as_published, funding_rate
from fundcli.core.history import Stamp, clean
from fundcli.core.premium import Prices
from fundcli.core.rebuild import HistoryShares, Rebuilt, RebuiltRow, SettledUnder, shares, summarize
from fundcli.core.units import from_ms, scheduled_instant
from fundcli.errors import DataError
from fundcli.market.files import Row, read_series
from fundcli.market.premiums import premium_of_prices
from fundcli.market.subject import Subject, premium_kind, subject
from fundcli.profiles import Profile
from fundcli.profiles.rules import Given, begins, rule_at

T = TypeVar("T")


def history_shares(
    profile: Profile, symbol: str, rows: Sequence[tuple[int, Decimal, Decimal]], given: Given
) -> tuple[HistoryShares, list[str]]:
    """Settled rates (time, rate, interval) against the rule of their day; those before the first known rule are not
    counted, and a warning says so."""
    under, cap_source = [], "unknown"
    known, warnings = _under_a_rule(profile, rows, lambda row: row[0])
    for time_ms, rate, hours in known:
        found = subject(profile, symbol, from_ms(time_ms), hours, given)
        cap_source = found.contract.cap_source
        under.append(SettledUnder(time_ms=time_ms, rate=rate, terms=found.terms))
    return shares(profile.id, symbol, under, cap_source), warnings


def _under_a_rule(profile: Profile, rows: Sequence[T], time_ms: Callable[[T], int]) -> tuple[list[T], list[str]]:
    """The rows since the oldest rule on record, and what to say of those before it; refused where none is left."""
    begin = begins(profile)
    found = [row for row in rows if begin is None or from_ms(time_ms(row)) >= begin]
    if rows and not found:
        rule_at(profile, from_ms(max(map(time_ms, rows))))
    if len(found) == len(rows):
        return found, []
    since = f"the oldest rule of {profile.id} on record, of {begin:%Y-%m-%d %H:%M} UTC"
    return found, [f"{len(rows) - len(found)} of {len(rows)} settlements lie before {since}, and are left out"]


def rebuilt(
    profile: Profile, symbol: str, file: Path, names: Mapping[str, str], interval: Decimal | None, given: Given
) -> tuple[Rebuilt, list[str]]:
    """A series of published rates, each rebuilt from the premium or the prices beside it by the rule of its day."""
    rows = read_series(file, names)
    whole = clean(Stamp(row.time_ms, row.rate) for row in rows)
    hours = {row.time_ms: row.interval_hours for row in whole.settled}
    known, warnings = _under_a_rule(profile, rows, lambda row: row.time_ms)
    found, left = [], 0
    starts, bases = set(), set()
    for row in known:
        key = scheduled_instant(row.time_ms)
        observed = hours.get(key)
        span = row.interval_hours or interval or (None if observed is None else Decimal(observed))
        item = subject(profile, symbol, from_ms(row.time_ms), span, given)
        premium = _row_premium(item, row)
        if premium is None:
            left += 1
            continue
        part = funding_rate(premium.value, item.terms)
        rate = as_published(part.rate, item.terms)
        starts.add(item.dated.since)
        bases.add(premium.basis)
        found.append(
            RebuiltRow(
                time=from_ms(key),
                interval_hours=item.interval_hours,
                premium=premium.value,
                published_rate=row.rate,
                rate=rate,
                difference=rate - row.rate,
                decided_by=part.decided_by,
            )
        )
    if not found:
        raise DataError(
            f"{file} has no premium, and no prices that give one, beside its rates",
            "It needs a premium column, or mark and index, or bid, ask and index (--map premium=COLUMN).",
        )
    if left:
        warnings.append(f"{left} of {len(rows)} settlements have no premium or prices beside them and are left out")
    basis = ", ".join(sorted(bases))
    estimated = bases != {"reported"}
    reason = (
        "prices of one instant stand in for the average of the interval"
        if estimated
        else "the formula on record does not give this rate from this premium"
    )
    found.sort(key=lambda row: row.time)
    result = summarize(profile.id, symbol, len(rows), found, basis, estimated, len(starts), reason)
    return result, warnings


def _row_premium(found: Subject, row: Row) -> Premium | None:
    """The premium of a row: its own, else of the prices beside the rate, else of mark and index as a stand-in."""
    premium, mark, index, bid, ask = row.premium, row.mark, row.index, row.bid, row.ask
    if premium is not None:
        return Premium(value=premium, basis="reported", source="the file")
    if index is None:
        return None
    if bid is not None and ask is not None and not (premium_kind(found) == "impact_from_mark" and mark is None):
        return premium_of_prices(found, Prices(bid=bid, ask=ask, mark=mark, index=index), "prices", "the file")
    if mark is None:
        return None
    return Premium(value=mark / index - 1, basis="mark_index", source="the file", estimated=True)
