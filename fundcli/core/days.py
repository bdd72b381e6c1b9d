"""Days on which leveraged positions died: how far the price went, the worst funding, and who says so.

A figure that no source gives is None; `approximate` marks figures that come from news reports and are rounded there.
Prices are of the UTC day; the candles were read in a public copy (github.com/huvan9527-a11y/btc_quant). funding_rate is
the largest settled rate in size from 08:00 of the day to 08:00 of the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from fundcli.core.numbers import exact
from fundcli.errors import UsageError, did_you_mean

_KLINES = "Binance spot BTCUSDT, daily candle in UTC"
_KLINES_URL = "https://api.binance.com/api/v3/klines?symbol=BTCUSDT&interval=1d"
_FUNDING = "Binance BTCUSDT perpetual, settled rate"
_FUNDING_URL = "https://fapi.binance.com/fapi/v1/fundingRate?symbol=BTCUSDT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day; prices in quote money.

    spot_high: the highest spot price, where the perpetual that `high` is of went its own way. source: of the prices.
    """

    name: str
    date: str
    coin: str
    open: Decimal
    high: Decimal | None = None
    low: Decimal | None = None
    close: Decimal | None = None
    spot_high: Decimal | None = None
    approximate: bool = False
    source: str
    url: str
    funding_rate: Decimal | None = None
    funding_at: datetime | None = None
    funding_source: str | None = None
    funding_url: str | None = None
    note: str = ""


def _bitcoin(name: str, day: str, prices: str, rate: str, settled: datetime, note: str) -> Day:
    opened, high, low, close = (Decimal(price) for price in prices.split())
    return Day(
        name=name, date=day, coin="BTC", open=opened, high=high, low=low, close=close, source=_KLINES, url=_KLINES_URL,
        funding_rate=Decimal(rate), funding_at=settled, funding_source=_FUNDING, funding_url=_FUNDING_URL, note=note,
    )  # fmt: skip


DAYS = (
    _bitcoin(
        "mar-2020", "2020-03-12", "7934.58 7966.17 4410.00 4800.00",
        "-0.003", datetime(2020, 3, 13, 8, tzinfo=UTC),
        "The fall went on to 3,782.13 on 13 March; the rate stood at its floor.",
    ),
    _bitcoin(
        "may-2021", "2021-05-19", "42849.78 43584.90 30000.00 36690.09",
        "-0.00089697", datetime(2021, 5, 19, 16, tzinfo=UTC), "",
    ),
    _bitcoin(
        "terra-2022", "2022-05-12", "29103.94 30243.00 26700.00 29029.75",
        "-0.00041995", datetime(2022, 5, 12, 8, tzinfo=UTC), "Bitcoin on the second day of LUNA's collapse.",
    ),
    Day(
        name="luna-2022", date="2022-05-11", coin="LUNA", open=Decimal("17.38"), low=Decimal(1), approximate=True,
        source="News: 17.38 early on 11 May (newslanes.com); it briefly fell below 1 that day (The Sun)",
        url="https://newslanes.com/2022/05/12/terra-luna-what-happened-to-luna-will-it-bounce-back/",
        note="The low is an upper bound; the next day it fell to 0.03. High, close and funding: no source at hand.",
    ),
    _bitcoin(
        "ftx-2022", "2022-11-09", "18545.38 18587.76 15588.00 15922.81",
        "-0.00119172", datetime(2022, 11, 10, 0, tzinfo=UTC), "The day before, 20,590.67 had become 18,547.23.",
    ),
    Day(
        name="trb-2023", date="2023-12-31", coin="TRB", open=Decimal(180), high=Decimal(737),
        spot_high=Decimal(550), approximate=True,
        source="News: TRB futures on OKX from about 180 to 737, spot there and on Binance to 550",
        url="https://www.xbo.com/en/en-markets/wild-trading-session-sees-tellors-trb-token-slide-from-720-to-180-in-hours-2024-01-02",
        note="The perpetual left spot behind; back under 180 within hours. Low, close and funding: no source at hand.",
    ),
    _bitcoin(
        "oct-2025", "2025-10-10", "121662.41 122550.00 102000.00 112774.50",
        "0.0001", datetime(2025, 10, 11, 0, tzinfo=UTC),
        "Shorts were closed by auto-deleveraging. Bybit's APT, SEI and TIA paid -1% at 2025-10-11 00:00.",
    ),
)  # fmt: skip
NAMES = tuple(day.name for day in DAYS)


@exact
def moves(day: Day) -> tuple[tuple[str, Decimal, Decimal], ...]:
    """Low, high and close of a day where they are known: what it is, the move of the perpetual and that of spot.

    >>> [(name, round(perp, 4)) for name, perp, _ in moves(named("mar-2020")[0])]
    [('low', Decimal('-0.4442')), ('high', Decimal('0.0040')), ('close', Decimal('-0.3951'))]
    """
    spots = {"high": day.spot_high}
    prices = (("low", day.low), ("high", day.high), ("close", day.close))
    return tuple(
        (name, price / day.open - 1, (spots.get(name) or price) / day.open - 1)
        for name, price in prices
        if price is not None
    )


def named(text: str) -> tuple[Day, ...]:
    """The days of a name or a date; `all` of them.

    >>> named("2025-10-10")[0].name, len(named("all")) == len(DAYS)
    ('oct-2025', True)
    """
    word = text.strip().lower()
    found = DAYS if word == "all" else tuple(day for day in DAYS if word in (day.name, day.date))
    if not found:
        hint = did_you_mean(word, ("all", *NAMES), f"There are {', '.join(NAMES)}, and all.")
        raise UsageError(f"--day: there is no day '{text.strip()}'", hint)
    return found
