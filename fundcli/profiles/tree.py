"""YAML as data with a line for every key: the one reader of YAML text.

Scalars stay text (YAML 1.1 reads `12:30` as 750 and `no` as false), but for a plain `null`, `true` and `false`; the
types that the data is checked against read the text. Aliases, tags, deep nesting, doubled keys and large files are
refused, so a hostile file costs a line and not the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from fundcli.errors import DataError

try:
    from yaml import CSafeLoader as _Loader
except ImportError:  # PyYAML without libyaml
    from yaml import SafeLoader as _Loader  # type: ignore[assignment]

MAX_BYTES = 256 * 1024
EXAMPLE = "Start from `fundcli profiles init ID`, which writes one to edit."
_MAX_DEPTH = 20
_PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}

Key = tuple[str, ...]


class Tree(msgspec.Struct):
    """The data of one file, and the line of each key (lists count their items as '0', '1', …)."""

    file: str
    data: dict[str, Any]
    lines: dict[Key, int] = {}

    def line(self, key: Key) -> int:
        """The line of a key, or of the nearest key around it."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)


def read(path: Path, example: str = EXAMPLE) -> Tree:
    """Read a YAML file whose top level is a mapping; `example` says where to find one like it."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} has more than {MAX_BYTES // 1024} KiB", "A file that people write has a few KiB.")
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}", "Check the path and its permissions.") from None
    try:
        return parse(raw.decode("utf-8-sig"), str(path), example)
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text", "Save it as UTF-8.") from None


def parse(text: str, file: str, example: str = EXAMPLE) -> Tree:
    """Parse YAML text; errors name the file and the line."""
    tree = Tree(file, {})
    try:
        events = yaml.parse(text, Loader=_Loader)
        data = _document(iter(events), tree)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be parsed"
        raise DataError(f"{file}:{line}: not valid YAML: {problem}", "Mend that line.") from None
    if data is None:
        raise DataError(f"{file} is empty", example)
    if not isinstance(data, dict):
        raise DataError(f"{file}:1: the top level must be `key: value` lines", example)
    tree.data = data
    return tree


def _document(events: Iterator[Any], tree: Tree) -> Any:
    documents = 0
    data: Any = None
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise DataError(f"{tree.file}: holds a second document", "Keep one per file.")
            data = _node(next(events), events, tree, ())
    return data


def _node(event: Any, events: Iterator[Any], tree: Tree, path: Key) -> Any:
    line = event.start_mark.line + 1
    tree.lines.setdefault(path, line)
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise DataError(f"{tree.file}:{line}: anchors and aliases are not read", "Write the value out.")
    _no_tag(event, tree)
    if len(path) > _MAX_DEPTH:
        raise DataError(f"{tree.file}:{line}: nested more than {_MAX_DEPTH} deep", "No field lies that deep.")
    if isinstance(event, yaml.ScalarEvent):
        return _PLAIN.get(event.value, event.value) if not event.style else event.value
    if isinstance(event, yaml.SequenceStartEvent):
        return _sequence(events, tree, path)
    return _mapping(events, tree, path)


def _no_tag(event: Any, tree: Tree) -> None:
    if getattr(event, "tag", None):
        line = event.start_mark.line + 1
        raise DataError(f"{tree.file}:{line}: tags like `!!str` are not read", "Write the value alone; text in quotes.")


def _sequence(events: Iterator[Any], tree: Tree, path: Key) -> list[Any]:
    items: list[Any] = []
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        items.append(_node(event, events, tree, (*path, str(len(items)))))
    return items


def _mapping(events: Iterator[Any], tree: Tree, path: Key) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        line = event.start_mark.line + 1
        if not isinstance(event, yaml.ScalarEvent):
            raise DataError(f"{tree.file}:{line}: a key must be a word", "Write `key: value`.")
        _no_tag(event, tree)
        key = event.value
        if key in mapping:
            raise DataError(f"{tree.file}:{line}: '{key}' stands twice", "Keep one of them.")
        tree.lines[(*path, key)] = line
        mapping[key] = _node(next(events), events, tree, (*path, key))
    return mapping
