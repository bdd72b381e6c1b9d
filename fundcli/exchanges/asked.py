"""An exchange as it is asked: the profile, the ccxt instance, the time it may take, what failed and was noted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from fundcli.errors import ExchangeError, FundcliError
from fundcli.exchanges.client import Client
from fundcli.exchanges.session import Deadline, Network
from fundcli.profiles import Profile


class Asked:
    """What the perpetuals and the spot markets of an exchange are both read with."""

    def __init__(self, profile: Profile, ccxt_id: str, network: Network, deadline: Deadline | None = None) -> None:
        self.profile = profile
        self.id = profile.id
        self.ccxt_id = ccxt_id
        self.network = network
        self.deadline = deadline or Deadline(network.timeout_seconds)
        self._client: Client | None = None
        self._lock = threading.RLock()
        self._once: dict[str, Any] = {}
        self._once_lock = threading.Lock()
        self.notes: list[str] = []
        self.failures: list[ExchangeError] = []

    @property
    def client(self) -> Client:
        """The ccxt instance, made once; all that is asked shares it, because one takes 10 ms and a few MB."""
        with self._lock:
            if self._client is None:
                self._client = self._new_client()
            return self._client

    def _new_client(self) -> Client:
        return Client(self.id, self.ccxt_id, self.network, self.deadline)

    def once(self, name: str, ask: Callable[[], Any]) -> Any:
        """An answer that tells of everything at once: asked for by the first, and kept for the others who wait.

        `ask` also checks it: only the thread that asked can see what the answer was.
        """
        with self._once_lock:
            if name not in self._once:
                self._once[name] = ask()
            return self._once[name]

    def note(self, text: str) -> None:
        """A warning for the reader of this answer."""
        if text not in self.notes:
            self.notes.append(text)

    def fail(self, error: ExchangeError) -> None:
        """A part that failed while the rest stands: the answer is partial."""
        self.failures.append(error)

    def failure(self, error: BaseException) -> ExchangeError:
        """Whatever a job of this exchange raised, as an error with cause and remedy."""
        if isinstance(error, ExchangeError):
            return error
        if isinstance(error, FundcliError):
            return ExchangeError(self.id, error.message, error.remedy)
        if not isinstance(error, Exception):
            raise error
        if isinstance(error, OSError):
            text = f"no answer within {self.deadline.seconds:g} s"
            found = ExchangeError(self.id, text, "Try again, or allow more with --timeout 60s.")
        else:
            text = f"its answer has an unknown shape ({type(error).__name__})"
            found = ExchangeError(self.id, text, "Try again later; --debug shows more.")
        found.__cause__ = error
        return found
