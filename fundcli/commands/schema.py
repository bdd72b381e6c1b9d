"""fundcli schema: the contract of each command's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer

from fundcli.commands import COMMANDS
from fundcli.commands.shared import Shared
from fundcli.commands.values import choice
from fundcli.render.answer import Answer, Column, Table


@dataclass(frozen=True)
class SchemaRow:
    """A command whose answer has a schema."""

    command: str
    schema: str
    kind: str


CONTENT = SchemaRow
IS_LIST = True
# answer → the command and, for a group, its subcommand, for a command with several answers the option that asks for
# this one; the schema is generated from the types that produce it.
_ANSWERED = {
    "cost": ("cost", None),
    "carry": ("carry", None),
    "stress": ("stress", None),
    "book": ("book", None),
    "rates": ("rates", None),
    "scan": ("scan", None),
    "explain": ("explain", None),
    "explain-sweep": ("explain", "sweep"),
    "explain-history": ("explain", "history"),
    "explain-series": ("explain", "series"),
    "predict": ("predict", None),
    "reconcile": ("reconcile", None),
    "history-sync": ("history", "sync"),
    "history-list": ("history", "list"),
    "history-show": ("history", "show"),
    "history-gaps": ("history", "gaps"),
    "history-stats": ("history", "stats"),
    "history-import": ("history", "import"),
    "history-export": ("history", "export"),
    "history-verify": ("history", "verify"),
    "history-compact": ("history", "compact"),
    "hedge": ("hedge", None),
    "apy": ("apy", None),
    "profiles": ("profiles", None),
    "profiles-show": ("profiles", "show"),
    "profiles-check": ("profiles", "check"),
    "profiles-init": ("profiles", "init"),
    "schema": ("schema", None),
}
_COLUMNS = [Column("command", "command"), Column("schema", "schema"), Column("kind", "holds")]
Name = Annotated[
    str | None,
    typer.Argument(metavar="[COMMAND]", parser=choice("schema", tuple(_ANSWERED)), help="cost, carry, rates, apy, …"),
]


def run(shared: Shared, command: Name = None) -> Answer:
    """The JSON Schema of a command's answer; without a command, the list of them.

    \b
    fundcli schema cost
    """
    if command is None:
        rows = [SchemaRow(name, f"fundcli/{name}@1", "rows" if _answered(name)[1] else "result") for name in _ANSWERED]
        return Answer(
            command="schema", as_of=shared.env.now(), inputs={}, content=rows, content_type=SchemaRow, is_list=True,
            sign="nothing", tables=lambda: [Table(_COLUMNS, [(r.command, r.schema, r.kind) for r in rows])],
        )  # fmt: skip
    from fundcli.render.schema import json_schema

    content, is_list = _answered(command)
    return Answer(
        command="schema", as_of=shared.env.now(), inputs={"command": command}, content=[], content_type=SchemaRow,
        is_list=True, sign="nothing", tables=list, raw=json_schema(command, content, is_list),
    )  # fmt: skip


def _answered(name: str) -> tuple[type, bool]:
    """The type of an answer's content, and whether it is a list of them."""
    command, subcommand = _ANSWERED[name]
    module: Any = import_module(f"fundcli.commands.{COMMANDS[command][0]}")
    if hasattr(module, "answer_type"):
        found: tuple[type, bool] = module.answer_type(subcommand)
        return found
    content = module.CONTENT if subcommand is None else module.SUBCOMMANDS[subcommand][1]
    return content, module.IS_LIST
