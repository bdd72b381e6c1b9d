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
# command → module; the schema is generated from the types that produce the answer.
_COLUMNS = [Column("command", "command"), Column("schema", "schema"), Column("kind", "holds")]
_ANSWERED = {"cost": "cost", "carry": "carry", "rates": "rates", "apy": "apy", "profiles": "profiles"}
Name = Annotated[
    str | None,
    typer.Argument(
        metavar="[COMMAND]", parser=choice("schema", tuple(_ANSWERED)), help="cost, carry, rates, apy or profiles."
    ),
]


def run(shared: Shared, command: Name = None) -> Answer:
    """The JSON Schema of a command's answer; without a command, the list of them.

    \b
    fundcli schema cost
    """
    if command is None:
        rows = [
            SchemaRow(name, f"fundcli/{name}@1", "rows" if _module(name).IS_LIST else "result") for name in _ANSWERED
        ]
        return Answer(
            command="schema", as_of=shared.env.now(), inputs={}, content=rows, content_type=SchemaRow, is_list=True,
            sign="nothing", tables=lambda: [Table(_COLUMNS, [(r.command, r.schema, r.kind) for r in rows])],
        )  # fmt: skip
    from fundcli.render.schema import json_schema

    module = _module(command)
    return Answer(
        command="schema", as_of=shared.env.now(), inputs={"command": command}, content=[], content_type=SchemaRow,
        is_list=True, sign="nothing", tables=list, raw=json_schema(command, module.CONTENT, module.IS_LIST),
    )  # fmt: skip


def _module(name: str) -> Any:
    return import_module(f"fundcli.commands.{COMMANDS[name][0]}")
