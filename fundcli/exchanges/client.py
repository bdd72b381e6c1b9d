"""One ccxt instance set up for reading: exact numbers, our session, our rate limit, errors in words."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec
import requests

from fundcli.errors import ExchangeError, FundcliError
from fundcli.exchanges.loading import load_class
from fundcli.exchanges.session import Deadline, DeadlineError, GatewaySession, Network, Seen

# Exchanges count requests per minute or per few seconds: so much of the allowance may be used at once.
_BURST_SECONDS = 3.0
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_YEAR_10000_MS = 253_402_300_800_000
# Numbers of decimals as the step that they mean, -3 being 1000; no exchange counts finer or coarser.
_STEPS = {str(places): f"{Decimal(1).scaleb(-places):f}" for places in range(-18, 31)}
_decoder = msgspec.json.Decoder(float_hook=str)  # a JSON number stays its text until it is a Decimal


class NotJsonError(Exception):
    """The answer is no JSON document."""


@lru_cache(512)
def _date(day: int) -> str:
    return date.fromordinal(_EPOCH_DAY + day).isoformat()


def iso_text(ms: int) -> str | None:
    """Milliseconds since 1970 as ccxt writes them; None where there is no such year.

    >>> iso_text(1_700_000_000_001)
    '2023-11-14T22:13:20.001Z'
    """
    if not 0 <= ms < _YEAR_10000_MS:
        return None
    day, of_day = divmod(ms, 86_400_000)
    seconds, of_second = divmod(of_day, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_date(day)}T{hour:02d}:{minute:02d}:{second:02d}.{of_second:03d}Z"


class TokenBucket:
    """ccxt's rate limit as an allowance that fills up: a burst is free, a stream is paced."""

    def __init__(self, seconds_per_unit: float, deadline: Deadline) -> None:
        self.seconds_per_unit = seconds_per_unit
        self._deadline = deadline
        self._lock = threading.Lock()
        self._paid_until = time.monotonic() - _BURST_SECONDS

    def take(self, cost: float) -> None:
        """Wait until the allowance covers a request of this cost."""
        with self._lock:
            now = time.monotonic()
            start = max(self._paid_until, now - _BURST_SECONDS)
            self._paid_until = start + cost * self.seconds_per_unit
            wait = self._paid_until - now
        self._deadline.sleep(max(0.0, wait))


