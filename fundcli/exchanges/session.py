"""HTTP for ccxt: gateway, proxies, deadline, retries, and what the last answer was.

ccxt is handed this session in place of its own, so that every request of every exchange passes here. (ccxt 4.5.90's
own `proxyUrl` always raises a conflict error in Python, and it ignores the proxies of the environment.)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

_CONNECT_SECONDS = 6.0
_CONNECTIONS = 16
_RETRIED = frozenset({429, 500, 502, 503, 504})
_RETRIES = 2
_FIRST_PAUSE_SECONDS = 0.4


class Network(msgspec.Struct, frozen=True):
    """How exchanges are reached, and how long each may take."""

    gateway: str | None = None
    proxy: str | None = None
    timeout_seconds: float = 30.0
    cache_folder: Path | None = None
    refresh: bool = False


class DeadlineError(requests.exceptions.Timeout):
    """The time for this exchange is used up."""


@dataclass(slots=True)
class Seen:
    """What the last answer in this thread was, for a message that names the cause."""

    url: str = ""
    status: int | None = None
    content_type: str = ""
    retry_after: str = ""
    answer: Any = None


class Deadline:
    """An instant on the monotonic clock after which nothing is begun."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, zero when over."""
        return max(0.0, self._end - time.monotonic())

    def sleep(self, seconds: float) -> None:
        """Sleep, or raise where the deadline would pass meanwhile."""
        if seconds >= self.left:
            raise DeadlineError(f"no time left to wait {seconds:.1f} s")
        if seconds > 0:
            time.sleep(seconds)

    def heard(self) -> None:
        """The exchange answered: nothing changes here, where the whole time is bounded."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Around a request: here any number at once."""
        yield


class Silence(Deadline):
    """Bounds how long an exchange says nothing, for work that may take long; each answer renews it.

    Waiting for the exchange's own pace is no silence. `requests` counts the answers; so many are under way at once.
    """

    def __init__(self, seconds: float, at_once: int) -> None:
        super().__init__(seconds)
        self._turns = threading.BoundedSemaphore(at_once)
        self.requests = 0
        self._stopped = False
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a place among the requests that are under way."""
        with self._turns:
            yield

    def heard(self) -> None:
        """An answer came."""
        with self._lock:
            self.requests += 1
        self.renew()

    def renew(self, from_now: float = 0.0) -> None:
        """The exchange is not to blame for the wait until now, nor for so many seconds to come."""
        with self._lock:
            if not self._stopped:
                self._end = max(self._end, time.monotonic() + from_now + self.seconds)

    def stop(self) -> None:
        """Nothing more is begun."""
        with self._lock:
            self._stopped, self._end = True, 0.0

    def sleep(self, seconds: float) -> None:
        """Sleep, unless silence has already lasted too long."""
        if self.left <= 0:
            raise DeadlineError("the exchange has been silent for too long")
        self.renew(seconds)
        time.sleep(max(0.0, seconds))


@dataclass
class _Local(threading.local):
    seen: Seen = field(default_factory=Seen)


class GatewaySession(requests.Session):
    """A requests session that goes through the gateway, within the deadline."""

    def __init__(self, network: Network, deadline: Deadline) -> None:
        super().__init__()
        self.trust_env = False  # or .netrc would send a user's passwords to exchanges
        self._network = network
        self._deadline = deadline
        self._local = _Local()
        self._of_environment: dict[str, Mapping[str, str]] = {}
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=_CONNECTIONS)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    @property
    def seen(self) -> Seen:
        """What this thread last saw."""
        return self._local.seen

    def request(self, method: str | bytes, url: str | bytes, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send one request, again after 429 (as Retry-After says) and 5xx while the deadline allows."""
        original = url.decode() if isinstance(url, bytes) else url
        target = f"{self._network.gateway}/{original}" if self._network.gateway else original
        self._local.seen = Seen(url=original)
        for attempt in range(_RETRIES + 1):
            kwargs["proxies"] = self._proxies(target)
            with self._deadline.turn():
                left = self._deadline.left
                if left <= 0:
                    raise DeadlineError(original)
                kwargs["timeout"] = (min(_CONNECT_SECONDS, left), left)
                response = super().request(str(method), target, **kwargs)
            self._deadline.heard()
            self._local.seen = Seen(
                original,
                response.status_code,
                response.headers.get("Content-Type", ""),
                response.headers.get("Retry-After", ""),
            )
            pause = _pause(response.status_code, self._local.seen.retry_after, attempt)
            if pause is None or attempt == _RETRIES or pause >= self._deadline.left:
                return response
            response.close()
            self._deadline.sleep(pause)
        raise AssertionError("unreachable")  # pragma: no cover

    def _proxies(self, url: str) -> Mapping[str, str]:
        if self._network.proxy:
            return {"http": self._network.proxy, "https": self._network.proxy}
        host = url.partition("://")[2].partition("/")[0]
        if host not in self._of_environment:
            self._of_environment[host] = get_environ_proxies(url, no_proxy=None)
        return self._of_environment[host]


def _pause(status: int, retry_after: str, attempt: int) -> float | None:
    """Seconds to wait before the next try; None where another try would not help."""
    if status not in _RETRIED:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        return float(_FIRST_PAUSE_SECONDS * 2**attempt)
