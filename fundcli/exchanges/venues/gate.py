"""Gate: one call per settlement coin brings the contracts and their rates together.

- A bare bulk call of ccxt gives USDT contracts alone; coin-margined ones settle in `btc`.
- `interest_rate` is per day. `funding_rate_indicative` is deprecated (a copy of `funding_rate`), so there is no
  forecast. Times are in seconds; ccxt converts them.
- `funding_rate_limit` is the cap and, below zero, the floor; what `funding_cap_ratio` is a part of is not the cap.
- ccxt knows premium_index as an endpoint alone. It takes a range of at most 1,000 points, or a limit, never both.
- Candles of `mark_` and `index_` before the name take a range of at most 2,000 points. contract_stats go up from a
  start, 100 rows a page, and count contracts (inverse: USD) and money.
- Risk limit tiers count value, in coin where contracts settle in it. `deduction` joins them: each part of a position is
  charged at the rate of its own tier (since 2025-07-29).
- Borrow rates of the unified account stand in history_loan_rate, one an hour, newest first, each "for this hour" (v4
  documents); what may be borrowed is published in USDT alone. Beside them stands `tier_up_rate` (1.18), which agrees
  with the service fee of 18 % that Gate's help adds to the hourly rate; whether the rates contain it is not said.
  ccxt knows the endpoint and no address for its kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from fundcli.core.history import Stamp
from fundcli.core.margin import MarginTable
from fundcli.core.numbers import plain
from fundcli.exchanges.borrowing import HOURLY, BorrowReading
from fundcli.exchanges.client import Client
from fundcli.exchanges.hourly import Candle, Kept, Kind, OpenInterest, PriceKind, candles, interests
from fundcli.exchanges.market import Market
from fundcli.exchanges.paging import Window
from fundcli.exchanges.reading import Reading, hours_between, number
from fundcli.exchanges.rows import milliseconds, rows_at
from fundcli.exchanges.samples import MS_PER_MINUTE, candle_premiums
from fundcli.exchanges.tiers import table, tier
from fundcli.exchanges.venue import Venue

_CANDLES = 1000
_HOURS, _INTERESTS = 1999, 100


class Gate(Venue):
    """USDT-margined and BTC-margined perpetuals."""

    families = ("usdt", "btc")
    tiers_from = "risk_limit_tiers"
    page_cap = 1000
    lends = True
    book_levels = 300
    charts: Mapping[Kind, Kept] = {"mark": Kept(_HOURS), "index": Kept(_HOURS), "open_interest": Kept(_INTERESTS)}

    def fetch_markets(self, client: Client, family: str) -> Sequence[Mapping[str, Any]]:
        """Contracts on their way out (in_delisting) are not active. ccxt fails on a bad price, so it is given none."""
        rows = client.call(client.ccxt.publicFuturesGetSettleContracts, {"settle": family})
        entries: list[dict[str, Any]] = []
        for row in rows:
            entry = client.ccxt.parse_contract_market({**row, "mark_price": None}, family)
            if entry is not None:
                entries.append({**entry, "active": entry["active"] and row.get("in_delisting") is not True})
        return entries

    def fetch_live(self, client: Client, family: str, markets: Sequence[Market]) -> list[Reading]:
        """The contracts of a settlement coin; ccxt gives up on all of them where one interval is no number."""
        rows = client.call(client.ccxt.publicFuturesGetSettleContracts, {"settle": family})
        return self.readings(self.parsed(rows, "funding_interval"), markets)

    def reading(self, row: Mapping[str, Any], market: Market) -> Reading:
        """A contract; its interval is in seconds."""
        hours = hours_between("0", _milliseconds((row.get("info") or {}).get("funding_interval")))
        said = (row.get("info") or {}).get("funding_interval")
        cap = number((row.get("info") or {}).get("funding_rate_limit"))
        reading = super().reading({**row, "interval": None if hours or said in (None, "") else said}, market)
        return replace(
            reading,
            interval_hours=hours or reading.interval_hours,
            interval_source="funding_interval" if hours else "",
            interest_per_day=row.get("interestRate"),
            cap=cap,
            floor=None if cap is None else cap.copy_negate(),
        )

    def fetch_page(self, client: Client, market: Market, window: Window, limit: int) -> list[Stamp]:
        """Seconds, so the window is widened to whole ones; newest rows first."""
        until = -(-window.until_ms // 1000) * 1000
        rows = client.call(
            client.ccxt.fetch_funding_rate_history, market.symbol, window.since_ms, limit, {"until": until}
        )
        return self.stamps(rows, market)

    def fetch_candles(self, client: Client, market: Market, kind: PriceKind, window: Window) -> list[Candle]:
        """candlesticks of the price under its own name."""
        name = {"settle": market.family, "contract": f"{kind}_{market.id}", "interval": "1h"}
        span = {"from": window.since_ms // 1000, "to": window.until_ms // 1000}
        rows = rows_at(client, client.call(client.ccxt.publicFuturesGetSettleCandlesticks, {**name, **span}))
        return candles(self, market, rows, ("t", "o", "h", "l", "c"), 1000)

    def fetch_interest(self, client: Client, market: Market, window: Window) -> list[OpenInterest]:
        """contract_stats from the window's start."""
        name = {"settle": market.family, "contract": market.id, "interval": "1h"}
        span = {"from": window.since_ms // 1000, "limit": _INTERESTS}
        rows = rows_at(client, client.call(client.ccxt.publicFuturesGetSettleContractStats, {**name, **span}))
        money = "open_interest_usd" if market.linear else None
        return interests(self, market, rows, "time", contracts="open_interest", money=money, ms=1000)

    def fetch_tiers(self, client: Client, market: Market, leverage: Decimal) -> MarginTable:
        """risk_limit_tiers of a contract."""
        asked = {"settle": market.family, "contract": market.id}
        rows = rows_at(client, client.call(client.ccxt.publicFuturesGetSettleRiskLimitTiers, asked))
        found = [
            tier(
                row.get("risk_limit"), row.get("maintenance_rate"), leverage=row.get("leverage_max"),
                initial=row.get("initial_rate"), amount=row.get("deduction"),
            )
            for row in rows
        ]  # fmt: skip
        return table(self, market, found, join=any(row.get("deduction") in (None, "") for row in rows[1:]))

    def fetch_borrow(self, client: Client, coin: str) -> BorrowReading | None:
        """The newest hour of history_loan_rate; a coin that is not lent has none."""
        addresses = client.ccxt.urls["api"]["public"]
        addresses.setdefault("unified", addresses["spot"])
        answer = client.call(client.ccxt.publicUnifiedGetHistoryLoanRate, {"currency": coin, "limit": 1})
        newest = max(rows_at(client, answer, "rates"), key=lambda row: milliseconds(row.get("time")) or 0, default=None)
        if newest is None:
            return None
        uplift = number(answer.get("tier_up_rate"))
        if uplift is not None and uplift > 1:
            self.note(
                f"{self.id}: beside the borrow rate of {coin} stands a factor of {plain(uplift)}; no document says "
                "whether it is in the rate already, so the interest may be higher by it"
            )
        return BorrowReading(
            rate=number(newest.get("rate")),
            period_hours=HOURLY,
            source="unified/history_loan_rate, the newest hour",
            observed_ms=milliseconds(newest.get("time")),
        )

    def fetch_premiums(self, client: Client, market: Market, window: Window) -> list[tuple[int, Decimal]] | None:
        """Candles of premium_index."""

        def candles(since: int) -> list[list[Any]]:
            until = min(window.until_ms, since + (_CANDLES - 1) * MS_PER_MINUTE)
            span = {"from": since // 1000, "to": until // 1000}
            query = {"settle": market.family, "contract": market.id, "interval": "1m", **span}
            rows = client.ccxt.publicFuturesGetSettlePremiumIndex(query)
            return [[int(row["t"]) * 1000, row.get("o"), row.get("h"), row.get("l"), row.get("c")] for row in rows]

        return candle_premiums(client, candles, window)


def _milliseconds(seconds: Any) -> str | None:
    return f"{seconds}000" if str(seconds).isdigit() else None
