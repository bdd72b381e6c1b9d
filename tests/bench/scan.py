"""A scan of 300 contracts with their history and the books of the best, against the time that its requests take.

The bound: each exchange answers so many requests at once, `REQUESTS_AT_ONCE`, each after the latency; exchanges are
read side by side, perpetuals beside spot. What depends on another answer waits for it: the market list, then the rates
of that list (the intervals and the spot list beside them), then the histories of what has a spot market, then the books
of the best of all exchanges. Its parts are counted from the requests that the server really got. The exchanges' own
pace is lifted here, by a bucket without a bottom in the place of the client's.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from math import ceil
from pathlib import Path
from typing import Any

from tests.bench.measure import UNPACED
from tests.exchange_server.build import Spec, _build, _codes
from tests.exchange_server.faults import Fault
from tests.exchange_server.server import ExchangeServer
from tests.exchange_server.world import Spot, World

# Contracts, whether lists are asked for, and whether every other book of Binance's perpetuals is thin.
LAYOUTS = {
    "one exchange, 300 contracts": ({"binance": 300}, True, False),
    "the same, lists kept": ({"binance": 300}, False, False),
    "100 contracts, lists kept, every other book thin": ({"binance": 100}, False, True),
    "three exchanges, 100 contracts each": ({"binance": 100, "okx": 100, "bybit": 100}, True, False),
}
# How many answers of the bulk part wait for one another: the market list (Bybit's has two pages), then the rates.
CHAIN = {"binance": 2, "okx": 2, "bybit": 3}
LATENCY_SECONDS = 0.1
HISTORY_DAYS = 30
SERVE = "import sys; from tests.bench.scan import serve; serve(*sys.argv[1:])"
HISTORY = re.compile(r"fundingRate\?|funding-rate-history|funding/history")
BOOK = re.compile(r"depth|orderbook|/books")
SPOT = re.compile(r"/api\.binance\.com|category=spot|instType=SPOT|instId=[A-Z]+-[A-Z]+(&|$)")


def world(now_ms: int, counts: Mapping[str, int]) -> World:
    """Linear contracts of 8 h, each with its spot market and a history longer than is asked for."""
    made = World.small(now_ms)
    for name, count in counts.items():
        codes = _codes(count)
        long = [_build(name, Spec(code), now_ms, HISTORY_DAYS + 5, None) for code in codes]
        names = {contract.id for contract in long}
        made = made.with_contracts(name, [*long, *(c for c in made.of(name) if c.id not in names)])
        made = made.with_spot(name, [Spot(code, "USDT") for code in codes])
    return made


def emptied(book: Any) -> Any:
    """A book of one level a side that holds next to nothing."""
    return {**book, **{side: [[book[side][0][0], "0.001"]] for side in ("bids", "asks")}}


def serve(counts: str, thin: str) -> None:
    """The loopback exchange in this process: its URL, and at each line of stdin what was asked since the last."""
    made = world(int(time.time() * 1000), json.loads(counts))
    with ExchangeServer(made, delay_ms=LATENCY_SECONDS * 1000) as server:
        if thin:
            names = "|".join(f"{code}USDT" for code in _codes(json.loads(counts)["binance"])[::2])
            server.faults.append(Fault(rf"fapi.*depth.*symbol=({names})(&|$)", "rewrite", edit=emptied))
        print(server.url, flush=True)
        for _ in sys.stdin:
            urls = [request.url for request in server.requests]
            server.requests.clear()
            print(json.dumps(urls), flush=True)


def bound(urls: list[str], exchanges: Iterable[str], cold: bool) -> tuple[float, str]:
    """Seconds that these requests take at best, and how they are made up."""
    from fundcli.market.scanning import REQUESTS_AT_ONCE

    kinds: Counter[tuple[str, str]] = Counter()
    for url in urls:
        name = next(name for name in exchanges if name in url)
        spot = "spot " if SPOT.search(url) else ""
        kinds[name, spot + ("books" if BOOK.search(url) else "histories" if HISTORY.search(url) else "bulk")] += 1

    def turns(name: str, kind: str) -> int:
        return ceil(kinds[name, kind] / REQUESTS_AT_ONCE)

    waits = max((CHAIN[name] if cold else 1) + turns(name, "histories") for name in exchanges)
    waits += max(turns(name, kind) for name in exchanges for kind in ("books", "spot books"))
    return waits * LATENCY_SECONDS, ", ".join(f"{name} {count} {kind}" for (name, kind), count in sorted(kinds.items()))


def main(rounds: int = 3) -> None:
    """Print requests, the bound, the ratio to it, and the processor's time."""
    for title, (counts, cold, thin) in LAYOUTS.items():
        words = [json.dumps(counts), "thin" * thin]
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert server.stdout is not None and server.stdin is not None
        url = server.stdout.readline().strip()
        print(f"\n{title}", flush=True)
        try:
            with tempfile.TemporaryDirectory() as folder:
                command = [sys.executable, "-c", UNPACED, "scan", "--history", f"{HISTORY_DAYS}d", "-o", "json", "-q"]
                command += [part for name in counts for part in ("-e", name)]
                for turn in range(rounds + 1):
                    env = {**os.environ, "FUNDCLI_GATEWAY": url}
                    env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its byte code
                    cache = Path(folder) / (f"cache{turn}" if cold else "cache")
                    env |= {f"FUNDCLI_{kind}_DIR": str(Path(folder) / kind) for kind in ("DATA", "CONFIG")}
                    start = time.perf_counter()
                    child = subprocess.Popen(
                        command, env=env | {"FUNDCLI_CACHE_DIR": str(cache)}, stdout=subprocess.PIPE
                    )
                    assert child.stdout is not None
                    out = child.stdout.read()
                    _, status, usage = os.wait4(child.pid, 0)
                    took = time.perf_counter() - start
                    if status:
                        sys.exit(f"the scan ended with {os.waitstatus_to_exitcode(status)}")
                    server.stdin.write("\n")
                    server.stdin.flush()
                    urls: list[str] = json.loads(server.stdout.readline())
                    if not turn:
                        continue  # the first round writes byte code and, where they are kept, the lists
                    least, parts = bound(urls, counts, cold)
                    ranked = sum(row["rank"] is not None for row in json.loads(out)["rows"])
                    print(f"  {len(urls)} requests ({parts}), {ranked} ranked")
                    print(
                        f"  {took:.2f} s, bound {least:.2f} s, ratio {took / least:.2f} (aim: at most 1.30), ", end=""
                    )
                    print(f"processor {usage.ru_utime + usage.ru_stime:.2f} s, {usage.ru_maxrss / 1024:.0f} MiB")
        finally:
            server.kill()


if __name__ == "__main__":
    main()
