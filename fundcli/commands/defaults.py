"""Options set elsewhere than on the command line: FUNDCLI_<OPTION>, then the settings files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typer.core import TyperOption
from typer.exceptions import TyperException

from fundcli.commands import COMMANDS
from fundcli.errors import DataError, FundcliError, UsageError, did_you_mean
from fundcli.settings import Environment, Setting, load_settings


def options_of(command: Any, deep: bool = False) -> list[TyperOption]:
    """The options of a command, and of its subcommands if asked, but for --help."""
    own = [p for p in command.params if isinstance(p, TyperOption) and p.name not in ("help", "version")]
    subcommands = getattr(command, "commands", {}).values() if deep else ()
    return own + [option for sub in subcommands for option in options_of(sub)]


def long_name(option: TyperOption) -> str:
    """`no-color` of --no-color: the key in a settings file."""
    return max(option.opts, key=len).lstrip("-")


def wire(command: Any, name: str, all_options: Callable[[], set[str]]) -> None:
    """Let every option of a command be set by its environment variable and by the settings files.

    `all_options` gives the names that any command takes; it is asked where a key is not one of this command.
    """
    for option in options_of(command):
        option.envvar = f"FUNDCLI_{long_name(option).replace('-', '_').upper()}"
        option.show_envvar = False
    for sub_name, sub in getattr(command, "commands", {}).items():
        wire(sub, f"{name} {sub_name}", all_options)
    original = command.make_context

    def make_context(info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        env = parent.find_root().obj if parent else None
        if env is not None:
            _check_environment(command, env)
            extra["default_map"] = _from_files(command, name, env, all_options)
        return original(info_name, args, parent=parent, **extra)

    command.make_context = make_context


def _check_environment(command: Any, env: Environment) -> None:
    """A bad value in the environment is an error of the variable, not of an option that nobody typed."""
    for option in options_of(command):
        value = env.environ.get(str(option.envvar))
        if value and not option.is_flag and not option.multiple:
            _check_value(option, value, UsageError, f"{option.envvar}: ")


def _from_files(command: Any, name: str, env: Environment, all_options: Callable[[], set[str]]) -> dict[str, Any]:
    """Settings files as Typer's defaults, each key and value checked with the line it stands in."""
    defaults: dict[str, Any] = {}
    options = {long_name(option): option for option in options_of(command)}
    for key, setting in load_settings(env, name, tuple(COMMANDS)).items():
        option = options.get(key)
        if option is None:
            known = all_options()
            if key not in known:
                hint = did_you_mean(key, sorted(known), "A setting is an option's long name without its dashes.")
                raise DataError(f"{setting.where}: {key}: unknown setting", hint)
        elif setting.value is not None and option.name:
            defaults[option.name] = _value(option, setting)
    return defaults


def _value(option: TyperOption, setting: Setting) -> Any:
    """A setting's value as Typer takes it: a list for a repeatable option, else one text or flag."""
    items = setting.value if isinstance(setting.value, list) else [setting.value]
    for item in items:
        _check_value(option, item, DataError, f"{setting.where}: ")
    if option.multiple:
        return items
    return ",".join(map(str, items)) if isinstance(setting.value, list) else setting.value


def _check_value(option: TyperOption, value: Any, kind: type[FundcliError], where: str) -> None:
    try:
        option.type.convert(value, option, None)
    except FundcliError as error:
        raise kind(where + error.message, error.remedy) from None
    except TyperException as error:
        text = getattr(error, "message", str(error)).rstrip(".")
        raise kind(f"{where}{long_name(option)}: {text}", "Mend that value.") from None
