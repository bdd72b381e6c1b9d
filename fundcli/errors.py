"""The errors that reach a user: what happened, what to do about it, and the exit code.

Every error that fundcli expects is a `FundcliError`; `fundcli.app` is the one place that turns it into a line on
stderr and an exit code. Anything else is a defect and is reported as one.
"""

from __future__ import annotations

from collections.abc import Iterable

DONE = 0
CONDITION_HOLDS = 1
USAGE = 2
BAD_DATA = 3
EXCHANGE_FAILED = 4
PARTIAL = 5
NOT_REPORTED = 6
INTERRUPTED = 130


class FundcliError(Exception):
    """An error with its meaning, its remedy and its exit code.

    `message` says what happened and why, `remedy` what to do; both are plain sentences without a full stop at the
    end of the message. They may hold text from outside: the writer removes control characters.
    """

    exit_code = EXCHANGE_FAILED

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def line(self) -> str:
        """Message and remedy as one line."""
        text = self.message.rstrip(". ")
        return f"{text}. {self.remedy}" if self.remedy else text + "."


class UsageError(FundcliError):
    """The command line (or the environment, or a settings file standing in for it) is wrong."""

    exit_code = USAGE


class DataError(FundcliError):
    """A file, a profile or a stored datum is wrong."""

    exit_code = BAD_DATA


class ExchangeError(FundcliError):
    """An exchange or the network failed. `exchange` names it, so that lists of failures can be sorted."""

    exit_code = EXCHANGE_FAILED

    def __init__(self, exchange: str, message: str, remedy: str = "") -> None:
        super().__init__(f"{exchange}: {message}", remedy)
        self.exchange = exchange


class NotReportedError(FundcliError):
    """With --strict: the answer would rest on an interval or a rate that nobody reported."""

    exit_code = NOT_REPORTED


def near(word: str, known: Iterable[str], count: int = 1, cutoff: float = 0.6) -> list[str]:
    """The known words nearest to one, best first. (difflib is imported when something is misspelt, not before.)"""
    from difflib import get_close_matches

    return get_close_matches(word, list(known), count, cutoff)


def did_you_mean(word: str, known: Iterable[str], otherwise: str, cutoff: float = 0.6) -> str:
    """The remedy for a misspelt word: the nearest right one, or else what to do.

    >>> did_you_mean("binanse", ["binance", "okx"], "See the list.")
    'Did you mean binance?'
    """
    found = near(word, known, 1, cutoff)
    return f"Did you mean {found[0]}?" if found else otherwise
