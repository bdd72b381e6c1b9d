"""Killed at any moment, or run beside others: nothing lost, nothing twice, nothing half, no temporary file."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.exchange_server import ExchangeServer, Fault
from tests.exchange_server.world import DAY_MS
from tests.exchanges.support import iso, remembered
from tests.lake.sync_support import ROOT, changing, partitions, rows, settled, strays, whole

EXCHANGES = ("binance", "bybit", "okx", "gate", "bitget")
READER = """
import sys, time
from pathlib import Path
from fundcli.lake import reader
root, end, most = Path(sys.argv[1]), time.monotonic() + float(sys.argv[2]), 0
while time.monotonic() < end:
    held = sum(found.settlements for found in reader.contracts(root))
    assert held >= most, (held, most)
    most = held
print(most)
"""


def _start(data: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FUNDCLI_DATA_DIR": str(data)}
    environment["FUNDCLI_CACHE_DIR"] = str(data.parent / f"{data.name}-cache")
    return subprocess.Popen(
        [sys.executable, "-m", "fundcli", "history", "sync", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


def _finish(process: subprocess.Popen[str], code: int = 0) -> str:
    _, err = process.communicate(timeout=120)
    assert process.returncode == code, err
    return err


def _sync(server: ExchangeServer) -> list[str]:
    """A sync of several exchanges over a fixed window, one of them with a contract that changed its interval."""
    now = server.world.now_ms
    contracts = [c for c in server.world.of("binance") if c.base != "LAYER"]
    server.world = server.world.with_contracts("binance", [*contracts, changing(now)])
    server.delay_ms = 60
    names = [part for name in EXCHANGES for part in ("-e", name)]
    return [*names, "--all", "--since", iso(now - 200 * DAY_MS), "--until", iso(now)]


def _killed(server: ExchangeServer, folder: Path, rounds: int) -> tuple[int, int]:
    """Kill as many syncs, each at a random moment; returns how many were killed, and how many with a part written."""
    sync = _sync(server)
    assert _finish(_start(folder / "whole", *sync)) == ""
    asked = len(server.requests)
    wanted = {name: whole(name, folder / "whole" / "lake") for name in EXCHANGES}
    assert [row[:3] for row in wanted["binance"]] == settled(
        remembered(server.world, "binance"), server.world.now_ms - 200 * DAY_MS
    )
    rolled = random.Random(rounds)
    killed = partial = 0
    for number in range(rounds):
        data = folder / f"round-{number}"
        server.requests.clear()
        process = _start(data, *sync)
        moment = rolled.randrange(asked)  # a request, not a time: a loaded machine is as far by then
        while process.poll() is None and len(server.requests) <= moment:
            time.sleep(0.005)
        time.sleep(rolled.uniform(0, 0.1))
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
        before = sum(len(rows(name, data / "lake")) for name in EXCHANGES)
        partial += 0 < before < sum(map(len, wanted.values()))
        assert _finish(_start(data, *sync)) == ""
        for name in EXCHANGES:
            assert whole(name, data / "lake") == wanted[name], f"round {number}: {name}"
        assert not strays(data) and not strays(folder / f"{data.name}-cache")
    return killed, partial


def test_a_sync_killed_at_any_moment_and_run_again_equals_one_that_was_not(server: ExchangeServer, tmp_path: Path):
    killed, _ = _killed(server, tmp_path, 5)
    assert killed >= 2


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_a_hundred_syncs_killed_at_random_moments(server: ExchangeServer, tmp_path: Path, part: int):
    killed, partial = _killed(server, tmp_path, 25 + part)  # the number is the seed of the moments, too
    print(f"killed {killed}, of them {partial} with a part of the rows written")
    assert killed >= 15 and partial >= 3


def test_ctrl_c_keeps_what_was_fetched(server: ExchangeServer, tmp_path: Path):
    wanted = settled(remembered(server.world, "bitget"))
    longest = max(remembered(server.world, "bitget"), key=lambda c: len(c.history))
    held_back = Fault(rf"history-fund-rate\?.*symbol={longest.id}\b", "hang", skip=1)  # its first page comes, no other
    server.faults = [held_back]
    sync = ["-e", "bitget", "--all", "--since", "1y"]
    process = _start(tmp_path / "data", *sync)
    end = time.monotonic() + 30
    while not (held_back.used and partitions("bitget", tmp_path / "data" / "lake")):  # one has come whole
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert _finish(process, 130) in ("", "fundcli: error: interrupted.\n")
    kept = rows("bitget", tmp_path / "data" / "lake")
    assert 0 < len(kept) < len(wanted) and set(kept) < set(wanted)
    server.faults = []
    assert _finish(_start(tmp_path / "data", *sync)) == ""
    assert rows("bitget", tmp_path / "data" / "lake") == wanted


def test_two_syncs_and_ten_readers_at_once_lose_nothing(server: ExchangeServer, tmp_path: Path):
    sync = _sync(server)
    data = tmp_path / "data"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    syncs = [_start(data, *sync), _start(data, *sync)]
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(data / "lake"), "8"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )
        for _ in range(10)
    ]  # fmt: skip
    for process in syncs:
        assert _finish(process) == ""
    for process in readers:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert int(out) > 0
    for name in EXCHANGES:
        since = server.world.now_ms - (91 if name == "okx" else 200) * DAY_MS
        assert rows(name, data / "lake") == settled(remembered(server.world, name), since)
    assert not strays(data)
