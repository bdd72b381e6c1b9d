"""Builds the two ready-made worlds. Numbers come from hashes of names: equal on every run and machine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import overload

from tests.exchange_server.world import DAY_MS, HOUR_MS, Contract, Loan, Settlement, Spot, World, wave

#: Decimals in the rates that each exchange sends, and the jitter of its settlement stamps in milliseconds.
RATE_PLACES = {
    "binance": 8, "okx": 16, "bybit": 8, "gate": 6, "htx": 18,
    "weex": 8, "bitget": 6, "hyperliquid": 10, "krakenfutures": 18,
    "bingx": 8,
    "kucoinfutures": 6,
    "mexc": 6,
    "phemex": 8,
    "woo": 8,
    "bitfinex": 8,
    "deribit": 12,
    "dydx": 12,
    "aster": 8,
    "paradex": 14,
    "backpack": 9,
    "lighter": 8,
}  # fmt: skip
JITTER_MS = {"binance": 12, "hyperliquid": 95, "dydx": 900}
#: Exchanges where every contract has the same interval, or the same quote and settlement currency.
HOURS = {"bitfinex": 8, "deribit": 8, "dydx": 1, "lighter": 1}
QUOTES = {
    "dydx": ("USDC", "USDC"),
    "paradex": ("USD", "USDC"),
    "backpack": ("USDC", "USDC"),
    "lighter": ("USDC", "USDC"),
}
#: Where history is not kept by the interval of the rate now.
HISTORY_HOURS = {"deribit": 1}
#: Coins per contract of linear contracts, where a contract is not one coin.
LINEAR_SIZES = {"okx": "0.01"}
MAJORS = {
    "BTC": 64_000.0, "ETH": 2_700.0, "SOL": 142.0, "BNB": 580.0, "XRP": 0.58, "LAYER": 1.27, "DOGE": 0.11,
}  # fmt: skip


@dataclass(frozen=True)
class Spec:
    """What distinguishes a contract; the rest follows from its exchange and the instant."""

    base: str
    quote: str = "USDT"
    hours: int = 8
    inverse: bool = False
    dated: bool = False
    active: bool = True
    demo: bool = False
    pre_launch: bool = False
    days: int | None = None
    #: (from how many days ago, interval in hours), oldest first; empty: `hours` throughout
    schedule: tuple[tuple[int, int], ...] = ()


def _usual(dead: str = "WAVES") -> list[Spec]:
    return [
        Spec("BTC"), Spec("ETH"), Spec("SOL", hours=4), Spec("LAYER", hours=1),
        Spec("BTC", "USD", inverse=True), Spec(dead, active=False),
    ]  # fmt: skip


SMALL: dict[str, list[Spec]] = {
    "binance": [
        Spec("BTC"), Spec("ETH"), Spec("SOL", hours=4),
        Spec("LAYER", hours=1, schedule=((40, 8), (25, 4), (10, 1))),
        Spec("ETH", "USDC"), Spec("BTC", "USD", inverse=True), Spec("BTC", dated=True),
        Spec("BTC", "USD", inverse=True, dated=True), Spec("WAVES", active=False),
    ],
    # OKX forgets what is older than three months, so one contract must be older than that
    "okx": [*_usual(), Spec("ETH", "USDC"), Spec("BTC", dated=True), Spec("XRP", days=150)],
    "bybit": [
        *_usual(), Spec("ETH", "USDC"), Spec("BTC", "USD", inverse=True, dated=True),
        Spec("NEWCOIN", hours=4, pre_launch=True),
    ],
    "gate": [*_usual(), Spec("BTC", dated=True)],
    "htx": [*_usual(), Spec("BTC", dated=True), Spec("BTC", "USD", inverse=True, dated=True)],
    "weex": [
        Spec("BTC"), Spec("ETH"), Spec("SOL", hours=4), Spec("LAYER", hours=1), Spec("WAVES", active=False),
    ],
    "bitget": [
        *_usual(), Spec("ETH", "USDC"), Spec("BTC", "USD", inverse=True, dated=True),
        Spec("SBTC", "SUSDT", demo=True), Spec("SETH", "SUSDT", demo=True), Spec("SBTC", "SUSDC", demo=True),
        Spec("SBTC", "SUSD", inverse=True, demo=True),
    ],
    "hyperliquid": [Spec("BTC"), Spec("ETH"), Spec("HYPE"), Spec("kPEPE"), Spec("MATIC", active=False)],
    "krakenfutures": [
        Spec("BTC", days=365), Spec("ETH"), Spec("ENJ"), Spec("BTC", "USD", inverse=True),
        Spec("BTC", "USD", inverse=True, dated=True), Spec("WAVES", active=False),
    ],
    "bingx": [*_usual(), Spec("ETH", "USDC")],
    "kucoinfutures": [*_usual(), Spec("ETH", "USDC"), Spec("BTC", "USD", inverse=True, dated=True)],
    "mexc": [*_usual(), Spec("ETH", "USDC")],
    "phemex": [*_usual(), Spec("ETH", "USDC")],
    "woo": [
        Spec("BTC"), Spec("ETH"), Spec("SOL", hours=4), Spec("LAYER", hours=1), Spec("WAVES", active=False),
    ],
    "bitfinex": [Spec("BTC"), Spec("ETH"), Spec("SOL"), Spec("LAYER")],
    "deribit": [
        Spec("BTC", "USDC"), Spec("SOL", "USDC"), Spec("ETH", "USD", inverse=True), Spec("BTC", "USD", inverse=True),
        Spec("BTC", "USD", inverse=True, dated=True), Spec("WAVES", "USDC", active=False),
    ],
    "dydx": [Spec("BTC"), Spec("ETH"), Spec("SOL"), Spec("DOGE"), Spec("WAVES", active=False)],
    "aster": [Spec("BTC"), Spec("ETH"), Spec("SOL", hours=4), Spec("LAYER", hours=1), Spec("WAVES", active=False)],
    "paradex": [Spec("BTC"), Spec("ETH"), Spec("SOL", hours=4), Spec("LAYER", hours=1)],
    "backpack": [
        Spec("BTC", hours=1), Spec("ETH", hours=1), Spec("SOL", hours=4), Spec("LAYER"),
        Spec("WAVES", active=False),
    ],
    "lighter": [Spec("BTC"), Spec("ETH"), Spec("SOL"), Spec("DOGE"), Spec("WAVES", active=False)],
}  # fmt: skip

#: What each exchange lends, in its own period: an hour (bybit, gate), a day (okx, bitget, bitfinex), a year (backpack).
LOANS = {
    "bybit": (
        Loan("BTC", "0.0000005030430000", "300"),
        Loan("USDT", "0.000004", "8000000"),
        Loan("XRP", "", "", False),
    ),
    "okx": (Loan("BTC", "0.00019992", "10"), Loan("USDT", "0.00043728", "500000")),
    "bitget": (Loan("BTC", "0.00007", "26"), Loan("USDT", "0.00041095", "300000")),
    "gate": (Loan("BTC", "0.00000042", ""), Loan("USDT", "0.0000057", "")),
    "bitfinex": (Loan("BTC", "0.0000036", "812.5"), Loan("USDT", "0.0003715", "60617019.59")),
    "backpack": (Loan("BTC", "0.0312", "90"), Loan("USDC", "0.0587", "12000000"), Loan("SOL", "0.02", "10", False)),
}

#: Per exchange: linear perpetuals, inverse perpetuals, dated contracts.
REAL_COUNTS = {
    "binance": (560, 40, 12), "okx": (270, 24, 6), "bybit": (610, 30, 10), "gate": (975, 3, 2),
    "htx": (220, 24, 6), "weex": (900, 0, 0), "bitget": (770, 20, 4), "hyperliquid": (200, 0, 0),
    "krakenfutures": (290, 6, 4),
    "bingx": (1036, 20, 0),
    "kucoinfutures": (678, 4, 2),
    "mexc": (1174, 10, 0),
    "phemex": (126, 8, 0),
    "woo": (223, 0, 0),
    "bitfinex": (60, 0, 0),
    "deribit": (20, 2, 6),
    "dydx": (60, 0, 0),
    "aster": (150, 0, 0),
    "paradex": (60, 0, 0),
    "backpack": (60, 0, 0),
    "lighter": (100, 0, 0),
}  # fmt: skip
INTERVAL_SHARES = (8,) * 6 + (4,) * 5 + (1,)


@lru_cache(maxsize=8)
def small(now_ms: int, days: int) -> World:
    contracts = {}
    for name, specs in SMALL.items():
        contracts[name] = tuple(_build(name, spec, now_ms, days, None) for spec in specs)
    spot = tuple(Spot(base, quote) for base in ("BTC", "ETH", "SOL") for quote in ("USDT", "USDC"))
    return World(now_ms, contracts, dict.fromkeys(SMALL, spot), loans=LOANS)


@lru_cache(maxsize=2)
def real_size(now_ms: int) -> World:
    contracts = {}
    for name, counts in REAL_COUNTS.items():
        # seven days hold 20 settlements even at 8 h
        contracts[name] = tuple(_build(name, spec, now_ms, 7, 20) for spec in _real_specs(name, *counts))
    codes = _codes(1000)
    spot = {name: tuple(Spot(code, "USDT") for code in codes[:400]) for name in REAL_COUNTS}
    spot["binance"] = tuple(Spot(code, quote) for code in codes for quote in ("USDT", "USDC", "FDUSD"))
    return World(now_ms, contracts, spot)


def _real_specs(exchange: str, linear: int, inverse: int, dated: int) -> Iterator[Spec]:
    codes = _codes(linear)
    if exchange in ("binance", "okx", "bybit", "bitget"):
        yield from (Spec(code, "USDC") for code in codes[:20])
        codes = codes[:-20]
    for i, code in enumerate(codes):
        yield Spec(code, hours=8 if code in MAJORS else INTERVAL_SHARES[i % len(INTERVAL_SHARES)])
    for code in codes[:inverse]:
        yield Spec(code, "USD", inverse=True)
    for code in codes[:dated]:
        # gate's dated contracts are linear
        yield Spec(code, dated=True) if exchange == "gate" else Spec(code, "USD", inverse=True, dated=True)
    if exchange == "bitget":
        yield from (s for s in SMALL["bitget"] if s.demo)


def _codes(count: int) -> list[str]:
    letters = "BCDFGKLMNPRSTVXZ"
    vowels = "AEIOU"
    made = (f"{a}{v}{b}{w}" for v in vowels for w in vowels for a in letters for b in letters)
    codes = [*MAJORS, *(code for code in made if code not in MAJORS)]
    return codes[:count]


def _build(exchange: str, spec: Spec, now_ms: int, days: int, newest: int | None) -> Contract:
    hours = 1 if exchange in ("hyperliquid", "krakenfutures") else spec.hours
    expiry_ms = (now_ms // DAY_MS + 90) * DAY_MS + 8 * HOUR_MS if spec.dated else 0
    if exchange in ("hyperliquid", "krakenfutures"):
        quote = settle = "USDC" if exchange == "hyperliquid" else "USD"
    else:
        quote = settle = spec.quote
    quote, settle = QUOTES.get(exchange, (quote, settle))
    hours = HOURS.get(exchange, hours)
    if spec.inverse:
        settle = spec.base
    contract_id = make_id(exchange, spec.base, quote, spec.inverse, expiry_ms)
    key = f"{exchange}:{contract_id}"
    price = MAJORS.get(spec.base.removeprefix("S") if spec.demo else spec.base) or 0.05 + 40 * abs(_unit(key))
    places = 2 if price > 1000 else 4 if price > 1 else 8
    mark = f"{price * (1 + 0.001 * _unit(key, 'mark')):.{places}f}"
    index = f"{float(mark) * (1 + 0.0007 * _unit(key, 'index')):.{places}f}"
    step = hours * HOUR_MS
    places = RATE_PLACES[exchange]
    jitter_ms = JITTER_MS.get(exchange, 0)
    history: Sequence[Settlement] = ()
    if not spec.dated and not spec.pre_launch:
        schedule = spec.schedule or ((spec.days or days, HISTORY_HOURS.get(exchange, hours)),)
        end_ms = now_ms if spec.active else now_ms - 10 * DAY_MS
        history = History(key, contract_id, mark, places, schedule, jitter_ms, now_ms, end_ms, newest)
    return Contract(
        contract_id, spec.base, quote, settle,
        linear=not spec.inverse, perpetual=not spec.dated, active=spec.active, interval_hours=hours,
        rate="0.00005" if spec.pre_launch else _rate(key, "now", hours, places),
        next_rate=_rate(key, "next", hours, places),
        mark=mark, index=index, next_ms=(now_ms // step + 1) * step,
        history=history, expiry_ms=expiry_ms,
        listed_ms=now_ms - 400 * DAY_MS, contract_size="100" if spec.inverse else LINEAR_SIZES.get(exchange, "1"),
        demo=spec.demo, pre_launch=spec.pre_launch,
    )  # fmt: skip


class History(Sequence[Settlement]):
    """The settlements of a contract, each made when it is first looked at: most tests look at a few, or at none."""

    def __init__(
        self, key: str, contract_id: str, mark: str, places: int, schedule: tuple[tuple[int, int], ...],
        jitter_ms: int, now_ms: int, end_ms: int, newest: int | None,
    ) -> None:  # fmt: skip
        self._key, self._contract_id, self._mark, self._places = key, contract_id, mark, places
        self._schedule, self._jitter_ms, self._newest = schedule, jitter_ms, newest
        self._now_ms, self._end_ms = now_ms, end_ms
        self._made: dict[int, Settlement] = {}

    @cached_property
    def _stamps(self) -> list[tuple[int, int]]:
        """Scheduled instant and interval of each."""
        today = self._now_ms // DAY_MS
        stamps: list[tuple[int, int]] = []
        for i, (days_ago, hours) in enumerate(self._schedule):
            # a change of interval takes effect at midnight, as the exchanges do it
            is_last = i + 1 == len(self._schedule)
            stop = self._end_ms + 1 if is_last else (today - self._schedule[i + 1][0]) * DAY_MS
            steps = range((today - days_ago) * DAY_MS, stop, hours * HOUR_MS)
            stamps += [(stamp, hours) for stamp in steps if stamp + self._jitter_ms <= self._end_ms]
        return stamps if self._newest is None else stamps[-self._newest :]

    def __len__(self) -> int:
        return len(self._stamps)

    @overload
    def __getitem__(self, at: int) -> Settlement: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Settlement, ...]: ...

    def __getitem__(self, at: int | slice) -> Settlement | tuple[Settlement, ...]:
        if isinstance(at, slice):
            return tuple(self[i] for i in range(*at.indices(len(self))))
        stamp, hours = self._stamps[at]
        if stamp not in self._made:
            late = int(abs(_unit(self._key, f"jitter{stamp}")) * (self._jitter_ms + 1)) if self._jitter_ms else 0
            rate = _rate(self._key, str(stamp), hours, self._places)
            price = wave(self._mark, self._contract_id, stamp - self._now_ms)
            self._made[stamp] = Settlement(stamp + late, rate, price)
        return self._made[stamp]


def make_id(exchange: str, base: str, quote: str, inverse: bool, expiry_ms: int) -> str:
    """The exchange's own name of a contract."""
    day = time.strftime("%y%m%d", time.gmtime(expiry_ms / 1000)) if expiry_ms else ""
    if exchange == "binance":
        return f"{base}{quote}" + (f"_{day}" if day else "_PERP" if inverse else "")
    if exchange == "okx":
        return f"{base}-{quote}-{day or 'SWAP'}"
    if exchange == "gate":
        return f"{base}_{quote}" + (f"_20{day}" if day else "")
    if exchange == "htx":
        return (f"{base}{day}" if inverse else f"{base}-{quote}-{day}") if day else f"{base}-{quote}"
    if exchange == "hyperliquid":
        return base
    if exchange == "krakenfutures":
        kind = ("FI" if inverse else "FF") if day else ("PI" if inverse else "PF")
        return f"{kind}_{'XBT' if base == 'BTC' else base.upper()}USD" + (f"_{day}" if day else "")
    if exchange == "bingx":
        return f"{base}-{quote}"
    if exchange == "kucoinfutures":
        coin = "XBT" if base == "BTC" else base
        return f"{coin}M{'FGHJKMNQUVXZ'[int(day[2:4]) - 1]}{day[:2]}" if day else f"{coin}{quote}M"
    if exchange == "mexc":
        return f"{base}_{quote}"
    if exchange == "phemex":
        return f"c{base}{quote}" if inverse and base != "BTC" else f"{base}{quote}"
    if exchange == "woo":
        return f"PERP_{base}_{quote}"
    if exchange == "bitfinex":
        return f"t{base}F0:USTF0"
    if exchange == "deribit":
        expiry = time.strftime("%d%b%y", time.gmtime(expiry_ms / 1000)).upper().lstrip("0") if day else "PERPETUAL"
        return f"{base}-{expiry}" if inverse else f"{base}_{quote}-{expiry}"
    if exchange == "dydx":
        return f"{base}-USD"
    if exchange == "paradex":
        return f"{base}-USD-PERP"
    if exchange == "backpack":
        return f"{base}_{quote}_PERP"
    if exchange == "lighter":  # numbers, in no order that a name would tell
        return str(["ETH", "BTC", "SOL", "DOGE", "WAVES", *_codes(300)].index(base))
    if quote in ("USDC", "SUSDC") and exchange in ("bybit", "bitget"):
        return f"{base}{'S' if quote == 'SUSDC' else ''}PERP"
    # bybit and bitget name the delivery by month letter and year: BTCUSDH26
    return f"{base}{quote}" + (f"{'FGHJKMNQUVXZ'[int(day[2:4]) - 1]}{day[:2]}" if day else "")


@lru_cache(maxsize=1 << 18)  # a test run builds hundreds of worlds over the same days
def _unit(*parts: str) -> float:
    """A number in [-1, 1) made of names."""
    digest = blake2b("/".join(parts).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**47 - 1


@lru_cache(maxsize=1 << 18)
def _rate(key: str, moment: str, hours: int, places: int) -> str:
    """Like a real rate: scattered around 0.01 % per 8 h, scaled to the interval."""
    return f"{(0.0001 + 0.0006 * _unit(key, moment)) * hours / 8:.{places}f}"
