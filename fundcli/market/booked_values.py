"""What one contract of an export is worth: as given, by the profile, by the exchange's market list, or a guess."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from fundcli.core.booked import Booking, Known, ValueBasis
from fundcli.core.numbers import plain
from fundcli.core.position import is_inverse
from fundcli.market.booked_formats import MAPPED_FORMAT
from fundcli.market.booked_online import Online
from fundcli.market.bookings import Export
from fundcli.profiles import Profile

# Linear contracts of these exchanges count in contracts whose value only the exchange tells.
_IN_CONTRACTS = frozenset({"okx"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Coins of one contract, quote units of an inverse one; None where nothing tells."""

    amount: Decimal | None
    basis: ValueBasis | None = None


@dataclass(kw_only=True)
class Values:
    """Finds what contracts of an export are worth, and gathers what is to be said of it."""

    profile: Profile
    export: Export
    given: Decimal | None
    online: Online
    warnings: list[str] = field(default_factory=list)
    _listed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def of(self, symbol: str, rows: Sequence[Booking], known: Known) -> Value:
        """The worth of one contract; 1 coin where the export counts coins."""
        if self.given is not None:
            return Value(amount=self.given, basis="given")
        if not is_inverse(symbol) and not (self.profile.id in _IN_CONTRACTS and self.export.in_contracts):
            return Value(amount=Decimal(1))
        if is_inverse(symbol):
            by_coin = self.profile.contracts.inverse_value
            found = by_coin.get(symbol.partition("/")[0]) or by_coin.get("default")
            if found is not None:
                return Value(amount=Decimal(found), basis="profile")
        listed = self.online.value(symbol)
        implied = None if is_inverse(symbol) else _power_of_ten(rows, known)
        # A column that somebody named may count coins, which the payments show.
        mapped = self.export.format == MAPPED_FORMAT and implied not in (None, listed and listed[0])
        if listed is None or mapped:
            return self._guessed(symbol, implied)
        self._listed[listed[1]].append(f"{symbol} {plain(listed[0])}")
        if implied is not None and implied != listed[0]:
            self.warnings.append(
                f"{symbol}: payments fit a contract worth {plain(implied)}, and the exchange lists {plain(listed[0])}: "
                f"if it was another then, give it with --contract-size"
            )
        return Value(amount=listed[0], basis="exchange")

    def said(self) -> list[str]:
        """The warnings, and one line on the values that were taken from a list."""
        listed = [f"what contracts are worth is from the {one}: {', '.join(has)}" for one, has in self._listed.items()]
        return [*listed, *self.warnings]

    def _guessed(self, symbol: str, implied: Decimal | None) -> Value:
        if implied is None:
            self.warnings.append(f"{symbol}: what a contract is worth is not known; give it with --contract-size")
            return Value(amount=None)
        self.warnings.append(
            f"{symbol}: a contract is guessed to be worth {plain(implied)} {symbol.partition('/')[0]}, the power of "
            f"ten that most payments fit; --contract-size says it"
        )
        return Value(amount=implied, basis="guessed")


def _power_of_ten(rows: Sequence[Booking], known: Known) -> Decimal | None:
    """The power of ten that makes most payments their product of size, price and rate."""
    votes: Counter[int] = Counter()
    for row in rows:
        rate = row.rate or known.rates.get(row.time_ms)
        price = row.price or known.prices.get(row.time_ms)
        if not rate or not price or not row.size or not row.booked:
            continue
        value = abs(row.booked / (row.size * price * rate))
        power = round(value.log10())
        if abs(value / Decimal(1).scaleb(power) - 1) <= Decimal("0.05"):
            votes[power] += 1
    if not votes or votes.most_common(1)[0][1] * 2 <= len(rows):
        return None
    return Decimal(1).scaleb(votes.most_common(1)[0][0])
