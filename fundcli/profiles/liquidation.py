"""By which terms an exchange liquidates: maintenance tiers, closing fee, and what its own margin ratio means."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from fundcli.core.liquidation import MaintenanceTier, RatioKind, one_tier
from fundcli.core.margin import MarginTable
from fundcli.core.numbers import exact, plain
from fundcli.core.position import Position, is_inverse
from fundcli.errors import UsageError
from fundcli.profiles.fees import fee_rate
from fundcli.profiles.houses import BINANCE
from fundcli.profiles.margins import margin_on_record
from fundcli.profiles.schema import Profile

# The closing fee in the liquidation price: none, or (Bybit) none that is left; the taker fee (Bitget: notice
# 12560603841952 counts 0.06 %; Gate: help 27724, maintenance rate + taker rate; KuCoin: help 35084431335065).
_NO_FEE = (*BINANCE, "hyperliquid", "bybit")
_TAKER_FEE = ("okx", "phemex", "bitget", "gate", "kucoinfutures")
# Assets / debt at which borrowed spot is liquidated: Binance cross margin, FAQ 360030493931.
_BINANCE_LEVEL = Decimal("1.1")


@dataclass(frozen=True, kw_only=True)
class LiquidationTerms:
    """The terms of one contract. `doubts` are what nobody reported, `ends_at` the notional that the tiers end at."""

    tiers: tuple[MaintenanceTier, ...]
    maintenance_source: str
    closing_fee: Decimal
    closing_fee_source: str
    ratio_kind: RatioKind | None
    spot_level: Decimal | None
    ends_at: Decimal | None = None
    doubts: list[str] = field(default_factory=list)


def liquidation_terms(
    profile: Profile,
    position: Position,
    *,
    rate: Decimal | None,
    amount: Decimal | None,
    fee: Decimal | None,
    spot_is_collateral: bool,
    spot_level: Decimal | None,
    in_file: bool = False,
    margins: tuple[MarginTable, str] | None = None,
) -> LiquidationTerms:
    """Terms typed (as options, or in a file of positions), else of `margins` (a table and its source), else on record.

    Refuses a contract whose maintenance margin nobody gives.
    """
    symbol = position.symbol
    name = profile.ccxt or profile.id
    tiers, source, ends_at, always = _tiers(profile, position, rate, amount, in_file, margins)
    doubts = []
    if always and ends_at is not None:
        doubts.append(beyond_tiers(symbol, ends_at, in_file))
        ends_at = None
    closing, closing_source = _closing_fee(profile, name, symbol, fee, in_file)
    kind: RatioKind | None = None
    if name in BINANCE:
        kind = "equity / maintenance" if spot_is_collateral else "maintenance / equity"
    elif name == "okx":
        kind = "equity / (maintenance + fees)"
    if closing_source == "unknown":
        how = _named("fee", in_file)
        doubts.append(f"no source says which fee {profile.id} counts when it liquidates; it is taken as 0 ({how})")
    level = spot_level if spot_level is not None else spot_level_of(profile)
    return LiquidationTerms(
        tiers=tiers, maintenance_source=source, closing_fee=closing, closing_fee_source=closing_source,
        ratio_kind=kind, spot_level=level, ends_at=ends_at, doubts=doubts,
    )  # fmt: skip


def spot_level_of(profile: Profile) -> Decimal | None:
    """Assets / debt at which the exchange liquidates borrowed spot; None where no source says."""
    return _BINANCE_LEVEL if (profile.ccxt or profile.id) in BINANCE else None


def closing_fee_of(profile: Profile, symbol: str) -> Decimal:
    """The fee that the exchange counts when it liquidates; 0 where no source says."""
    return _closing_fee(profile, profile.ccxt or profile.id, symbol, None, False)[0]


def _named(name: str, in_file: bool) -> str:
    """An option, or the same as a key of a file."""
    return f"`{name.replace('-', '_')}`" if in_file else f"--{name}"


def beyond_tiers(symbol: str, ends_at: Decimal, in_file: bool = False) -> str:
    """What is to be said of a notional beyond the last tier on record."""
    return (
        f"the margin tiers of {symbol} end at {plain(ends_at)}; beyond, the last one is taken, and the exchange asks "
        f"for more, or allows none ({_named('maintenance-rate', in_file)})"
    )


@exact
def _tiers(
    profile: Profile,
    position: Position,
    rate: Decimal | None,
    amount: Decimal | None,
    in_file: bool,
    margins: tuple[MarginTable, str] | None,
) -> tuple[tuple[MaintenanceTier, ...], str, Decimal | None, bool]:
    """The tiers, where they come from, where the last one on record ends, and whether the position lies beyond it.

    Where tiers count the size, a position stays in its tier at every price: it lies beyond the last one always or
    never. Where they count the value, that depends on the price, and is for the caller to say.
    """
    if rate is not None:
        return one_tier(rate, amount or Decimal(0)), f"given with {_named('maintenance-rate', in_file)}", None, False
    found = margins or margin_on_record(profile, position.symbol)
    if found is None:
        raise UsageError(
            f"no source gives the maintenance margin of {position.symbol} on {profile.id}",
            "Give it with --maintenance-rate 0.5%, and --maintenance-amount where its tier has one.",
        )
    table, source = found
    if table.counts == "value":
        return tuple(tier.maintenance for tier in table.tiers), source, table.ends_at, False
    if position.price is None:
        raise UsageError(
            f"{profile.id} counts the margin tiers of {position.symbol} in contracts, which needs a price",
            "Give it with --price.",
        )
    size = position.notional * position.price if position.inverse else position.notional / position.price
    beyond = table.ends_before(size)
    return tuple(tier.maintenance for tier in table.at(size)), source, table.ends_at if beyond else None, beyond


def _closing_fee(profile: Profile, name: str, symbol: str, fee: Decimal | None, in_file: bool) -> tuple[Decimal, str]:
    if fee is not None:
        return fee, f"given with {_named('fee', in_file)}"
    if name in _NO_FEE:
        return Decimal(0), f"{profile.id} counts none"
    if name in _TAKER_FEE:
        return fee_rate(profile, "inverse" if is_inverse(symbol) else "perp", "taker"), f"taker fee of {profile.id}"
    return Decimal(0), "unknown"
