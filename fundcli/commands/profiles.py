"""fundcli profiles: list, show, check and init exchange profiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from fundcli.commands.options import complete_exchanges
from fundcli.commands.shared import Shared
from fundcli.errors import DataError, UsageError, did_you_mean
from fundcli.profiles import Catalog, Loaded
from fundcli.profiles.template import override_template
from fundcli.render.answer import Answer, Column, Table

SIGN = "a fee paid; a rebate is negative"
IS_LIST = True
Id = Annotated[str, typer.Argument(metavar="ID", help="A profile, like binance.", autocompletion=complete_exchanges)]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A profile in YAML.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")]


@dataclass(frozen=True)
class ProfileRow:
    """One profile: what it is, its default interval and base fees, and where it comes from."""

    id: str
    name: str
    status: str
    main_symbol: str
    interval_hours: Decimal
    interest_per_day: Decimal | None
    perp_maker: Decimal
    perp_taker: Decimal
    spot_taker: Decimal | None
    origin: str


@dataclass(frozen=True)
class ValueRow:
    """One value of a merged profile, and the file and line that it comes from."""

    key: str
    value: str
    file: str
    line: int


@dataclass(frozen=True)
class FileRow:
    """A file that was checked or written."""

    file: str
    id: str
    status: str


CONTENT = ProfileRow


def run(shared: Shared) -> Answer:
    """List the exchange profiles: intervals, fees, sources.

    \b
    fundcli profiles
    fundcli profiles show okx
    fundcli profiles init binance
    fundcli profiles check my-binance.yaml
    """
    rows = []
    for name in shared.catalog.ids:
        loaded = shared.catalog.load(name)
        profile = loaded.profile
        fees, funding = profile.fees, profile.funding
        rows.append(
            ProfileRow(
                name, profile.name, profile.status, profile.contracts.main, funding.interval_hours + 0,
                None if funding.interest_per_day is None else funding.interest_per_day + 0, fees.perp.maker + 0,
                fees.perp.taker + 0, None if fees.spot is None else fees.spot.taker + 0, _origin(shared, name),
            )
        )  # fmt: skip
    columns = [
        Column("id", "id"), Column("status", "status"), Column("main_symbol", "main contract"),
        Column("interval_hours", "interval", "hours"), Column("perp_maker", "maker", "rate"),
        Column("perp_taker", "taker", "rate"), Column("origin", "from"),
    ]  # fmt: skip
    return _answer(shared, "profiles", rows, ProfileRow, columns, {})


def show(shared: Shared, profile_id: Id) -> Answer:
    """Show every value and where it comes from.

    User files are merged over the built-in ones; each value names its file and line.

    \b
    fundcli profiles show okx
    """
    loaded = _load(shared, profile_id)
    rows = [ValueRow(".".join(key), value, *_place(loaded, key)) for key, value in _leaves(loaded.data, ())]
    columns = [Column("key", "key"), Column("value", "value"), Column("file", "file"), Column("line", "line", "number")]
    return _answer(shared, "profiles-show", rows, ValueRow, columns, {"profile": profile_id})


def check(shared: Shared, file: File) -> Answer:
    """Check a profile in YAML.

    An error names the line, the field, what was expected and the nearest right spelling.

    \b
    fundcli profiles check my-binance.yaml
    """
    if not file.is_file():
        raise DataError(f"{file} is not a file", "Name a profile in YAML.")
    profile = shared.catalog.load_file(file).profile
    rows = [FileRow(str(file), profile.id, "valid")]
    return _answer(shared, "profiles-check", rows, FileRow, _file_columns(), {"file": str(file)})


def init(shared: Shared, profile_id: Id, force: Force = False) -> Answer:
    """Write an override to edit into the config folder.

    \b
    fundcli profiles init binance
    """
    if profile_id not in shared.catalog.builtin:
        hint = did_you_mean(profile_id, shared.catalog.builtin, "`fundcli profiles` lists them.")
        raise UsageError(f"there is no built-in profile '{profile_id}'", hint)
    loaded = Catalog().load(profile_id)
    folder = shared.env.folder("config") / "profiles"
    file = folder / f"{profile_id}.yaml"
    if file.exists() and not force:
        raise UsageError(f"{file} is there already", "Edit it, or overwrite it with --force.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(override_template(loaded.profile), encoding="utf-8")
    except OSError as error:
        raise DataError(
            f"{file} cannot be written: {error.strerror}", "Check the folder, or set FUNDCLI_CONFIG_DIR."
        ) from None
    return _answer(
        shared,
        "profiles-init",
        [FileRow(str(file), profile_id, "written")],
        FileRow,
        _file_columns(),
        {"profile": profile_id},
    )


SUBCOMMANDS = {"list": (run, ProfileRow), "show": (show, ValueRow), "check": (check, FileRow), "init": (init, FileRow)}


def _load(shared: Shared, name: str) -> Loaded:
    return shared.catalog.load_file(Path(name)) if name.endswith((".yaml", ".yml")) else shared.catalog.load(name)


def _answer(
    shared: Shared, name: str, rows: list[Any], kind: type, columns: list[Column], inputs: Mapping[str, Any]
) -> Answer:
    cells = [tuple(getattr(row, column.name) for column in columns) for row in rows]
    return Answer(
        command=name, as_of=shared.env.now(), inputs=inputs, content=rows, content_type=kind, is_list=True,
        sign=SIGN, tables=lambda: [Table(columns, cells)],
    )  # fmt: skip


def _origin(shared: Shared, name: str) -> str:
    return str(shared.catalog.user[name]) if name in shared.catalog.user else "built in"


def _place(loaded: Loaded, key: tuple[str, ...]) -> tuple[str, int]:
    while key and key not in loaded.origins:
        key = key[:-1]
    origin = loaded.origins.get(key)
    return (origin.file, origin.line) if origin else ("(its file name)", 0)


def _leaves(value: Any, key: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(item, (*key, name))
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for number, item in enumerate(value):
            yield from _leaves(item, (*key, str(number)))
    else:
        yield key, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _file_columns() -> list[Column]:
    return [Column("file", "file"), Column("id", "id"), Column("status", "status")]
