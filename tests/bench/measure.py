"""Whole processes, measured in turns so that a noisy machine is noisy for all of them."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# fundcli with the exchanges' own pace lifted, by a bucket without a bottom in the place of the client's.
UNPACED = """
import sys
from fundcli.exchanges import client

class Bottomless(client.TokenBucket):
    def take(self, cost):
        pass

client.TokenBucket = Bottomless
from fundcli.__main__ import run
run()
"""


@dataclass(frozen=True)
class Program:
    """A command line to be timed."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] | None = None
    before: Sequence[str] | None = None


def seconds(programs: Sequence[Program], rounds: int) -> dict[str, float]:
    """Median wall time of each program over the rounds, in turns."""
    times: dict[str, list[float]] = {program.name: [] for program in programs}
    for turn in range(rounds + 1):
        for program in programs:
            env = {**os.environ, **(program.env or {})}
            env.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its byte code
            if program.before:
                subprocess.run(program.before, check=True)
            start = time.perf_counter()
            done = subprocess.run(program.command, env=env, capture_output=True, check=False)
            took = time.perf_counter() - start
            if done.returncode:
                sys.exit(f"{program.name} failed: {done.stderr.decode()[-500:]}")
            if turn:  # the first round warms the disk and writes byte code
                times[program.name].append(took)
    return {name: statistics.median(values) for name, values in times.items()}


def peak_mib(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Peak resident memory of one process, from its own resource usage."""
    child = subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{command[0]} ended with {child.returncode}")
    return usage.ru_maxrss / 1024


def report(title: str, times: Mapping[str, float], base: str, bounds: Mapping[str, float]) -> None:
    """Print each time and its ratio to the base, beside the ratio that is aimed at."""
    print(f"\n{title}")
    for name, value in times.items():
        ratio = value / times[base]
        aim = f"  (aim: at most {bounds[name]:.2f})" if name in bounds else ""
        print(f"  {name:<46} {value * 1000:8.1f} ms   {ratio:5.2f} x{aim}")
