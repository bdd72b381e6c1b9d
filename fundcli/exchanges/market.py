"""A perpetual as an exchange lists it: as much of ccxt's market entry as funding needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from fundcli.core.symbols import Wanted, read_symbol
from fundcli.errors import UsageError, near

_QUOTE_ORDER = ("USDT", "USDC", "USD")
_LARGEST_EXPONENT = 30


class Market(msgspec.Struct, frozen=True):
    """One perpetual contract. `extra` holds what ccxt needs to ask for it again, as text.

    lot and least: the step of an order's amount and the smallest one, in what orders count there (`Venue.order_unit`);
    None where the list does not say.
    """

    id: str
    symbol: str
    base: str
    quote: str
    settle: str
    linear: bool
    active: bool
    family: str
    contract_size: Decimal | None = None
    interval_hours: Decimal | None = None
    lot: Decimal | None = None
    least: Decimal | None = None
    extra: dict[str, str] = {}

    def __hash__(self) -> int:
        return hash((self.family, self.symbol))

    def for_ccxt(self) -> dict[str, Any]:
        """The entry that ccxt's own methods look up."""
        return {
            "id": self.id,
            "lowercaseId": self.id.lower(),
            "symbol": self.symbol,
            "base": self.base,
            "quote": self.quote,
            "settle": self.settle,
            "baseId": self.extra.get("baseId", self.base),
            "quoteId": self.extra.get("quoteId", self.quote),
            "settleId": self.extra.get("settleId", self.settle),
            "baseName": self.extra.get("baseName"),
            "type": "swap",
            "spot": False,
            "margin": False,
            "swap": True,
            "future": False,
            "option": False,
            "index": False,
            "contract": True,
            "linear": self.linear,
            "inverse": not self.linear,
            "subType": "linear" if self.linear else "inverse",
            "active": self.active,
            "contractSize": self.contract_size,
            "expiry": None,
            "precision": {},
            "limits": {},
            "info": dict(self.extra),
        }


def from_ccxt(
    entry: Mapping[str, Any], family: str, kept_info: Iterable[str] = (), steps: bool = True
) -> Market | None:
    """A perpetual from ccxt's market entry; None for spot, options, indices and dated futures.

    `linear` does not mean perpetual: a market with an expiry is dated, whatever its type says. steps: whether the
    entry's precision is a step (ccxt's TICK_SIZE), and no number of digits.
    """
    if not entry.get("swap") or entry.get("expiry") is not None or entry.get("option") or entry.get("future"):
        return None
    if not entry.get("symbol") or not entry.get("settle"):
        return None
    info = entry.get("info") or {}
    extra = {key: str(info[key]) for key in kept_info if info.get(key) is not None}
    for key in ("baseId", "quoteId", "settleId", "baseName"):
        if entry.get(key) is not None:
            extra[key] = str(entry[key])
    size = entry.get("contractSize")
    return Market(
        id=str(entry["id"]),
        symbol=str(entry["symbol"]),
        base=str(entry["base"]),
        quote=str(entry["quote"]),
        settle=str(entry["settle"]),
        linear=bool(entry.get("linear")),
        active=entry.get("active") is not False,
        family=family,
        contract_size=None if size is None else Decimal(str(size)),
        lot=_positive((entry.get("precision") or {}).get("amount")) if steps else None,
        least=_positive(((entry.get("limits") or {}).get("amount") or {}).get("min")),
        extra=extra,
    )


def _positive(value: Any) -> Decimal | None:
    """A number above zero out of ccxt's entry, which may be anything; arithmetic on a larger one fails."""
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        return None
    return found if found.is_finite() and found > 0 and abs(found.adjusted()) <= _LARGEST_EXPONENT else None


def with_interval(market: Market, hours: Decimal) -> Market:
    """The market with an interval that its entry states."""
    return msgspec.structs.replace(market, interval_hours=hours)


def resolve(text: str, markets: Sequence[Market], exchange: str) -> Market | None:
    """The market that a person means: by unified symbol, by the exchange's id, or the main contract of a coin.

    Linear goes before inverse; USDT, then USDC, then USD. None if there is none (see `unknown_symbol`).
    """
    live = [m for m in markets if m.active]
    typed = text.strip().lower()
    # An id can read like something else (BTC-PERPETUAL) or like no symbol at all (tBTCF0:USTF0).
    exact = [m for m in live if m.symbol.lower() == typed] or [m for m in live if m.id.lower() == typed]
    if exact:
        return exact[0]
    wanted = read_symbol(text)
    candidates = [m for m in live if _fits(m, wanted)]
    if not candidates:
        return None
    best = min(_rank(m) for m in candidates)
    tied = [m for m in candidates if _rank(m) == best]
    if len(tied) > 1:
        names = ", ".join(m.symbol for m in tied)
        raise UsageError(f"{exchange}: '{text}' could be {names}", "Name one of them.")
    return tied[0]


def unknown_symbol(text: str, markets: Sequence[Market], exchange: str) -> UsageError:
    """The error for a symbol that the exchange does not list as an active perpetual."""
    wanted = read_symbol(text)
    live = [m for m in markets if m.active]
    symbols = sorted(m.symbol for m in live)
    # What people type: the unified symbol, the pair, or the exchange's own id.
    spellings = {
        name.upper(): m for m in live for name in (m.symbol, m.id, f"{m.base}{m.quote}", f"{m.base}/{m.quote}")
    }
    likely = sorted((spellings[name] for name in near(text.strip().upper(), spellings, 3, 0.7)), key=_rank)
    found = list(dict.fromkeys(m.symbol for m in likely))
    if not found:
        coins = near(wanted.base, {m.base for m in live}, 2)
        found = [symbol for coin in coins for symbol in symbols if symbol.startswith(coin + "/")][:3]
    listing = f"`fundcli rates --exchange {exchange}` lists what there is."
    hint = f"Did you mean {' or '.join(found)}?" if found else listing
    return UsageError(f"{exchange} has no active perpetual '{text}'", hint)


def _fits(market: Market, wanted: Wanted) -> bool:
    return (
        market.base.upper() == wanted.base
        and (wanted.quote is None or market.quote.upper() == wanted.quote)
        and (wanted.settle is None or market.settle.upper() == wanted.settle)
    )


def _rank(market: Market) -> tuple[bool, int]:
    quote = market.quote.upper()
    return not market.linear, _QUOTE_ORDER.index(quote) if quote in _QUOTE_ORDER else len(_QUOTE_ORDER)
