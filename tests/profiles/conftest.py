"""A complete profile to bend, and a way to check a file that holds one."""

from pathlib import Path

import pytest

from fundcli.profiles import Catalog

WHOLE = """\
id: mine
name: Mine
status: live
ccxt: binance
source: {what: a page, date: 2026-01-31}
contracts:
  main: BTC/USDT:USDT
  source: {what: a page, date: 2026-01-31}
funding:
  interval_hours: 8
  settlement_hours_utc: [0, 8, 16]
  varies_per_contract: true
  interest_per_day: 0.03%
  payment_price: mark
  accrual: discrete
  lag_periods: 0
  source: {what: a page, date: 2026-01-31}
fees:
  perp: {maker: 0.02%, taker: 0.05%}
  source: {what: a page, date: 2026-01-31}
"""


@pytest.fixture
def whole():
    """A whole profile as text."""
    return WHOLE


@pytest.fixture
def load(tmp_path):
    """Load a profile from text (or bytes), with the user's folder at tmp_path/profiles."""

    def call(text, name="mine.yaml"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Catalog(tmp_path / "profiles").load_file(file)

    return call


@pytest.fixture
def user(tmp_path):
    """Write a profile into the user's folder; returns the catalog over it."""

    def call(**files: str) -> Catalog:
        folder: Path = tmp_path / "profiles"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text)
        return Catalog(folder)

    return call
