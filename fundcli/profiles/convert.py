"""From a tree to a checked profile: its types first, then what types cannot say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from fundcli.errors import DataError
from fundcli.profiles.formula import Formula
from fundcli.profiles.reading import Locate, to_struct
from fundcli.profiles.schema import Borrow, Profile

_NEEDS_INTEREST = ("premium_plus_clamped_interest", "interest_plus_clamped_premium")


def to_profile(data: Mapping[str, Any], locate: Locate) -> Profile:
    """Check merged data against the schema; `locate` turns a key into `file:line`."""
    profile = to_struct(data, Profile, locate, "profile", "`fundcli profiles show binance` has one.", {})
    _check(profile, locate)
    return profile


def _check(profile: Profile, locate: Locate) -> None:
    """What types cannot say."""

    def refuse(key: str, problem: str, remedy: str) -> None:
        path = tuple(key.split("."))
        raise DataError(f"{locate(path)}: {key}: {problem}", remedy)

    funding = profile.funding
    if any(not 0 <= hour <= 23 for hour in funding.settlement_hours_utc):
        refuse("funding.settlement_hours_utc", "an hour of the day is 0 to 23", "Write them like [0, 8, 16].")
    if not funding.settlement_hours_utc:
        refuse("funding.settlement_hours_utc", "is empty", "Write the hours like [0, 8, 16].")
    if funding.window_seconds is not None and funding.window_seconds < 0:
        refuse("funding.window_seconds", "is negative", "Write the seconds around the settlement, or leave it out.")
    if (profile.status == "defunct" or not profile.ccxt) and not profile.status_note:
        missing = "a defunct exchange" if profile.status == "defunct" else "an exchange without `ccxt: ID`"
        refuse("status_note", f"{missing} needs a note that says why it cannot be asked", "Add one sentence.")
    if not re.fullmatch(r"[^/:\s]+/[^/:\s]+:[^/:\s]+", profile.contracts.main):
        refuse("contracts.main", f"'{profile.contracts.main}' is not a unified symbol", "Write it like BTC/USDT:USDT.")
    for name in ("perp", "spot", "inverse"):
        fee = getattr(profile.fees, name)
        if fee is not None and (abs(fee.maker) >= 1 or abs(fee.taker) >= 1):
            refuse(f"fees.{name}", "a fee is a share below 1", "Write it like 0.05%.")
    if isinstance(profile.formula, Formula):
        _check_formula(profile.formula, refuse)
    if profile.borrow is not None:
        _check_borrow(profile.borrow, refuse)
    for block in ("", "spot", "contracts", "funding", "fees", "margin", "borrow"):
        part = getattr(profile, block) if block else profile
        if part is not None:
            try:
                date.fromisoformat(part.source.date)
            except ValueError:
                refuse(
                    f"{block}.source.date".lstrip("."),
                    f"'{part.source.date}' is not a date",
                    "Write it like 2026-03-06.",
                )


def _check_borrow(borrow: Borrow, refuse: Callable[[str, str, str], None]) -> None:
    """Rates are named by coin, have a source with a date, and none is below zero or above its own range."""
    for coin, entry in borrow.rates.items():
        where = f"borrow.rates.{coin}"
        if not re.fullmatch(r"[A-Z0-9]+", coin):
            refuse(where, f"'{coin}' is not a coin", "Write it as in symbols: BTC.")
        if not 0 <= entry.rate < 1:
            refuse(f"{where}.rate", "a borrow rate is a share from 0 to below 1", "Write it like 0.01%.")
        if entry.up_to is not None and not entry.rate <= entry.up_to < 1:
            refuse(f"{where}.up_to", "lies below the rate, or at 100 % or more", "Mend one of the two.")
    if borrow.rates and borrow.rates_source is None:
        refuse(
            "borrow.rates_source", "is missing", "Say where the rates come from: {what: my account, date: 2026-01-31}."
        )
    if borrow.rates_source is not None:
        try:
            date.fromisoformat(borrow.rates_source.date)
        except ValueError:
            problem = f"'{borrow.rates_source.date}' is not a date"
            refuse("borrow.rates_source.date", problem, "Write it like 2026-03-06.")


def _check_formula(formula: Formula, refuse: Callable[[str, str, str], None]) -> None:
    """The rules follow each other, and none lacks what its form cannot do without."""
    if not formula.rules:
        refuse("formula.rules", "is empty", "Write a rule, or `formula: unknown`.")
    before = ""
    for index, rule in enumerate(formula.rules):
        where = f"formula.rules.{index}"
        since = rule.valid_from or ""
        if index and since <= before:
            refuse(f"{where}.valid_from", "does not lie after the rule before it", "Write the oldest rule first.")
        if rule.certain_from and rule.certain_from < since:
            refuse(f"{where}.certain_from", "lies before valid_from", "A rule is certain when or after it is valid.")
        before = since
        clamped = rule.form != "premium_plus_interest"
        if clamped and rule.band is None and "band" not in rule.unknown:
            refuse(f"{where}.band", "is missing", "Write it, or `unknown: [band]` where no source gives it.")
        if rule.interest is None and rule.form in _NEEDS_INTEREST and "interest" not in rule.unknown:
            refuse(f"{where}.interest", "is missing", "Write it, or `unknown: [interest]` where no source gives it.")
        if rule.cap is not None and (rule.cap.rule == "fixed") != (rule.cap.rate is not None):
            refuse(f"{where}.cap", "a fixed cap has a rate, any other rule has none", "Mend one of the two.")
        try:
            date.fromisoformat(rule.source.date)
        except ValueError:
            refuse(f"{where}.source.date", f"'{rule.source.date}' is not a date", "Write it like 2026-03-06.")
