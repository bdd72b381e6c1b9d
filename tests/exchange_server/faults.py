"""What can go wrong between a client and an exchange, made to order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["status", "hang", "cut", "half", "html", "empty", "drop", "slow", "rewrite"]

HTML_PAGE = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon</body></html>"


@dataclass
class Fault:
    """One misbehaviour for the requests that match.

    `match` is searched in the original absolute URL and, for POST, in the body after a space.
    status   `status`, `headers` and `body` (JSON-encoded unless bytes) instead of the answer
    hang     nothing for `seconds`, then the answer; the close of the server ends the wait
    cut      the full Content-Length, half of the body, then the connection closes
    half     sound HTTP, but the text ends in its middle
    html     200 with an HTML page
    empty    200 with no body
    drop     the connection closes without an answer
    slow     one byte per 0.2 s
    rewrite  `edit(answer)` instead of the answer; several rewrites apply one after another
    """

    match: str
    kind: Kind
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    seconds: float = 3600.0
    edit: Callable[[object], object] | None = None
    #: how often it strikes; None: always
    times: int | None = None
    #: how many matching requests pass unharmed before
    skip: int = 0
    #: how often it has struck
    used: int = field(default=0, init=False)

    def strikes(self, subject: str) -> bool:
        """Whether it hits this request; counts the hit."""
        if (self.times is not None and self.used >= self.times) or not re.search(self.match, subject):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.used += 1
        return True


@dataclass(frozen=True)
class Reply:
    """An answer ready to be sent."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


def encode(answer: object) -> bytes:
    return answer if isinstance(answer, bytes) else json.dumps(answer, separators=(",", ":")).encode()


def spoil(fault: Fault, reply: Reply) -> Reply:
    """The reply after a fault that changes the text but not the way it is sent."""
    if fault.kind == "status":
        body = {"error": fault.status} if fault.body is None else fault.body
        return Reply(encode(body), fault.status, fault.headers)
    if fault.kind == "half":
        return Reply(reply.body[: len(reply.body) // 2], reply.status, reply.headers)
    if fault.kind == "html":
        return Reply(HTML_PAGE, 200, fault.headers, "text/html; charset=utf-8")
    if fault.kind == "empty":
        return Reply(b"", 200, fault.headers)
    if fault.kind == "rewrite" and fault.edit is not None:
        return Reply(encode(fault.edit(json.loads(reply.body))), reply.status, reply.headers)
    return reply
