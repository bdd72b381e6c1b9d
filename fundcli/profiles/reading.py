"""From a tree to a checked struct: msgspec validates, this module says where and what in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from fundcli.core.units import parse_money, parse_share, parse_span, parse_time
from fundcli.errors import DataError, FundcliError, did_you_mean
from fundcli.profiles.tree import Key
from fundcli.profiles.types import Amount, Hours, Moment, Share, Strict

_UNKNOWN = r"Object contains unknown field `([^`]*)`"
_MISSING = r"Object missing required field `([^`]*)`"
_PATH = r" - at `(?:key in )?\$([^`]*)`\Z"
_ENUM = r"Invalid enum value '?([^']*)'?"
_PARTS = r"\.([A-Za-z_]\w*)|\[(\d+|\.\.\.)\]"

Locate = Callable[[Key], str]
Readers = Mapping[type, Callable[[str], Any]]
_Hook = Callable[[type, Any], Any]
S = TypeVar("S", bound=Strict)


def to_struct(data: Mapping[str, Any], root: type[S], locate: Locate, what: str, example: str, readers: Readers) -> S:
    """Check data against the struct that it should be; `locate` turns a key into `file:line`.

    what: the name of the whole, where no key is to blame. example: how to see a key that is missing. readers: of the
    struct's own types, beside those of `types`.
    """
    hook = partial(_read_text, {**_READERS, **readers})
    try:
        return msgspec.convert(data, root, strict=False, dec_hook=hook)
    except msgspec.ValidationError as error:
        raise _explain(str(error), data, root, locate, what, example, hook) from None


def _read_text(readers: Readers, kind: type, value: Any) -> Any:
    """A value of one of the schema's own types, out of its text."""
    if not isinstance(value, str):
        raise ValueError(f"Expected text, got {type(value).__name__}")
    try:
        return readers[kind](value)
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


def _explain(
    message: str, data: Mapping[str, Any], root: type, locate: Locate, what: str, example: str, hook: _Hook
) -> DataError:
    match = re.search(_PATH, message)
    problem = re.sub(_PATH, "", message)
    key = tuple(name or index for name, index in re.findall(_PARTS, match.group(1))) if match else ()
    if "..." in key:
        key = _resolve(key, data, root, hook)
    if unknown := re.search(_UNKNOWN, problem):
        field = unknown.group(1)
        fields = _fields_at(root, key)
        hint = did_you_mean(field, fields, f"Known here: {', '.join(fields)}.")
        return DataError(f"{locate((*key, field))}: {'.'.join((*key, field))}: unknown field", hint)
    if missing := re.search(_MISSING, problem):
        field = missing.group(1)
        return DataError(f"{locate(key)}: {'.'.join((*key, field))}: is missing", f"Add it. {example}")
    where = f"{locate(key)}: {'.'.join(key) or what}"
    if enum := re.search(_ENUM, problem):
        choices = [str(choice) for choice in get_args(_type_at(root, key))]
        hint = did_you_mean(enum.group(1), choices, "")
        return DataError(f"{where}: '{enum.group(1)}' is not one of {', '.join(choices)}", hint)
    problem = problem.replace("`", "'").replace("Expected", "expected", 1)
    value = _value_at(data, key)
    shown = f" (found '{value}')" if isinstance(value, str) and f"'{value}'" not in problem else ""
    return DataError(f"{where}: {problem}{shown}", "Mend that value.")


def _resolve(key: Key, data: Mapping[str, Any], root: type, hook: _Hook) -> Key:
    """msgspec does not name the key of a mapping's value (`[...]`): find the first that fails by itself."""
    at = key.index("...")
    parent = _value_at(data, key[:at])
    hint = _type_at(root, key[:at])
    value_type = get_args(hint)[1] if get_origin(hint) is dict else Any
    for name, value in parent.items() if isinstance(parent, Mapping) else ():
        try:
            msgspec.convert(value, value_type, strict=False, dec_hook=hook)
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


def _type_at(root: type, key: Key) -> Any:
    hint: Any = root
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


def _fields_at(root: type, key: Key) -> list[str]:
    hint = _type_at(root, key)
    return list(get_type_hints(hint)) if isinstance(hint, type) and issubclass(hint, Strict) else []
