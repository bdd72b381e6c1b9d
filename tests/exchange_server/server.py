"""The loopback server: records each request, finds the answer, lets faults strike, sends."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.exchange_server import wire
from tests.exchange_server.faults import Fault, Reply, encode, spoil
from tests.exchange_server.wire.common import Call, WireError
from tests.exchange_server.world import World

#: Encoded answers are kept up to this many bytes in all; a real spot exchangeInfo alone takes 15 MB.
CACHE_BYTES = 256 * 1024 * 1024

Payload = object | Callable[[dict[str, str], bytes], object]


@dataclass(frozen=True)
class Request:
    """One request as it came in; `at` is its time on the monotonic clock, in seconds."""

    method: str
    url: str
    body: bytes
    headers: dict[str, str]
    at: float

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def subject(self) -> str:
        """What faults and answers are matched against."""
        return f"{self.url} {self.body.decode(errors='replace')}" if self.method == "POST" else self.url


@dataclass(frozen=True)
class _Override:
    pattern: re.Pattern[str]
    payload: Payload
    status: int
    content_type: str


class ExchangeServer:
    """Serves a world on 127.0.0.1 from a daemon thread, as a context manager or by start() and close()."""

    def __init__(self, world: World, *, port: int = 0, delay_ms: float = 0) -> None:
        self.delay_ms = delay_ms
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.url = ""
        self._port = port
        self._world = world
        self._overrides: list[_Override] = []
        self._cache: dict[tuple[str, bytes], Reply] = {}
        self._cached_bytes = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._http: _Listener | None = None

    @property
    def world(self) -> World:
        return self._world

    @world.setter
    def world(self, world: World) -> None:
        with self._lock:
            self._world = world
            self._cache.clear()
            self._cached_bytes = 0

    def answer(self, pattern: str, payload: Payload, status: int = 200, content_type: str = "application/json") -> None:
        """Answer requests that match with `payload`: bytes as they are, a callable's result, else as JSON.

        The newest of several matching answers wins.
        """
        self._overrides.insert(0, _Override(re.compile(pattern), payload, status, content_type))

    def seen(self, pattern: str) -> list[Request]:
        """The requests so far whose URL (and body, for POST) match."""
        return [request for request in list(self.requests) if re.search(pattern, request.subject)]

    def start(self) -> ExchangeServer:
        # encoded before anyone listens: the first request must not pay for 15 MB of JSON
        for url in wire.BULK:
            self._from_world(url, b"")
        self._http = _Listener(self, self._port)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def close(self) -> None:
        self._closing.set()
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http.close_connections()
            self._http = None

    def __enter__(self) -> ExchangeServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _respond(self, request: Request) -> tuple[Reply, Fault | None]:
        """The reply, and the fault that has to do with the way it is sent."""
        with self._lock:
            self.requests.append(request)
            edits, struck = [], None
            for fault in self.faults:
                if fault.kind == "rewrite":
                    edits += [fault] if fault.strikes(request.subject) else []
                elif struck is None and fault.strikes(request.subject):
                    struck = fault
        reply = self._overridden(request) or self._from_world(request.url, request.body)
        for fault in edits:
            reply = spoil(fault, reply)
        return (spoil(struck, reply) if struck else reply), struck

    def _overridden(self, request: Request) -> Reply | None:
        for override in list(self._overrides):
            if override.pattern.search(request.subject):
                payload = override.payload
                if callable(payload):
                    payload = payload(request.query, request.body)
                return Reply(encode(payload), override.status, content_type=override.content_type)
        return None

    def _from_world(self, url: str, body: bytes) -> Reply:
        kept = self._cache.get((url, body))
        if kept is not None:
            return kept
        world = self._world
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        answering = wire.find(parts.hostname or "")
        if answering is None:
            return Reply(encode({"error": "the test server knows no such host", "url": url}), 404)
        try:
            reply = Reply(encode(answering(world, Call(parts.hostname or "", parts.path, query, body))))
        except WireError as error:
            return Reply(encode(error.payload), error.status)
        with self._lock:
            # a world that was replaced meanwhile must not leave its answers behind
            if world is self._world and self._cached_bytes + len(reply.body) <= CACHE_BYTES:
                self._cache[url, body] = reply
                self._cached_bytes += len(reply.body)
        return reply


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, owner: ExchangeServer, port: int) -> None:
        self.owner = owner
        self.open_sockets: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def close_connections(self) -> None:
        # keep-alive clients would hold their threads for ever
        for open_socket in list(self.open_sockets):
            _hang_up(open_socket)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that give up are part of the game: no traceback."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener
    connection: socket.socket

    def setup(self) -> None:
        super().setup()
        self.server.open_sockets.add(self.connection)

    def finish(self) -> None:
        self.server.open_sockets.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        owner, closing = self.server.owner, self.server.owner._closing
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = re.sub(r"^(https?:)/+", r"\1//", self.path.removeprefix("/"))
        assert self.command is not None
        request = Request(self.command, url, body, dict(self.headers.items()), time.monotonic())
        try:
            reply, fault = owner._respond(request)
        except Exception:
            # a broken answer must not look like a fault that somebody asked for
            text = {"error": "the test server failed", "trace": traceback.format_exc()}
            reply, fault = Reply(encode(text), 500), None
        if owner.delay_ms > 0:
            closing.wait(owner.delay_ms / 1000)
        kind = fault.kind if fault else None
        if fault and kind == "hang":
            closing.wait(fault.seconds)
        if kind == "drop" or closing.is_set():
            self._hang_up()
            return
        self._send(reply, kind)

    def _send(self, reply: Reply, kind: str | None) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if kind == "cut":
            self.wfile.write(reply.body[: len(reply.body) // 2])
            self._hang_up()
        elif kind == "slow":
            for i in range(len(reply.body)):
                if self.server.owner._closing.wait(0.2):
                    break
                self.wfile.write(reply.body[i : i + 1])
        else:
            self.wfile.write(reply.body)

    def _hang_up(self) -> None:
        self.close_connection = True
        _hang_up(self.connection)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
