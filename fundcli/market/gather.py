"""Many exchanges at once: some failing makes the answer partial, all failing is an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

import msgspec

from fundcli.core.rate import FundingRate
from fundcli.errors import DataError, ExchangeError, FundcliError, UsageError
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Deadline, Network

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
    """Funding rates, what failed, what stored data is wrong, and what the reader should know."""

    rates: list[FundingRate] = []
    missing: list[str] = []
    broken: list[str] = []
    warnings: list[str] = []


def from_each(
    profiles: Sequence[Profile],
    read: Callable[[Profile], Found],
    network: Network,
    progress: Progress,
    deadline: Deadline | None = None,
) -> Found:
    """Every exchange at once; some failing makes the answer partial, all failing is the first one's error.

    deadline: for work that may take longer than the network's timeout.
    """
    from fundcli.exchanges import Deadline, run_all

    progress.begin(", ".join(p.id for p in profiles))
    # Each exchange keeps its own deadline; this one only outlasts them.
    outer = deadline or Deadline(network.timeout_seconds + 1)
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
            _tell(whole, result)
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
        raise all_failed(failures)
    return whole


def all_failed(failures: Sequence[FundcliError]) -> FundcliError:
    """What is raised where nothing is left to answer with: a mistake of the user's before a failure of exchanges."""
    first = [f for kind in (UsageError, DataError) for f in failures if isinstance(f, kind)]
    if len(failures) > 1 and not first:
        remedy = next((f.remedy for f in failures if f.remedy), "")
        return ExchangeError("all exchanges failed", "; ".join(f.message for f in failures), remedy)
    return (first or failures)[0]


def in_turn(profiles: Sequence[Profile], read: Callable[[Profile], Found]) -> Found:
    """The same out of stored data alone, one after another; all failing is the first one's error."""
    whole = Found()
    failures: list[FundcliError] = []
    for profile in profiles:
        try:
            found = read(profile)
        except (DataError, UsageError) as error:
            failures.append(error)
            _tell(whole, error)
            continue
        whole.rates += found.rates
        whole.warnings += found.warnings
    if failures and len(failures) == len(profiles):
        raise failures[0]
    return whole


def _tell(whole: Found, failure: FundcliError) -> None:
    if isinstance(failure, DataError):
        whole.broken.append(failure.line().rstrip("."))
    else:
        whole.missing.append(failure.message)
