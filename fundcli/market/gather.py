"""Many exchanges at once: some failing makes the answer partial, all failing is an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

import msgspec

from fundcli.core.rate import FundingRate
from fundcli.errors import ExchangeError, FundcliError, UsageError
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Network

_EXCHANGES_AT_ONCE = 32


class Progress(Protocol):
    """Told how far a slow request has come."""

    def begin(self, what: str) -> None:
        """Something that may be slow begins."""

    def step(self, what: str, done: int, total: int, left_seconds: float | None = None) -> None:
        """So many of so many are done; the rest may take so long."""

    def end(self) -> None:
        """Nothing is under way any more."""


class Found(msgspec.Struct):
    """Funding rates, what failed, and what the reader should know."""

    rates: list[FundingRate] = []
    missing: list[str] = []
    warnings: list[str] = []


def from_each(
    profiles: Sequence[Profile], read: Callable[[Profile], Found], network: Network, progress: Progress
) -> Found:
    """Every exchange at once; some failing makes the answer partial, all failing is the first one's error."""
    from fundcli.exchanges import Deadline, run_all

    progress.begin(", ".join(p.id for p in profiles))
    # Each exchange keeps its own deadline; this one only outlasts them.
    outer = Deadline(network.timeout_seconds + 1)
    try:
        results = run_all([partial(read, p) for p in profiles], _EXCHANGES_AT_ONCE, outer)
    finally:
        progress.end()
    whole = Found()
    failures: list[FundcliError] = []
    for profile, result in zip(profiles, results, strict=True):
        if isinstance(result, Found):
            whole.rates += result.rates
            whole.missing += result.missing
            whole.warnings += result.warnings
        elif isinstance(result, FundcliError):
            failures.append(result)
            whole.missing.append(result.message)
        elif isinstance(result, OSError):
            error = ExchangeError(
                profile.id,
                f"no answer within {network.timeout_seconds:g} s",
                "Try again, or allow more with --timeout 60s.",
            )
            failures.append(error)
            whole.missing.append(error.message)
        else:
            raise result
    if len(failures) == len(profiles):
        usage = [f for f in failures if isinstance(f, UsageError)]
        if len(failures) > 1 and not usage:
            remedy = next((f.remedy for f in failures if f.remedy), "")
            raise ExchangeError("all exchanges failed", "; ".join(whole.missing), remedy)
        raise (usage or failures)[0]
    return whole
