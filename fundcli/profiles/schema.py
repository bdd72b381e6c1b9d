"""What an exchange profile may hold: the types that YAML is checked against.

Rates, fees and shares are fractions (0.0001 = 0.01 %), written in YAML as `0.01%`, `1bp` or `0.0001`. Every block
names its `source`: where its values come from and the date on which that source said so. A field that no source
gives is left out; it is never guessed.
"""

from __future__ import annotations

from typing import Literal

from fundcli.core.borrow import Counting
from fundcli.profiles.formula import Formula
from fundcli.profiles.types import Amount, Hours, Share, Source, Strict


class Funding(Strict):
    """How the exchange settles funding.

    interval_hours: the default interval; settlement_hours_utc: the hours of the day at which it settles then.
    interest_per_day: the interest component per day (0.03 % on most exchanges), from which the baseline rate of an
    interval of h hours is interest_per_day x h / 24; absent where the exchange has none or publishes none.
    payment_price: the price that notional is taken at when funding is paid.
    accrual: `discrete` charges whoever holds at the settlement instant, `continuous` charges by time held.
    lag_periods: 1 where the rate of one period is paid one period later. window_seconds: how far around the instant
    a position opened or closed may be charged or not; absent where unknown.
    """

    interval_hours: Hours
    settlement_hours_utc: list[int]
    varies_per_contract: bool
    payment_price: Literal["mark", "index", "oracle"]
    accrual: Literal["discrete", "continuous"]
    lag_periods: int
    source: Source
    intervals_in_use_hours: list[Hours] = []
    interest_per_day: Share | None = None
    window_seconds: int | None = None


class Fee(Strict):
    """Maker and taker fee of one market, as fractions of notional; a rebate is negative."""

    maker: Share
    taker: Share


class Tier(Strict):
    """A named fee tier; a market left out keeps the base fee."""

    perp: Fee | None = None
    spot: Fee | None = None
    inverse: Fee | None = None
    requires: str | None = None


class Discount(Strict):
    """What paying fees in the exchange's token takes off, as a share of the fee."""

    perp: Share = Share(0)
    spot: Share = Share(0)
    note: str | None = None


class Fees(Strict):
    """Trading fees. `perp` and `spot` are the base tier; `inverse` where coin-margined contracts differ."""

    perp: Fee
    source: Source
    spot: Fee | None = None
    inverse: Fee | None = None
    base_tier: str = "base"
    tiers: dict[str, Tier] = {}
    discounts: dict[str, Discount] = {}


class MarginTier(Strict):
    """One bracket of the main BTC contract: up to this notional, this leverage and maintenance margin."""

    maintenance_rate: Share
    max_leverage: Amount
    up_to: Amount | None = None
    maintenance_amount: Amount = Amount(0)


class Margin(Strict):
    """First margin tiers of the exchange's main BTC perpetual."""

    symbol: str
    tiers: list[MarginTier]
    source: Source


class BorrowRate(Strict):
    """What borrowing a coin costs: a fraction of the amount per so many hours, simple interest.

    up_to: the most that it may be, where the source gives a range.
    """

    rate: Share
    per_hours: Hours
    up_to: Share | None = None


class Borrow(Strict):
    """How margin borrowing counts time, and what it costs where the exchange's own rate cannot be read.

    counting: `hour_marks` charges 1 + the full hours of the clock crossed, `on_the_hour` the full hours crossed alone,
    `started_hours` each started hour, `pro_rata` the time itself, `four_hour_rollovers` four hours at the opening and
    four more after each four hours held. rates: by coin, as in symbols; `rates_source` says where they come from.
    """

    counting: Counting
    source: Source
    rates: dict[str, BorrowRate] = {}
    rates_source: Source | None = None


class Contracts(Strict):
    """The main perpetuals and, for inverse contracts, what one contract is worth in quote currency per base coin."""

    main: str
    source: Source
    inverse_value: dict[str, Amount] = {}


class Spot(Strict):
    """Where the spot markets beside the perpetuals are read: ccxt's id of them."""

    ccxt: str
    source: Source


class Profile(Strict):
    """One exchange. `quirks` are sentences about what its API or ccxt's reading of it does unexpectedly.

    ccxt: the exchange's id there; a profile without one is priced and explained offline, `status_note` says why.
    spot: only where ccxt has the exchange's spot markets under another id than its perpetuals.
    formula: how the rate is computed; `unknown` where no source says.
    """

    id: str
    name: str
    status: Literal["live", "defunct"]
    source: Source
    contracts: Contracts
    funding: Funding
    fees: Fees
    ccxt: str | None = None
    spot: Spot | None = None
    status_note: str | None = None
    formula: Formula | Literal["unknown"] = "unknown"
    margin: Margin | None = None
    borrow: Borrow | None = None
    quirks: list[str] = []
