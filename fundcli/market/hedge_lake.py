"""Two series of hourly mark prices for a hedge ratio: out of the lake, or of an exchange where that may be asked."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from fundcli.core.symbols import contract_meant
from fundcli.core.units import MS_PER_HOUR, to_ms
from fundcli.errors import DataError, UsageError
from fundcli.market.hedging import Pair
from fundcli.market.kept import Store
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Network


class Leg(msgspec.Struct, frozen=True):
    """A contract as it was typed, and its exchange."""

    profile: Profile
    symbol: str


class _Series(msgspec.Struct, frozen=True, kw_only=True):
    """A contract's prices; an empty symbol where nothing is known of it."""

    symbol: str
    prices: dict[int, float]


def lake_pair(
    store: Store, legs: tuple[Leg, Leg], now: datetime, hours: Decimal, network: Network | None = None
) -> Pair:
    """The hourly mark prices of two contracts of the lake, over so many hours up to the last that has ended.

    With a network an exchange is asked for the prices of a contract of which the lake has none in that time.
    """
    end = (to_ms(now) // MS_PER_HOUR - 1) * MS_PER_HOUR  # the open of an hour is known when the hour has ended
    since = max(0, end - round(hours * MS_PER_HOUR))
    problems: list[str] = []
    held = [_of_lake(store, leg, since, end, problems) for leg in legs]
    if network is None:
        _all_there(legs, held, problems, store.as_of)
    warnings: list[str] = []
    y, x = (
        one if one.prices or network is None else _of_exchange(leg, network, since, end, warnings)
        for leg, one in zip(legs, held, strict=True)
    )
    if (legs[0].profile.id, y.symbol) == (legs[1].profile.id, x.symbol):
        raise UsageError(f"{y.symbol} cannot hedge itself", "Name two contracts.")
    return Pair(
        exposure=y.symbol, instrument=x.symbol, y=y.prices, x=x.prices, end_ms=end, spacing_ms=MS_PER_HOUR,
        warnings=[*warnings, *_quotes(y.symbol, x.symbol)], problems=problems, asked=bool(warnings),
    )  # fmt: skip


def _of_lake(store: Store, leg: Leg, since: int, end: int, problems: list[str]) -> _Series:
    """The lake's hours of a contract; no symbol where the lake has never held a mark price of it."""
    if not store.holds(leg.profile.id, "mark"):
        return _Series(symbol="", prices={})
    from fundcli.lake.marks import marked, marks
    from fundcli.lake.scope import Scope

    as_of = None if store.as_of is None else to_ms(store.as_of)
    scope = Scope(root=store.root, exchanges=(leg.profile.id,), as_of_ms=as_of, problems=[])
    symbol = _held(leg.symbol, marked(scope), leg.profile.id)
    found: dict[str, dict[int, float]] = {}
    if symbol is not None:
        scope = msgspec.structs.replace(scope, symbols=(symbol,), since_ms=since, until_ms=end)
        found = marks(scope)
    problems += [text for text in scope.problems or [] if text not in problems]
    return _Series(symbol=symbol or "", prices=found.get(symbol or "", {}))


def _all_there(legs: tuple[Leg, Leg], held: list[_Series], problems: list[str], as_of: datetime | None) -> None:
    """Refuses a pair of which the lake lacks one; both are named where both are of one exchange."""
    unknown = [leg for leg, one in zip(legs, held, strict=True) if not one.symbol]
    empty = [leg for leg, one in zip(legs, held, strict=True) if not one.prices]
    for absent, when in ((unknown, ""), (empty, " in that time")):
        if absent:
            exchange = absent[0].profile.id
            names = [leg.symbol for leg in absent if leg.profile.id == exchange]
            raise _absent(problems, exchange, names, as_of, when)


def _of_exchange(leg: Leg, network: Network, since: int, end: int, warnings: list[str]) -> _Series:
    """The exchange's hours of a contract, with a line that says so."""
    from fundcli.exchanges import find, open_venue, price_history

    venue = open_venue(leg.profile, network)
    market = find(venue, leg.symbol)
    rows = price_history(venue, market, "mark", since, end)
    warnings += [
        f"the lake holds no mark prices of {market.symbol} on {venue.id} in that time: its hours were asked for now",
        *venue.notes,
    ]
    return _Series(symbol=market.symbol, prices={row.time_ms: float(row.open) for row in rows})


def _quotes(*names: str) -> list[str]:
    y, x = (name.partition("/")[2].partition(":")[0] for name in names)
    return [] if y == x else [f"{y} and {x} are taken as the same money"]


def _held(text: str, held: list[str], exchange: str) -> str | None:
    meant = contract_meant(text, held)
    if len(meant) > 1:
        raise UsageError(f"{exchange}: '{text}' could be {', '.join(meant)}", "Name one of them.")
    return meant[0] if meant else None


def _absent(problems: list[str], exchange: str, absent: list[str], as_of: datetime | None, when: str) -> DataError:
    if problems:
        return DataError(
            "; ".join(problems), "Move it away and ask for it anew with `fundcli history sync --again --with prices`."
        )
    words = " ".join(f"-s {text}" for text in absent)
    known, then = ("holds", "") if as_of is None else ("knew", f" at {as_of:%Y-%m-%dT%H:%MZ}")
    return DataError(
        f"the lake {known} no hourly mark prices of {' and '.join(absent)} on {exchange}{when}{then}",
        f"Run `fundcli history sync -e {exchange} {words} --with prices`"
        + (" first." if as_of is None else ", or ask for a later --as-of."),
    )
