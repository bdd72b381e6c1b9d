"""What of `hedge` belongs together: three typed numbers, or prices with a window, and a lot with what it counts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fundcli.core.hedge import Contract, Estimate, given
from fundcli.core.units import parse_money
from fundcli.errors import UsageError

if TYPE_CHECKING:
    from fundcli.core.hedge_answer import LotBasis, PriceBasis
    from fundcli.core.hedge_series import Terms

DEFAULT_WINDOW_HOURS = Decimal(90 * 24)
DEFAULT_LONG_HOURS = Decimal(365 * 24)
DEFAULT_CONFIDENCE = Decimal("0.95")
DEFAULT_DRIFT = Decimal("0.15")
_MONEY = ("USDT", "USDC", "USD")
_SOURCES = "Give --exposure and --instrument, or --file, or the three numbers."


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Where the ratio is to come from, and how, as typed; None where it was not."""

    sigma_exposure: Decimal | None
    sigma_instrument: Decimal | None
    correlation: Decimal | None
    file: Path | None
    names: dict[str, str] | None
    window: Decimal | None
    long_window: Decimal | None
    frequency: str | None
    half_life: Decimal | None
    confidence: Decimal | None
    drift: Decimal | None

    def source(self, exposure: str | None, instrument: str | None) -> Literal["given", "lake", "file"]:
        """The one source that the options name; an option that would be ignored is refused."""
        numbers = {
            "--sigma-exposure": self.sigma_exposure,
            "--sigma-instrument": self.sigma_instrument,
            "--correlation": self.correlation,
        }
        absent = [name for name, value in numbers.items() if value is None]
        if self.names is not None and self.file is None:
            raise UsageError("--map belongs to --file", "Add --file FILE, or drop --map.")
        if len(absent) < 3:
            if self.file is not None:
                raise UsageError("typed numbers and --file are different sources", _SOURCES)
            if absent:
                raise UsageError(f"{' and '.join(absent)} is missing", "A ratio takes all three numbers.")
            self._no_series()
            return "given"
        if self.file is not None:
            return "file"
        if exposure is None or instrument is None:
            name = "--instrument" if exposure is not None else "--exposure"
            what = f"{name} is missing" if exposure or instrument else "there is nothing to hedge"
            raise UsageError(what, _SOURCES)
        return "lake"

    def _no_series(self) -> None:
        series = {
            "--window": self.window, "--long-window": self.long_window, "--frequency": self.frequency,
            "--half-life": self.half_life, "--confidence": self.confidence, "--drift": self.drift,
        }  # fmt: skip
        for name, value in series.items():
            if value is not None:
                raise UsageError(f"{name} belongs to prices", f"Typed numbers have no returns: drop {name}.")


def given_numbers(asked: Asked) -> Estimate:
    """The ratio of the typed numbers, which are checked."""
    y, x, rho = asked.sigma_exposure, asked.sigma_instrument, asked.correlation
    if y is None or x is None or rho is None:
        raise UsageError("a ratio takes two volatilities and a correlation", _SOURCES)
    for name, value in (("--sigma-exposure", y), ("--sigma-instrument", x)):
        if value <= 0:
            raise UsageError(f"{name}: a volatility is above zero", "Write it like 4% or 0.04.")
    if abs(rho) > 1:
        raise UsageError("--correlation lies outside -1 and 1", "Write it like 0.86, or 86%.")
    return given(rho, y, x)


def terms_of(asked: Asked) -> Terms:
    """How to estimate, with the defaults filled in."""
    from fundcli.core.hedge_series import FEWEST, FREQUENCIES, Terms

    window, long = asked.window or DEFAULT_WINDOW_HOURS, asked.long_window or DEFAULT_LONG_HOURS
    step = FREQUENCIES[asked.frequency or "1h"]
    confidence = DEFAULT_CONFIDENCE if asked.confidence is None else asked.confidence
    if long <= window:
        raise UsageError("--long-window is not longer than --window", "It is what the correlation is held against.")
    if window < FEWEST * step:
        raise UsageError(
            f"--window has no room for {FEWEST} returns", "Ask for a longer one, or a shorter --frequency."
        )
    if asked.half_life is not None and asked.half_life < step:
        raise UsageError("--half-life is shorter than a return", "Ask for a longer one, or a shorter --frequency.")
    if not Decimal("0.01") <= confidence <= Decimal("0.9999"):
        raise UsageError("--confidence lies outside 1% and 99.99%", "Write it like 95%.")
    return Terms(
        window_hours=window, long_hours=long, step_hours=step, confidence=confidence,
        threshold=DEFAULT_DRIFT if asked.drift is None else asked.drift, half_life_hours=asked.half_life,
    )  # fmt: skip


def instrument_contract(size: str | None) -> Contract | None:
    """`0.01` coins a contract, or `100usd` of an inverse one."""
    if size is None:
        return None
    plain = size.strip().upper()
    unit = next((unit for unit in _MONEY if plain.endswith(unit)), "")
    value = parse_money(plain.removesuffix(unit), "--contract-size")
    if value <= 0:
        raise UsageError(f"--contract-size: '{size}' is not above zero", "Write it like 0.01, or 100usd.")
    return Contract(size=value, is_money=bool(unit))


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The price of the instrument and how its orders count, as typed, or as the exchange says."""

    price: Decimal | None = None
    price_basis: PriceBasis | None = None
    contract: Contract | None = None
    lot: Decimal | None = None
    lot_basis: LotBasis | None = None
    lot_source: str | None = None
    least: Decimal | None = None


def currency_of(symbol: str) -> str:
    """The money that a contract is quoted in."""
    return symbol.partition("/")[2].partition(":")[0] or "USD"


def check_lot(symbol: str, price: Decimal | None, lot: Decimal | None, contract: Contract | None) -> None:
    """Refuses a typed lot whose worth nothing tells."""
    base, _, rest = symbol.partition("/")
    settle = rest.partition(":")[2]
    inverse = bool(settle) and settle == base
    if inverse and (contract is not None or lot is not None) and not (contract is not None and contract.is_money):
        raise UsageError(
            f"{symbol} is inverse: its contracts are worth money",
            "Write --contract-size 100usd, say; --lot counts those; or ask the exchange with --live.",
        )
    if price is None and (contract is not None or lot is not None) and not (contract is not None and contract.is_money):
        name = "--lot" if lot is not None else "--contract-size"
        raise UsageError(f"{name} needs the price of the instrument", "Add --price, or ask the exchange with --live.")
