"""A sync of ten exchanges, fifty contracts each, a year, against the time that its requests take at best.

The bound is the slowest exchange's: its requests ÷ contracts at once × latency, since exchanges are read side by side.
The exchanges' own pace is lifted here, by a bucket without a bottom in the place of the client's.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.bench.measure import UNPACED
from tests.exchange_server.build import Spec, _build, _codes
from tests.exchange_server.server import ExchangeServer
from tests.exchange_server.world import World

EXCHANGES = ("binance", "bybit", "okx", "gate", "htx", "hyperliquid", "bitget", "bingx", "mexc", "aster")
CONTRACTS = 50
LATENCY_SECONDS = 0.1
SERVE = "from tests.bench.sync import serve; serve()"


def world(now_ms: int) -> World:
    """Fifty linear contracts an exchange, of 8 h, each with a year of settlements."""
    small = World.small(now_ms)
    contracts = dict(small.contracts)
    for name in EXCHANGES:
        long = [_build(name, Spec(code), now_ms, 365, None) for code in _codes(CONTRACTS)]
        names = {c.id for c in long}
        contracts[name] = (*long, *(c for c in contracts[name] if c.id not in names))
    return replace(small, contracts=contracts)


def serve() -> None:
    """The loopback exchange in this process: its URL, then for ever."""
    with ExchangeServer(world(int(time.time() * 1000)), delay_ms=LATENCY_SECONDS * 1000) as server:
        print(server.url, flush=True)
        sys.stdin.read()


def main() -> None:
    """Print requests, the bound, the ratio to it, and the peak memory."""
    from fundcli.market.syncing import REQUESTS_AT_ONCE

    server = subprocess.Popen([sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    url = server.stdout.readline().strip()
    try:
        with tempfile.TemporaryDirectory() as folder:
            env = {**os.environ, "FUNDCLI_GATEWAY": url}
            env |= {f"FUNDCLI_{kind}_DIR": str(Path(folder) / kind) for kind in ("DATA", "CACHE", "CONFIG")}
            command = [sys.executable, "-c", UNPACED, "history", "sync", "-o", "json", "-q"]
            command += [part for name in EXCHANGES for part in ("-e", name)]
            command += [part for code in _codes(CONTRACTS) for part in ("-s", code)]
            start = time.perf_counter()
            child = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
            assert child.stdout is not None
            out = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
            took = time.perf_counter() - start
            if status:
                sys.exit(f"the sync ended with {os.waitstatus_to_exitcode(status)}")
    finally:
        server.kill()
    rows = json.loads(out)["rows"]
    most = max(row["requests"] for row in rows)
    total = sum(row["requests"] for row in rows)
    bound = most / REQUESTS_AT_ONCE * LATENCY_SECONDS
    even = total / (REQUESTS_AT_ONCE * len(rows)) * LATENCY_SECONDS
    print(", ".join(f"{row['exchange']} {row['requests']}" for row in rows))
    print(f"{total} requests, {sum(row['added'] for row in rows)} settlements, {took:.1f} s")
    print(f"the slowest exchange alone: {bound:.1f} s, ratio {took / bound:.2f} (aim: at most 1.30)")
    print(f"all requests spread evenly: {even:.1f} s, ratio {took / even:.2f}")
    print(f"processor: {usage.ru_utime + usage.ru_stime:.1f} s of the sync's own")
    print(f"peak memory: {usage.ru_maxrss / 1024:.0f} MiB (aim: under 300)")


if __name__ == "__main__":
    main()
