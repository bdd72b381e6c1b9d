"""The application as a whole: exit codes, one plain error line, no traceback whatever is typed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fundcli.app import main
from fundcli.errors import DataError, ExchangeError, NotReportedError, UsageError
from fundcli.settings import Environment
from tests.commands.expect import refused

TYPED = """0 1 -1 5 0.01 0.01% -0.05% 1bp 100% -100% 1000% 1e-30 1e15 1e16 nan inf 8h 30d 1000y 1s 480min
2026-01-05 2026-01-05T08:00Z 2199-12-31 BTC BTCUSD ETH/USD:ETH okx krakenfutures ftx long short taker maker
taker,maker 1,2,3 base spot reverse VIP1 BNB \ud800 ٣% 🚀 =1 -- total>0 total<8% 10.95%"""
VALUES = st.sampled_from([*TYPED.split(), "", " ", "\x1b[31m", "net < 0", "legs.fee > 1"])
OPTIONS = {
    "cost": "exchange symbol side leverage notional size price rate interval hold open close fees perp-fee tier "
    "discount compare leverages fail-if output",
    "carry": "exchange symbol direction notional price leverage rate interval hold open close legs spot-fee perp-fee "
    "spot-fee-in tier discount slippage basis-open basis-close borrow-rate borrow-leverage collateral haircut shock "
    "buffer fail-if output",
    "stress": "exchange symbol direction side notional size price leverage margin funding-paid buffer collateral "
    "haircut maintenance-rate maintenance-amount fee floor shocks day adl borrow-leverage spot-level fail-if output",
    "book": "near floor shocks day fail-if output",
    "apy": "exchange rate interval apr apy target principal friction fail-if output",
}
# Files of positions that are sound, and what else may stand in them.
FILE = "book.yaml"
SOUND = {"exchange": "binance", "symbol": "BTC", "side": "short", "size": "1", "entry": "64000", "price": "65000"}
KINDS = [
    {**SOUND, "leverage": "5"},
    {**SOUND, "exchange": "hyperliquid", "symbol": "kPEPE", "leverage": "3", "account": "main"},
    {**SOUND, "market": "spot", "borrow_rate": "5%"},
    {**SOUND, "symbol": "BTC/USD:BTC", "side": "long", "margin": "2", "maintenance_rate": "1%", "rate": "0.01%"},
]
KEYS = """exchange symbol side market size notional entry leverage margin account rate interval price maintenance_rate
maintenance_amount fee borrow_rate opened"""
MONEY = st.sampled_from(["1e-30", "1e15", "1e-9", "0.3", "20k", "7"])
SHARES = st.sampled_from(["0.01%", "-0.25%", "99%", "0", "1e-30", "2.9bp"])
WORDS = st.sampled_from(["spot", "perp", "short", "long", "kPEPE", "1000PEPE", "BTC/USD:BTC", "hyperliquid", "main"])


@st.composite
def _books(draw):
    """Sound positions, a few of whose values are others."""
    positions = [dict(each) for each in draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))]
    for _ in range(draw(st.integers(0, 3))):
        draw(st.sampled_from(positions))[draw(st.sampled_from(KEYS.split()))] = draw(MONEY | SHARES | WORDS | VALUES)
    shared = any("account" in each for each in positions)
    # JSON is YAML, but for half a character
    return json.dumps({"positions": positions, "accounts": {"main": draw(MONEY)} if shared else {}}).replace(
        "\\ud", "?"
    )


@st.composite
def _lines(draw):
    command = draw(st.sampled_from(list(OPTIONS)))
    names = draw(st.lists(st.sampled_from(OPTIONS[command].split()), max_size=6, unique=True))
    line = [command, FILE] if command == "book" else [command]
    for name in names:
        line.append(f"--{name}={draw(VALUES)}")
    return [*line, *draw(st.lists(st.sampled_from(["--strict", "-q", "--no-color"]), max_size=2))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(_lines())
@example(["carry", "--rate=0.01%", "--interval=0.0001s"])
@example(["cost", "--size=1e15", "--price=1e15", "--rate=1000%", "--hold=1000y"])
def test_whatever_is_typed_ends_in_an_answer_or_in_one_error_line(run, line):
    Path(FILE).write_text(json.dumps({"positions": KINDS[2:]}), encoding="utf-8")
    _holds(run(*line), line)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(_books())
def test_whatever_a_file_of_positions_says_ends_in_an_answer_or_in_one_error_line(run, text):
    Path(FILE).write_text(text, encoding="utf-8")
    _holds(run("book", FILE, "--offline"), text)


def _holds(result, line):
    assert result.code in (0, 1, 2, 3, 6), (line, result.err)
    assert "Traceback" not in result.err
    if result.code in (2, 3, 6):
        assert result.out == ""
        assert result.err.startswith("fundcli: error: ")
        assert result.err.count("\n") == 1
        assert "\x1b" not in result.err
    else:
        assert result.out
        assert all(text.startswith("fundcli: warning: ") for text in result.err.splitlines())


def test_every_error_has_its_own_exit_code():
    """DESIGN §3: 2 the command line, 3 a file, 4 an exchange, 6 not reported."""
    codes = [
        UsageError("x").exit_code,
        DataError("x").exit_code,
        ExchangeError("okx", "x").exit_code,
        NotReportedError("x").exit_code,
    ]
    assert codes == [2, 3, 4, 6]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("cost", 0),
        ("cost --fail-if apr_on_margin>0", 1),
        ("cost --leverage 0", 2),
        ("cots", 2),
        ("cost --exchange none.yaml", 3),
        ("cost --strict", 6),
        ("cost --live --gateway http://127.0.0.1:9 --timeout 2s", 4),
    ],
)
def test_an_exit_code_says_what_happened(run, line, code):
    result = run(*line.split())
    assert result.code == code, result.err
    assert bool(result.out) is (code in (0, 1))


def test_an_error_says_what_happened_and_what_to_do(run):
    result = run("cost", "--leverage", "0")
    assert result.err == "fundcli: error: --leverage: '0' is not above zero. Write a positive number.\n"


def test_debug_shows_the_traceback_and_nothing_else_does(run):
    refused(run("cost", "--leverage", "0"), 2)
    with pytest.raises(UsageError):
        run("cost", "--leverage", "0", "--debug")


def test_text_from_the_command_line_is_harmless_in_errors(run):
    result = run("cost", "--symbol", "B\x1b[31mTC\u202e USDT")
    refused(result, 2)
    assert "\x1b" not in result.err
    assert "\u202e" not in result.err


def _shell(command, **environ):
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, env={**os.environ, **environ}
    )


def test_a_closed_pipe_ends_quietly():
    done = _shell(
        f"set -o pipefail; {sys.executable} -m fundcli profiles show binance | head -1; echo ${{PIPESTATUS[0]}}"
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[0].startswith("key\t")
    assert done.stdout.splitlines()[-1] in ("0", "141")


def test_a_real_process_writes_the_answer_to_stdout_and_the_rest_to_stderr():
    done = _shell(f"{sys.executable} -m fundcli carry --rate=-0.01% -o ndjson")
    assert done.returncode == 0
    assert done.stdout.startswith('{"exchange":"binance"')
    assert done.stderr.startswith("fundcli: warning: ")
    failed = _shell(f"{sys.executable} -m fundcli cost --rate 0.01")
    assert (failed.returncode, failed.stdout) == (2, "")
    assert failed.stderr.count("\n") == 1


def test_a_terminal_without_utf_8_still_gets_an_answer():
    done = _shell(
        f"{sys.executable} -m fundcli profiles show binance", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0"
    )
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


def test_an_interrupt_is_exit_130_without_a_traceback():
    """A server that accepts and never answers; Ctrl-C after the request was begun."""
    import socket

    with socket.socket() as hanging:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen()
        gateway = f"http://127.0.0.1:{hanging.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "fundcli", "cost", "--live", "--gateway", gateway, "--timeout", "20s"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        hanging.settimeout(15)
        connection, _ = hanging.accept()
        with connection:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=15)
    assert (process.returncode, out) == (130, "")
    assert all(line.startswith("fundcli: ") for line in err.splitlines())


def test_a_folder_that_cannot_be_read_is_no_crash(run, monkeypatch):
    monkeypatch.setenv("FUNDCLI_CONFIG_DIR", "/dev/null/none")
    assert run("cost").code == 0
    assert run("profiles", "init", "okx").code == 3


def test_the_environment_is_asked_for_its_streams_once_and_can_be_replaced():
    import io

    out, err = io.StringIO(), io.StringIO()
    assert main(["cost", "-o", "json"], Environment(stdout=out, stderr=err)) == 0
    assert out.getvalue().startswith("{")
    assert err.getvalue() == ""


def test_nothing_is_left_behind_in_the_working_folder(run):
    for line in ("cost", "carry", "apy", "profiles", "schema"):
        assert run(line).code == 0
    assert list(Path.cwd().iterdir()) == []