class Client:
    """A ccxt instance of one exchange, and the one place where its exceptions become `ExchangeError`."""

    def __init__(self, exchange: str, ccxt_id: str, network: Network, deadline: Deadline) -> None:
        self.exchange = exchange
        self.deadline = deadline
        self.session = GatewaySession(network, deadline)
        self._network = network
        base = load_class(ccxt_id)
        bucket: list[TokenBucket] = []
        session = self.session

        class Reader(base):  # type: ignore[misc,valid-type]
            """The exchange with our pace and our JSON."""

            on_json_response = staticmethod(_decoder.decode)

            def fetch(self, *arguments: Any, **options: Any) -> Any:
                answer = super().fetch(*arguments, **options)
                if not isinstance(answer, list | dict):  # ccxt hands a page of text on, and reads it as no rows
                    raise NotJsonError
                session.seen.answer = answer
                return answer

            def throttle(self, cost: float | None = None) -> None:
                bucket[0].take(1 if cost is None else float(cost))

            def parse_precision(self, precision: Any = None) -> Any:  # ccxt builds it zero by zero, however many
                return _STEPS.get(str(precision))

            def integer_precision_to_amount(self, precision: Any = None) -> Any:
                return _STEPS.get(str(precision))

            def parse_order_book_bid_ask(self, bidask: Any, price: Any = 0, size: Any = 1, *rest: Any) -> Any:
                if not isinstance(bidask, list | dict):  # ccxt takes the letters of a text for price and size
                    return [None, None]
                return [self.safe_number(bidask, price), self.safe_number(bidask, size)]  # ccxt: floats

            @staticmethod
            def iso8601(timestamp: Any = None) -> Any:  # ccxt writes each row's time out; its own way takes longer
                return iso_text(timestamp) if type(timestamp) is int else base.iso8601(timestamp)

            def fetch_currencies(self, params: Any = None) -> Any:  # never needed for funding; some cost a request
                return {}

        self.ccxt: Any = Reader({"session": self.session, "enableRateLimit": True})
        self.ccxt.number = Decimal
        self.ccxt.enableLastHttpResponse = False
        self.ccxt.enableLastJsonResponse = False
        bucket.append(TokenBucket(self.ccxt.rateLimit / 1000, deadline))
        self._bucket = bucket

    def pace(self, milliseconds: float) -> None:
        """Another pace than ccxt's, where the exchange documents one."""
        self._bucket[0].seconds_per_unit = milliseconds / 1000

    @property
    def endpoint(self) -> str:
        """Host and path of this thread's last request."""
        return _place(self.session.seen)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call ccxt; whatever goes wrong comes out as an `ExchangeError` with its cause and remedy."""
        try:
            result = function(*arguments)
        except FundcliError:
            raise
        except Exception as error:
            raise self._explain(error) from error
        if not isinstance(result, list | dict):
            raise self._unreadable()
        return result

    def promised_list(self, *path: str, of: type = dict) -> None:
        """Refuse the last answer where it has no list at this path; ccxt would read it as no rows."""
        node = self.session.seen.answer
        for key in path:
            node = node.get(key) if isinstance(node, dict) else None
        if not isinstance(node, list) or not all(isinstance(row, of) for row in node):
            raise self._unreadable()

    def _explain(self, error: Exception) -> ExchangeError:
        seen = self.session.seen
        causes = [error, error.__cause__, error.__context__]
        if any(isinstance(cause, DeadlineError | requests.exceptions.Timeout) for cause in causes):
            return self._error(
                f"no answer within {self.deadline.seconds:g} s ({_place(seen)})",
                "Try again, or allow more with --timeout 60s.",
            )
        if seen.status is None:
            return self._unreachable(error)
        if isinstance(error, NotJsonError):
            return self._unreadable()
        if seen.status >= 400:
            return self._refused(seen)
        if type(error).__module__ == "ccxt.base.errors":
            if "json" not in seen.content_type and "text" in seen.content_type:
                return self._unreadable()
            return self._error(f"refused the request ({_place(seen)}): {_said(error)}", "Try again later.")
        return self._unreadable()

    def _error(self, message: str, remedy: str) -> ExchangeError:
        return ExchangeError(self.exchange, message, remedy)

    def _refused(self, seen: Seen) -> ExchangeError:
        status = seen.status
        if status in (403, 451):
            return self._error(
                f"does not serve this location (HTTP {status} from {_place(seen)})",
                "Use --gateway URL or --proxy URL of a place that it serves.",
            )
        if status in (418, 429):
            after = f" for {seen.retry_after} s" if seen.retry_after.isdigit() else ""
            return self._error(
                f"asks to slow down (HTTP {status} from {_place(seen)})", f"Wait{after} before the next request."
            )
        if status is not None and status >= 500:
            return self._error(f"has a fault of its own (HTTP {status} from {_place(seen)})", "Try again later.")
        return self._error(f"refused the request (HTTP {status} from {_place(seen)})", "Try again later.")

    def _unreadable(self) -> ExchangeError:
        seen = self.session.seen
        kind = "an HTML page" if "html" in seen.content_type else "something that is not the JSON it promises"
        return self._error(
            f"answered {kind} ({_place(seen)})", "Try again later; a portal or a block page may stand in between."
        )

    def _unreachable(self, error: Exception) -> ExchangeError:
        text = f"{error.__cause__} {error}"
        place = _place(self.session.seen)
        through = (
            " through the gateway" if self._network.gateway else " through the proxy" if self._network.proxy else ""
        )
        remedy = "Check the network, or use --gateway URL or --proxy URL."
        if "NameResolution" in text or "getaddrinfo" in text or "Name or service" in text:
            return self._error(f"cannot be reached{through}: its name does not resolve ({place})", remedy)
        if "refused" in text:
            return self._error(f"cannot be reached{through}: connection refused ({place})", remedy)
        if "ProxyError" in text or "SOCKS" in text:
            return self._error(
                f"cannot be reached{through}: the proxy failed ({place})", "Check --proxy or HTTPS_PROXY."
            )
        if "SSL" in text or "certificate" in text.lower():
            return self._error(f"cannot be reached{through}: its certificate was not accepted ({place})", remedy)
        if any(
            sign in text for sign in ("IncompleteRead", "Connection broken", "RemoteDisconnected", "reset", "aborted")
        ):
            return self._error(f"broke off its answer ({place})", "Try again.")
        return self._error(f"cannot be reached{through} ({place})", remedy)


def _place(seen: Seen) -> str:
    """Host and path of the request, without its query."""
    return seen.url.split("://", 1)[-1].split("?", 1)[0]


def _said(error: Exception) -> str:
    """What the exchange said, shortened; control characters are removed where it is written."""
    text = " ".join(str(error).split())
    return text if len(text) <= 160 else text[:157] + "…"
