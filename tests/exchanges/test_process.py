"""What only a process shows: an interrupt, a closed pipe, a network that is not there, what was imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.exchange_server import ExchangeServer, Fault, World

ROOT = Path(__file__).resolve().parents[2]
FUNDCLI = [sys.executable, "-m", "fundcli"]


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def _start(*arguments: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*FUNDCLI, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment(**more)
    )


def _until_asked(server: ExchangeServer) -> None:
    end = time.monotonic() + 20
    while not server.requests:
        assert time.monotonic() < end, "it never asked"
        time.sleep(0.02)


@pytest.mark.parametrize(
    "arguments",
    [
        ("rates", "-e", "okx"), ("rates", "-e", "htx", "-e", "binance"), ("rates", "-s", "BTC", "--last", "3d"),
        ("cost", "--live"), ("carry", "--live"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_ctrl_c_during_a_hang_ends_at_once_with_130(server: ExchangeServer, arguments: tuple[str, ...]):
    server.faults.append(Fault(".", "hang"))
    process = _start(*arguments)
    _until_asked(server)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err and "Exception ignored" not in err
    assert err in ("", "fundcli: error: interrupted.\n")


def test_a_pipe_closed_by_its_reader_ends_quietly(server: ExchangeServer):
    process = _start("rates", "-e", "okx", "-o", "json")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(timeout=20) in (0, 141, -signal.SIGPIPE)
    assert err == ""


def test_without_a_network_the_exit_code_is_4_soon():
    """No gateway, and a name that nothing resolves: this machine, or the proxy's, has no such network."""
    process = _start("rates", "-e", "okx", "--timeout", "15s", "--proxy", "http://no-such-host.invalid:3128")
    out, err = process.communicate(timeout=25)
    assert (process.returncode, out) == (4, "")
    assert err.startswith("fundcli: error: okx: ") and len(err.splitlines()) == 1
    assert "Traceback" not in err


def test_an_unresolvable_gateway_is_exit_4_and_says_so(tmp_path: Path):
    process = _start(
        "rates", "-e", "okx", FUNDCLI_GATEWAY="http://no-such-host.invalid", FUNDCLI_CACHE_DIR=str(tmp_path)
    )
    out, err = process.communicate(timeout=25)
    assert (process.returncode, out) == (4, "")
    assert "gateway" in err and "does not resolve" in err


def test_a_password_stands_not_even_in_a_traceback(server: ExchangeServer):
    process = _start("rates", "-e", "okx", "--debug", "--proxy", "http://user:s3cr3t-word@127.0.0.1:1")
    _, err = process.communicate(timeout=25)
    assert "Traceback" in err
    assert "s3cr3t-word" not in err


def test_reading_one_exchange_imports_no_other():
    """`import ccxt` alone would take every exchange along."""
    script = """
import os, sys
from fundcli.app import main
from fundcli.settings import Environment
code = main(["rates", "-e", "okx", "-o", "json"], Environment(stdout=open(os.devnull, "w")))
loaded = sorted(name for name in sys.modules if name.startswith("ccxt.") and name.count(".") == 1)
print(code, "ccxt.binance" in loaded, "ccxt.okx" in loaded, len(loaded) < 10, "rich" in sys.modules)
"""
    with ExchangeServer(_world()) as server:
        environment = _environment(FUNDCLI_GATEWAY=server.url)
        done = subprocess.run(
            [sys.executable, "-c", script], check=False, capture_output=True, text=True, env=environment, timeout=60
        )
    assert done.stdout.split() == ["0", "False", "True", "True", "False"], done.stderr


def test_import_ccxt_works_after_an_exchange_was_read():
    script = """
import os
from fundcli.app import main
from fundcli.settings import Environment
main(["rates", "-e", "okx", "-o", "json"], Environment(stdout=open(os.devnull, "w")))
import ccxt
print(ccxt.__version__, ccxt.kraken().id, issubclass(ccxt.NetworkError, Exception))
"""
    with ExchangeServer(_world()) as server:
        environment = _environment(FUNDCLI_GATEWAY=server.url)
        done = subprocess.run(
            [sys.executable, "-c", script], check=False, capture_output=True, text=True, env=environment, timeout=60
        )
    assert done.stdout.split() == ["4.5.90", "kraken", "True"], done.stderr


def _world() -> World:
    return World.small(int(time.time() * 1000), days=2)
