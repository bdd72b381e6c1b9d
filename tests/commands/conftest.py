"""Hypothesis without a clock: a busy machine is no failure. And a book of positions, written and priced."""

from pathlib import Path

import pytest
from hypothesis import settings

from tests.commands.expect import answered

settings.register_profile("fundcli", deadline=None)
settings.load_profile("fundcli")


@pytest.fixture
def book(run):
    """Write a book and run the command on it."""

    def call(text, *more, **kwargs):
        Path("book.yaml").write_text(text, encoding="utf-8")
        return run("book", "book.yaml", *more, **kwargs)

    return call


@pytest.fixture
def priced(book):
    return lambda text, *more: answered(book(text, "-o", "json", "-q", *more))
