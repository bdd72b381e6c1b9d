"""Exchanges over HTTP, through ccxt: the only importer of ccxt; hands over core records.

Each exchange has one module in `venues`, where its oddities (and ccxt's) are handled and named.
"""

from fundcli.exchanges.borrowing import read_borrow
from fundcli.exchanges.hourly import Candle, OpenInterest
from fundcli.exchanges.intervals import with_intervals
from fundcli.exchanges.listing import find, listed_on_disk
from fundcli.exchanges.live import Snapshot, read_live
from fundcli.exchanges.lots import Lot, lot_of
from fundcli.exchanges.market import Market
from fundcli.exchanges.measured import Measured, read_measured
from fundcli.exchanges.open import has_spot, open_spot, open_venue
from fundcli.exchanges.pairing import SpotIndex, SpotPair, book_in_units, own_base, spot_for
from fundcli.exchanges.pool import run_all
from fundcli.exchanges.prices import keeps, open_interest_history, price_history, price_now, prices_at
from fundcli.exchanges.reading import Reading
from fundcli.exchanges.session import Deadline, Network, Silence
from fundcli.exchanges.spot import SpotMarket, SpotVenue
from fundcli.exchanges.tiers import read_tiers
from fundcli.exchanges.venue import Venue

__all__ = [
    "Candle",
    "Deadline",
    "Lot",
    "Market",
    "Measured",
    "Network",
    "OpenInterest",
    "Reading",
    "Silence",
    "Snapshot",
    "SpotIndex",
    "SpotMarket",
    "SpotPair",
    "SpotVenue",
    "Venue",
    "book_in_units",
    "find",
    "has_spot",
    "keeps",
    "listed_on_disk",
    "lot_of",
    "open_interest_history",
    "open_spot",
    "open_venue",
    "own_base",
    "price_history",
    "price_now",
    "prices_at",
    "read_borrow",
    "read_live",
    "read_measured",
    "read_tiers",
    "run_all",
    "spot_for",
    "with_intervals",
]
