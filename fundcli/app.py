"""The Typer application, and the one place that turns an error into a line and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from fundcli import __version__
from fundcli.commands import COMMANDS, GROUPS
from fundcli.commands.defaults import long_name, options_of, wire
from fundcli.commands.shared import SPELLINGS, Shared, hoist, with_shared
from fundcli.errors import (
    BAD_DATA,
    CONDITION_HOLDS,
    DONE,
    INTERRUPTED,
    PARTIAL,
    FundcliError,
    NotReportedError,
    UsageError,
    did_you_mean,
)
from fundcli.render.answer import Answer
from fundcli.render.fields import field_kinds
from fundcli.render.output import Notes, check_file, rendered, write_answer
from fundcli.settings import Environment


def main(arguments: Sequence[str], env: Environment) -> int:
    """Run one command line; returns the exit code. No error passes this point but with --debug."""
    debug = "--debug" in arguments
    notes = Notes(env.stderr)
    try:
        result = _root(env).main(
            args=hoist(arguments, GROUPS) or ["--help"],
            prog_name="fundcli",
            standalone_mode=False,
            obj=env,
            auto_envvar_prefix=None,
        )
        return result if isinstance(result, int) else DONE
    except FundcliError as error:
        if debug:
            raise
        notes.error(error.line())
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        notes.error("interrupted.")
        return INTERRUPTED
    except TyperException as error:
        notes.error(_usage(error))
        return UsageError.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        if debug:
            raise
        notes.error(f"a defect in fundcli: {type(error).__name__}. Run it again with --debug and report what it shows.")
        return 70  # EX_SOFTWARE: none of the documented codes would be true


def _usage(error: Any) -> str:
    """Typer's own errors (a wrong option, a missing value) as one line with its remedy."""
    text = error.format_message().strip().replace("\n", " ").rstrip(".")
    context = getattr(error, "ctx", None)
    name = context.command_path if context else "fundcli"
    wrong = getattr(error, "option_name", None)
    if wrong is not None and hasattr(error, "possibilities"):
        known = {*SPELLINGS, *(option for p in context.command.params for option in p.opts)} if context else set()
        return f"there is no option {wrong}. {did_you_mean(wrong, sorted(known), f'See `{name} --help`.', 0.7)}"
    return text if text.endswith("?") else f"{text}. See `{name} --help`."


class Lazy(TyperGroup):
    """A group whose commands are imported when they are called: twenty of them would cost more than one does."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the index."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and build one command; None for an unknown name."""
        return _build(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Refuse an unknown command with the nearest right one."""
        if args and args[0] not in COMMANDS:
            hint = did_you_mean(args[0], COMMANDS, "`fundcli --help` lists them.")
            raise UsageError(f"there is no command '{args[0]}'", hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands from the index, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _root(env: Environment) -> Any:
    app = typer.Typer(
        cls=Lazy, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=True,
        context_settings={"help_option_names": ["-h", "--help"]},
    )  # fmt: skip

    @app.callback()
    def root(
        version: bool = typer.Option(False, "--version", help="Show the version.", is_eager=True, callback=_version),
    ) -> None:
        """Funding cost and carry of crypto perpetual futures, every number with its interval, source and time.

        \b
        fundcli cost --leverage 5
        fundcli carry --rate 0.01%
        fundcli rates --exchange binance --top 10
        fundcli cost --live --symbol ETH -o json --fail-if 'apr_on_margin > 50%'
        """

    return typer.main.get_command(app)


def _version(value: bool) -> None:
    if value:
        print(f"fundcli {__version__}")  # noqa: T201 - the version is the answer
        raise typer.Exit


def _build(name: str) -> Any:
    module = import_module(f"fundcli.commands.{COMMANDS[name][0]}")
    settings = {"help_option_names": ["-h", "--help"]}
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
    if name in GROUPS:
        app.callback(invoke_without_command=True, context_settings=settings)(_default(module))
        for sub, (function, content) in module.SUBCOMMANDS.items():
            app.command(sub, context_settings=settings)(with_shared(function, emit, content))
    else:
        app.command(name, context_settings=settings)(with_shared(module.run, emit, module.CONTENT))
    command = typer.main.get_command(app)
    command.name = name
    wire(command, name, all_options)
    return command


def all_options() -> set[str]:
    """The long names of the options of every command; imports them all, so it is for slips alone."""
    return {long_name(option) for name in COMMANDS for option in options_of(_build(name), deep=True)}


def _default(module: Any) -> Callable[..., Any]:
    """A group's own command, which runs where no subcommand is named."""
    command = with_shared(module.run, emit, module.CONTENT)

    @wraps(command)
    def default(ctx: typer.Context, **values: Any) -> Any:
        return command(ctx, **values) if ctx.invoked_subcommand is None else None

    vars(default).update(__signature__=vars(command)["__signature__"], __annotations__=command.__annotations__)
    return default


def emit(shared: Shared, make: Callable[[], Answer], content: type) -> int:
    """Run a command, write its answer and what is to be said about it; returns the exit code."""
    env = shared.env
    if shared.out is not None:
        check_file(shared.out)
    if shared.fail_if is not None:
        shared.fail_if.check(field_kinds(content))
    answer = make()
    if shared.strict and answer.unreported:
        raise NotReportedError(
            f"--strict: {'; '.join(answer.unreported)}", "Drop --strict, or give the number yourself."
        )
    is_terminal = shared.out is None and env.stdout_is_terminal
    output = shared.output or ("table" if is_terminal else "tsv")
    data = rendered(answer, output, env.environ, is_terminal, shared.no_color, answer.as_of)
    write_answer(data, env.stdout, shared.out)
    shared.notes.warn(answer.warnings)
    if answer.missing:
        shared.notes.error(f"partial answer: {'; '.join(answer.missing)}")
    for problem in answer.broken:
        shared.notes.error(f"{problem}.")
    if shared.fail_if is not None and shared.fail_if.holds(answer.content):
        return CONDITION_HOLDS
    if answer.broken:
        return BAD_DATA
    return PARTIAL if answer.missing else DONE
