"""Serve a world from the command line: the first line of stdout is the URL."""

from __future__ import annotations

import argparse
import contextlib
import threading
import time
from pathlib import Path

from tests.exchange_server import recorded
from tests.exchange_server.server import ExchangeServer
from tests.exchange_server.world import World


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.exchange_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--size", choices=("small", "real"), default="small")
    parser.add_argument("--delay-ms", type=float, default=0, help="added to each answer")
    parser.add_argument("--now-ms", type=int, default=None, help="the instant of the world; default: now")
    parser.add_argument("--recorded", type=Path, metavar="FOLDER", help="serve recordings from this folder")
    parser.add_argument("--case", action="append", choices=recorded.CASES, help="which recording; may be repeated")
    options = parser.parse_args()
    now_ms = options.now_ms or int(time.time() * 1000)
    world = World.small(now_ms) if options.size == "small" else World.real_size(now_ms)
    server = ExchangeServer(world, port=options.port, delay_ms=options.delay_ms)
    if options.recorded:
        for case in options.case or ("binance-premium-index", "gate-contracts", "hyperliquid-history"):
            recorded.install(server, options.recorded, case)
    with server:
        print(server.url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
