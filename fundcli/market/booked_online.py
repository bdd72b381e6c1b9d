"""What an export and the lake lack, of the exchange: the worth of a contract, and the prices that payments used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from fundcli.core.units import MS_PER_HOUR
from fundcli.errors import ExchangeError, UsageError
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Network, Venue

Reach = Callable[[], "Network"]
Found = TypeVar("Found")


class Online:
    """An exchange that is asked only for what is needed; `alone`: only what is kept of it on disk is read.

    notes: what the reader should know; missing: what the exchange failed to tell.
    """

    def __init__(self, profile: Profile, reach: Reach, alone: bool) -> None:
        self.profile = profile
        self.alone = alone or profile.status == "defunct" or profile.ccxt is None
        self.notes: list[str] = []
        self.missing: list[str] = []
        self._reach = reach
        self._readable = profile.status != "defunct" and profile.ccxt is not None
        self._unknown: set[str] = set()

    @cached_property
    def _venue(self) -> Venue:
        from fundcli.exchanges import open_venue

        return open_venue(self.profile, self._reach())

    def value(self, symbol: str) -> tuple[Decimal, str] | None:
        """What a contract is worth by the exchange's market list, and which list that is; the one on disk goes first.

        A list on disk may be older than a day: what a contract is worth hardly ever changes.
        """
        if not self._readable:
            return None
        from fundcli.exchanges import find, listed_on_disk

        held = listed_on_disk(self._venue, symbol)
        if held is not None and held[0].contract_size:
            return held[0].contract_size, f"{self.profile.id} market list, {held[1]:%Y-%m-%dT%H:%MZ}"
        market = None if self.alone else self._asked(lambda: find(self._venue, symbol), symbol)
        if market is None or not market.contract_size:
            return None
        listed = self._venue.listed_at(market.family)
        return market.contract_size, f"{self.profile.id} market list, {listed:%Y-%m-%dT%H:%MZ}"

    def prices(self, symbol: str, times_ms: Sequence[int]) -> dict[int, Decimal]:
        """The price that payments used, at full hours: the open of its hourly candle; what is not kept is absent."""
        kind = self.profile.funding.payment_price
        wanted = {time for time in times_ms if time % MS_PER_HOUR == 0}
        if self.alone or not wanted or kind not in ("mark", "index"):
            return {}
        from fundcli.exchanges import find, keeps, price_history

        market = self._asked(lambda: find(self._venue, symbol), symbol)
        if market is None or kind not in keeps(self._venue, market):
            return {}
        rows = self._asked(lambda: price_history(self._venue, market, kind, min(wanted), max(wanted)), symbol)
        return {row.time_ms: row.open for row in rows or () if row.time_ms in wanted}

    def _asked(self, ask: Callable[[], Found], symbol: str) -> Found | None:
        """An answer of the exchange; a failure is noted once, and a contract that is not listed any more too."""
        if self.missing or symbol in self._unknown:
            return None
        try:
            return ask()
        except ExchangeError as error:
            self.missing.append(error.message)
        except UsageError as error:
            self._unknown.add(symbol)
            self.notes.append(error.message)
        return None
