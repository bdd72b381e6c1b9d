"""The wire format of each exchange: one module per exchange, found by the host of the original URL."""

from __future__ import annotations

from collections.abc import Callable

from tests.exchange_server.wire import (
    aster,
    backpack,
    binance,
    bingx,
    bitfinex,
    bitget,
    bybit,
    deribit,
    dydx,
    gate,
    htx,
    hyperliquid,
    krakenfutures,
    kucoinfutures,
    lighter,
    mexc,
    okx,
    paradex,
    phemex,
    weex,
    woo,
)
from tests.exchange_server.wire.common import Call
from tests.exchange_server.world import World

Answering = Callable[[World, Call], object]

_OWNERS: tuple[tuple[tuple[str, ...], Answering], ...] = (
    (("binance.com",), binance.answer),
    (("okx.com",), okx.answer),
    (("bybit.com",), bybit.answer),
    (("gateio.ws", "gate.com"), gate.answer),
    (("hbdm.com", "hbdm.vn", "huobi.pro", "htx.com"), htx.answer),
    (("weex.com",), weex.answer),
    (("bitget.com",), bitget.answer),
    (("hyperliquid.xyz",), hyperliquid.answer),
    (("kraken.com",), krakenfutures.answer),
    (("bingx.com",), bingx.answer),
    (("kucoin.com",), kucoinfutures.answer),
    (("mexc.com",), mexc.answer),
    (("phemex.com",), phemex.answer),
    (("woox.io",), woo.answer),
    (("bitfinex.com",), bitfinex.answer),
    (("deribit.com",), deribit.answer),
    (("dydx.trade",), dydx.answer),
    (("asterdex.com",), aster.answer),
    (("paradex.trade",), paradex.answer),
    (("backpack.exchange",), backpack.answer),
    (("elliot.ai",), lighter.answer),
)

#: What is worth encoding before the first request: the answers that list a whole exchange.
BULK: tuple[str, ...] = (
    *binance.BULK,
    *okx.BULK,
    *bybit.BULK,
    *gate.BULK,
    *htx.BULK,
    *weex.BULK,
    *bitget.BULK,
    *krakenfutures.BULK,
    *bingx.BULK,
    *kucoinfutures.BULK,
    *mexc.BULK,
    *phemex.BULK,
    *woo.BULK,
    *bitfinex.BULK,
    *deribit.BULK,
    *dydx.BULK,
    *aster.BULK,
    *paradex.BULK,
    *backpack.BULK,
    *lighter.BULK,
)


def find(host: str) -> Answering | None:
    """The answering function of the exchange that owns `host`."""
    for suffixes, answering in _OWNERS:
        if host.endswith(suffixes):
            return answering
    return None
