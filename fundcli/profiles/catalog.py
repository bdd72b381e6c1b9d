"""Which profiles there are, and one of them with its layers merged and the origin of every value known."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from fundcli.errors import DataError, UsageError, did_you_mean
from fundcli.profiles.convert import to_profile
from fundcli.profiles.schema import Profile
from fundcli.profiles.tree import Key, Tree, read

_PACKAGE = Path(__file__).resolve().parent.parent


def builtin_folder() -> Path:
    """The built-in profiles: inside the installed package, or beside it in a checkout."""
    inside = _PACKAGE / "configs"
    return inside if inside.is_dir() else _PACKAGE.parent / "configs"


class Origin(msgspec.Struct, frozen=True):
    """Where a value was written."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Loaded(msgspec.Struct, frozen=True):
    """A profile, the data it was checked from, and the origin of each of its keys."""

    profile: Profile
    data: Mapping[str, Any]
    origins: Mapping[Key, Origin]


class Catalog:
    """The built-in profiles, with the user's folder layered over them."""

    def __init__(self, user_folder: Path | None = None) -> None:
        self._user_folder = user_folder

    @cached_property
    def builtin(self) -> dict[str, Path]:
        """Id and file of each built-in profile."""
        return {path.stem: path for path in sorted(builtin_folder().glob("*.yaml"))}

    @cached_property
    def user(self) -> dict[str, Path]:
        """Id and file of each profile of the user's."""
        if self._user_folder is None or not self._user_folder.is_dir():
            return {}
        return {path.stem: path for path in sorted(self._user_folder.glob("*.yaml"))}

    @property
    def ids(self) -> list[str]:
        """Every id that `load` takes."""
        return sorted({*self.builtin, *self.user})

    def load(self, profile_id: str) -> Loaded:
        """The profile of an id; the user's file of that name goes first."""
        file = self.user.get(profile_id) or self._builtin(profile_id)
        if file is None:
            hint = did_you_mean(profile_id, self.ids, "`fundcli profiles` lists them.")
            raise UsageError(f"there is no exchange profile '{profile_id}'", hint)
        return self.load_file(file)

    def load_file(self, file: Path) -> Loaded:
        """The profile in a file, over whatever it extends."""
        data, origins = self._layers(file, ())

        def locate(key: Key) -> str:
            while key and key not in origins:
                key = key[:-1]
            return str(origins.get(key, Origin(str(file), 1)))

        data.setdefault("id", file.stem)
        return Loaded(to_profile(data, locate), data, origins)

    def _builtin(self, profile_id: str) -> Path | None:
        # Without listing the folder: the offline commands read one profile and start in a shell loop.
        if not profile_id.replace("-", "").replace("_", "").isalnum():
            return None
        path = builtin_folder() / f"{profile_id}.yaml"
        return path if path.is_file() else None

    def _layers(self, file: Path, chain: tuple[Path, ...]) -> tuple[dict[str, Any], dict[Key, Origin]]:
        if file in chain:
            raise DataError(f"{file}:1: extends itself through {chain[-1]}", "Break the circle of `extends:`.")
        tree = read(file)
        base_id = tree.data.pop("extends", None)
        if base_id is None:
            return _merge({}, tree.data, (), tree), {k: Origin(tree.file, n) for k, n in tree.lines.items() if k}
        where = f"{tree.file}:{tree.line(('extends',))}"
        if not isinstance(base_id, str):
            raise DataError(f"{where}: extends: expected the id of a profile", "Write it like `extends: binance`.")
        base_file = self._builtin(base_id) if base_id == file.stem else self.user.get(base_id) or self._builtin(base_id)
        if base_file is None:
            hint = did_you_mean(base_id, self.ids, "`fundcli profiles` lists them.")
            raise DataError(f"{where}: extends: there is no profile '{base_id}'", hint)
        data, origins = self._layers(base_file, (*chain, file))
        if file.stem != base_id:
            data.pop("id", None)
        merged = _merge(data, tree.data, (), tree)
        for key, line in tree.lines.items():
            if key and key != ("extends",):
                origins[key] = Origin(tree.file, line)
        return merged, origins


def _merge(base: dict[str, Any], over: Mapping[str, Any], path: Key, tree: Tree) -> dict[str, Any]:
    """Mappings merge key by key; anything else replaces; `null` takes a value away."""
    merged = dict(base)
    for key, value in over.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = _merge(merged[key], value, (*path, key), tree)
        else:
            merged[key] = value
    return merged
