"""A loopback stand-in for ten exchanges: ask it for http://127.0.0.1:PORT/<original absolute URL>."""

from tests.exchange_server.faults import Fault
from tests.exchange_server.server import ExchangeServer, Request
from tests.exchange_server.world import Contract, Loan, Settlement, Spot, World

__all__ = ["Contract", "ExchangeServer", "Fault", "Loan", "Request", "Settlement", "Spot", "World"]
