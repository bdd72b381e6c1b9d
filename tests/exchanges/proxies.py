"""A tiny HTTP forward proxy and a tiny SOCKS5 server on loopback, which count what passes through them."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from types import TracebackType


class Proxy:
    """`seen` holds the targets asked for: absolute URLs for HTTP, host:port for CONNECT and SOCKS5."""

    scheme = "http"

    def __init__(self, answer: bytes | None = None) -> None:
        self.seen: list[str] = []
        self.heads: list[str] = []
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._handle, args=(client,), daemon=True).start()

    def _handle(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), client:
            self.serve(client)

    def serve(self, client: socket.socket) -> None:
        """One request: forward it with a relative path, on a connection of its own."""
        head = b""
        while b"\r\n\r\n" not in head:
            part = client.recv(65536)
            if not part:
                return
            head += part
        first, _, rest = head.partition(b"\r\n")
        method, target, version = first.split(b" ", 2)
        self.seen.append(target.decode())
        self.heads.append(head.decode("latin-1"))
        if self._answer is not None or method == b"CONNECT":
            client.sendall(self._answer or b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, path = target.removeprefix(b"http://").partition(b"/")
        name, _, port = host.decode().partition(":")
        lines = [line for line in rest.split(b"\r\n") if not line.lower().startswith((b"connection", b"proxy-"))]
        request = b" ".join((method, b"/" + path, version)) + b"\r\nConnection: close\r\n" + b"\r\n".join(lines)
        with socket.create_connection((name, int(port or 80))) as server:
            server.sendall(request)
            status = server.makefile("rb", buffering=0).readline()
            # one request a connection: the client must not keep it
            client.sendall(status + b"Connection: close\r\n")
            _pump(server, client)


class Socks5(Proxy):
    """SOCKS5 without a password; resolves no names."""

    scheme = "socks5"

    def serve(self, client: socket.socket) -> None:
        """Greeting, request, then both ways."""
        _, methods = client.recv(2)
        client.recv(methods)
        client.sendall(b"\x05\x00")
        _, _, _, kind = client.recv(4)
        name = client.recv(client.recv(1)[0]).decode() if kind == 3 else socket.inet_ntoa(client.recv(4))
        (port,) = struct.unpack("!H", client.recv(2))
        self.seen.append(f"{name}:{port}")
        with socket.create_connection((name, port)) as server:
            client.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
            threading.Thread(target=_pump, args=(client, server), daemon=True).start()
            _pump(server, client)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
