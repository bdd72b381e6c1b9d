"""The surroundings of a run: streams, clock, environment, folders and settings files, replaceable in tests."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import msgspec

from fundcli.errors import DataError, did_you_mean
from fundcli.profiles.tree import read

SETTINGS_FILE = "fundcli.yaml"


def _now() -> datetime:
    return datetime.now(UTC)


class Environment(msgspec.Struct):
    """What a run sees of the world. `clock` stands for the system's where a test needs a fixed time."""

    stdout: TextIO = msgspec.field(default_factory=lambda: sys.stdout)
    stderr: TextIO = msgspec.field(default_factory=lambda: sys.stderr)
    environ: Mapping[str, str] = msgspec.field(default_factory=lambda: os.environ)
    cwd: Path = msgspec.field(default_factory=Path.cwd)
    fixed_time: datetime | None = None

    def now(self) -> datetime:
        """The time, UTC."""
        return self.fixed_time or _now()

    @property
    def stdout_is_terminal(self) -> bool:
        """Whether a person reads stdout."""
        return self.stdout.isatty()

    @property
    def stderr_is_terminal(self) -> bool:
        """Whether a person watches stderr."""
        return self.stderr.isatty()

    def folder(self, kind: str) -> Path:
        """The user's `config`, `data` or `cache` folder; FUNDCLI_CONFIG_DIR and its likes override platformdirs."""
        given = self.environ.get(f"FUNDCLI_{kind.upper()}_DIR")
        if given:
            return Path(given).expanduser()
        import platformdirs

        path: str = getattr(platformdirs, f"user_{kind}_dir")("fundcli", appauthor=False)
        return Path(path)


class Setting(msgspec.Struct, frozen=True):
    """A value from a settings file, and where it stands."""

    value: Any
    where: str


def settings_files(env: Environment) -> list[Path]:
    """The settings files that exist, the strongest first: ./fundcli.yaml, then the one in the config folder."""
    return [path for path in (env.cwd / SETTINGS_FILE, env.folder("config") / SETTINGS_FILE) if path.is_file()]


def load_settings(env: Environment, command: str, commands: Sequence[str]) -> dict[str, Setting]:
    """Options set in files for a command: top-level keys, over which a section named like the command goes.

    A key is an option's long name without its dashes: `exchange: okx`, `no-color: true`, `cost: {leverage: 5}`.
    """
    merged: dict[str, Setting] = {}
    group, _, _ = command.partition(" ")
    for path in reversed(settings_files(env)):
        tree = read(path)
        sections: list[tuple[tuple[str, ...], Mapping[str, Any]]] = [((), tree.data)]
        for key, value in tree.data.items():
            where = f"{path}:{tree.line((key,))}"
            if isinstance(value, Mapping) != (key in commands):
                if key in commands:
                    raise DataError(f"{where}: {key}: expected `option: value` lines", "Indent them below it.")
                hint = did_you_mean(key, commands, "A section is named like a command.")
                raise DataError(f"{where}: there is no command '{key}' to set options of", hint)
            if key == group:
                sections.append(((key,), value))
        for prefix, mapping in sections:
            for key, value in mapping.items():
                if not isinstance(value, Mapping):
                    place = f"{path}:{tree.line((*prefix, key))}"
                    merged[key.replace("_", "-")] = Setting(value, place)
    return merged
