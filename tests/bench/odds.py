"""`carry --odds` over five years of settlements with 10,000 resamples: processor time above start-up, against an aim.

Processor time of whole processes (user and system), the least of the rounds: other work on the machine adds to it and
never takes away. Start-up is the same command line without --odds.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from tests.lake.filling import HOUR, fill, ms

ROUNDS = 7
AIM_SECONDS = 0.5
CARRY = ("carry", "--symbol", "BTC", "--rate", "0.01%", "--hold", "30d", "-o", "json")


def processor_seconds(command: list[str], env: Mapping[str, str]) -> float:
    """User and system time of one process."""
    child = subprocess.Popen(command, env=dict(env), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print each span's time above start-up and its ratio to the aim."""
    dice = random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        for years, hours in ((5, 8), (7, 8), (1, 1)):
            data = Path(folder) / f"{years}-{hours}"
            count = years * 8760 // hours
            first = ms("2026-11-01") - count * hours * HOUR
            rows = [(first + i * hours * HOUR, f"{dice.gauss(0.0001, 0.0002):.8f}") for i in range(count)]
            fill(data / "lake", rows, price=Decimal(60_000))
            env = {**os.environ, "FUNDCLI_DATA_DIR": str(data)}
            env.pop("PYTHONDONTWRITEBYTECODE", None)
            program = [sys.executable, "-m", "fundcli", *CARRY]
            bare = min(processor_seconds(program, env) for _ in range(ROUNDS))
            whole = min(processor_seconds([*program, "--odds"], env) for _ in range(ROUNDS))
            above = whole - bare
            aim = f"{above / AIM_SECONDS:5.2f} x  (aim: at most 1.00)" if (years, hours) == (5, 8) else ""
            print(f"  {years} years of {hours} h  start-up {bare:.3f} s  above it {above:.3f} s  {aim}")


if __name__ == "__main__":
    main()
