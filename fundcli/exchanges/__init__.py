"""Exchanges over HTTP, through ccxt: the only importer of ccxt; hands over core records.

Each exchange has one module in `venues`, where its oddities (and ccxt's) are handled and named.
"""

from fundcli.exchanges.market import Market
from fundcli.exchanges.open import open_venue
from fundcli.exchanges.session import Network
from fundcli.exchanges.venue import Reading, Snapshot, Venue

__all__ = ["Market", "Network", "Reading", "Snapshot", "Venue", "open_venue"]
