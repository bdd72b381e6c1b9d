"""From a tree to a checked profile: msgspec validates, this module says where and what in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from fundcli.core.units import parse_money, parse_share, parse_span, parse_time
from fundcli.errors import DataError, FundcliError, did_you_mean
from fundcli.profiles.formula import Formula
from fundcli.profiles.schema import Profile
from fundcli.profiles.tree import Key
from fundcli.profiles.types import Amount, Hours, Moment, Share, Strict

_UNKNOWN = r"Object contains unknown field `([^`]*)`"
_MISSING = r"Object missing required field `([^`]*)`"
_PATH = r" - at `(?:key in )?\$([^`]*)`\Z"
_ENUM = r"Invalid enum value '?([^']*)'?"
_PARTS = r"\.([A-Za-z_]\w*)|\[(\d+|\.\.\.)\]"

_NEEDS_INTEREST = ("premium_plus_clamped_interest", "interest_plus_clamped_premium")

Locate = Callable[[Key], str]


def to_profile(data: Mapping[str, Any], locate: Locate) -> Profile:
    """Check merged data against the schema; `locate` turns a key into `file:line`."""
    try:
        profile = msgspec.convert(data, Profile, strict=False, dec_hook=_read_text)
    except msgspec.ValidationError as error:
        raise _explain(str(error), data, locate) from None
    _check(profile, locate)
    return profile


def _read_text(kind: type, value: Any) -> Any:
    """A value of one of the schema's own types, out of its text."""
    if not isinstance(value, str):
        raise ValueError(f"Expected text, got {type(value).__name__}")
    try:
        return _READERS[kind](value)
    except FundcliError as error:
        raise ValueError(error.line()) from None


def _hours(text: str) -> Hours:
    return Hours(parse_span(text if text[-1:].isalpha() else text + "h"))


def _amount(text: str) -> Amount:
    amount = parse_money(text)
    if amount < 0:
        raise ValueError(f"Expected a positive amount, got '{text}'")
    return Amount(amount)


_READERS: dict[type, Callable[[str], Any]] = {
    Share: lambda text: Share(parse_share(text)),
    Hours: _hours,
    Amount: _amount,
    Moment: lambda text: Moment(parse_time(text).isoformat().replace("+00:00", "Z")),
}


def _explain(message: str, data: Mapping[str, Any], locate: Locate) -> DataError:
    match = re.search(_PATH, message)
    problem = re.sub(_PATH, "", message)
    key = tuple(name or index for name, index in re.findall(_PARTS, match.group(1))) if match else ()
    if "..." in key:
        key = _resolve(key, problem, data)
    if unknown := re.search(_UNKNOWN, problem):
        field = unknown.group(1)
        hint = did_you_mean(field, _fields_at(key), f"Known here: {', '.join(_fields_at(key))}.")
        return DataError(f"{locate((*key, field))}: {'.'.join((*key, field))}: unknown field", hint)
    if missing := re.search(_MISSING, problem):
        field = missing.group(1)
        return DataError(
            f"{locate(key)}: {'.'.join((*key, field))}: is missing", "Add it; `fundcli profiles show binance` has one."
        )
    where = f"{locate(key)}: {'.'.join(key) or 'profile'}"
    if enum := re.search(_ENUM, problem):
        choices = _choices_at(key)
        hint = did_you_mean(enum.group(1), choices, "")
        return DataError(f"{where}: '{enum.group(1)}' is not one of {', '.join(choices)}", hint)
    problem = problem.replace("`", "'").replace("Expected", "expected", 1)
    value = _value_at(data, key)
    shown = f" (found '{value}')" if isinstance(value, str) and f"'{value}'" not in problem else ""
    return DataError(f"{where}: {problem}{shown}", "Mend that value.")


def _resolve(key: Key, problem: str, data: Mapping[str, Any]) -> Key:
    """msgspec does not name the key of a mapping's value (`[...]`): find the first that fails by itself."""
    at = key.index("...")
    parent = _value_at(data, key[:at])
    hint = _type_at(key[:at])
    value_type = get_args(hint)[1] if get_origin(hint) is dict else Any
    for name, value in parent.items() if isinstance(parent, Mapping) else ():
        try:
            msgspec.convert(value, value_type, strict=False, dec_hook=_read_text)
        except msgspec.ValidationError:
            return (*key[:at], name, *key[at + 1 :])
    return key[:at]


def _value_at(data: Any, key: Key) -> Any:
    for part in key:
        if isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def _type_at(key: Key) -> Any:
    hint: Any = Profile
    for part in key:
        hint = _without_none(hint)
        if isinstance(hint, type) and issubclass(hint, Strict):
            hint = get_type_hints(hint).get(part, Any)
        else:
            args = get_args(hint)
            hint = args[-1] if args else Any
    return _without_none(hint)


def _without_none(hint: Any) -> Any:
    """The one type that a value may have besides nothing or a word such as `unknown`."""
    args = [arg for arg in get_args(hint) if arg is not type(None)]
    if get_origin(hint) is Literal or len(args) == len(get_args(hint)) == 1 or not args:
        return hint
    if len(args) > 1 and any(get_origin(arg) is Literal for arg in args):
        args = [arg for arg in args if get_origin(arg) is not Literal]
    return args[0] if len(args) == 1 else hint


def _fields_at(key: Key) -> list[str]:
    hint = _type_at(key)
    return list(get_type_hints(hint)) if isinstance(hint, type) and issubclass(hint, Strict) else []


def _choices_at(key: Key) -> list[str]:
    return [str(choice) for choice in get_args(_type_at(key))]


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
