"""Rates over HTTP at real size, against plain ccxt and the same loopback exchange."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.measure import Program, peak_mib, report, seconds

EXCHANGES = (
    "binance", "binancecoinm", "okx", "bybit", "gate", "htx", "weex", "bitget", "hyperliquid", "krakenfutures",
)  # fmt: skip
# ccxt reaches the server as its users would do it: every URL prefixed.
CCXT = """
import sys
import ccxt
exchange = ccxt.binance()

def through(node):
    if isinstance(node, dict):
        return {key: through(value) for key, value in node.items()}
    return sys.argv[1] + "/" + node if isinstance(node, str) else node

exchange.urls["api"] = through(exchange.urls["api"])
print(len(exchange.fetch_funding_rates()))
"""


def serve(*options: str) -> tuple[subprocess.Popen[str], str]:
    """The loopback exchange in a process of its own; its URL."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.exchange_server", "--size", "real", *options], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    return server, server.stdout.readline().strip()


def main(rounds: int = 7) -> None:
    """Print the ratios and the peak memory."""
    fundcli = str(Path(sys.executable).with_name("fundcli"))
    with tempfile.TemporaryDirectory() as folder:
        cold, warm = Path(folder) / "cold", Path(folder) / "warm"

        def env(url: str, cache: Path) -> dict[str, str]:
            return {"FUNDCLI_GATEWAY": url, "FUNDCLI_CACHE_DIR": str(cache), "FUNDCLI_CONFIG_DIR": folder}

        server, url = serve()
        try:
            binance = [fundcli, "rates", "--exchange", "binance", "-o", "json"]
            times = seconds(
                [
                    Program("ccxt.binance().fetch_funding_rates()", [sys.executable, "-c", CCXT, url]),
                    Program("fundcli rates, first run", binance, env(url, cold), ["rm", "-rf", str(cold)]),
                    Program("fundcli rates, again within a day", binance, env(url, warm)),
                ],
                rounds,
            )
            bounds = {"fundcli rates, first run": 0.35, "fundcli rates, again within a day": 0.25}
            report(
                "Binance, 600 perpetuals and 3,000 spot markets", times, "ccxt.binance().fetch_funding_rates()", bounds
            )
        finally:
            server.kill()
        server, url = serve("--delay-ms", "300")
        try:
            each = [
                Program(name, [fundcli, "rates", "-e", name, "--timeout", "120s", "-o", "json"], env(url, warm))
                for name in EXCHANGES
            ]
            together = [fundcli, "rates", "--timeout", "120s", "-o", "json"]
            for name in EXCHANGES:
                together += ["-e", name]
            times = seconds([*each, Program("all ten", together, env(url, warm))], 3)
            slowest = max(EXCHANGES, key=lambda name: times[name])
            report(
                f"Ten exchanges, 300 ms on each answer, lists kept (slowest: {slowest})",
                times,
                slowest,
                {"all ten": 1.3},
            )
            print(f"\nPeak memory, all ten: {peak_mib(together, env(url, warm)):.0f} MiB (aim: under 200)")
        finally:
            server.kill()


if __name__ == "__main__":
    main()
