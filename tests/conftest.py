"""What every test stands on: a home of its own, a fixed clock, no network but loopback."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_socket import socket_allow_hosts

from fundcli.app import main
from fundcli.settings import Environment
from tests.exchange_server import ExchangeServer, World

# A Saturday evening between two settlements; the world of the loopback exchange is built around it.
NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[2] / "shared"


@dataclass(frozen=True)
class Result:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The JSON document on stdout, its numbers as Decimal."""
        from decimal import Decimal

        document: dict[str, Any] = json.loads(self.out, parse_float=Decimal)
        return document

    @property
    def result(self) -> dict[str, Any]:
        """The result in the JSON document."""
        found: dict[str, Any] = self.json["result"]
        return found

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows in the JSON document."""
        found: list[dict[str, Any]] = self.json["rows"]
        return found


Run = Callable[..., Result]


def pytest_configure() -> None:
    # a shell starts its background jobs with Ctrl-C ignored, and what they start would ignore it as well
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class _Stream(io.TextIOWrapper):
    """A stream like a process has: bytes below, text above, a terminal if asked."""

    def __init__(self, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    @property
    def text(self) -> str:
        self.flush()
        raw = self.buffer
        assert isinstance(raw, io.BytesIO)
        return raw.getvalue().decode()


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, caches and the working folder of this test alone; nothing of the user's environment."""
    for name in [name for name in os.environ if name.startswith("FUNDCLI_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    for kind in ("CONFIG", "CACHE", "DATA"):
        monkeypatch.setenv(f"FUNDCLI_{kind}_DIR", str(tmp_path / kind.lower()))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)


@pytest.fixture(autouse=True)
def _loopback_only() -> Iterator[None]:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    yield


@pytest.fixture
def run() -> Run:
    """Run a command line in this process: `run("cost", "--leverage", "5")`."""

    def call(*arguments: str, terminal: bool = False, now: datetime | None = NOW) -> Result:
        out, err = _Stream(terminal), _Stream(terminal)
        code = main(list(arguments), Environment(stdout=out, stderr=err, fixed_time=now))
        return Result(code, out.text, err.text)

    return call


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExchangeServer]:
    """The loopback exchange with its small world, and FUNDCLI_GATEWAY leading to it.

    Its world is built around the real clock, because ccxt reads that; run commands with `now=None` against it.
    """
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    with ExchangeServer(World.small(now_ms)) as running:
        monkeypatch.setenv("FUNDCLI_GATEWAY", running.url)
        yield running


@pytest.fixture
def shared() -> Path:
    """The folder of recorded answers and histories; a plain clone has none."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared with recorded exchange answers, which are not part of the project")
    return SHARED
