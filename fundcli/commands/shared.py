"""The options that every command takes, in any position, and what a command is handed besides its own options."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer
from msgspec.structs import replace

from fundcli.commands.values import choice, condition, positive_span_seconds, time, url
from fundcli.errors import UsageError
from fundcli.profiles import Catalog, Profile
from fundcli.render.answer import Answer
from fundcli.render.output import FORMATS, Notes
from fundcli.settings import Environment

if TYPE_CHECKING:
    from fundcli.core.condition import Condition
    from fundcli.exchanges import Network
    from fundcli.market.gather import Progress
    from fundcli.market.kept import Store

DEFAULT_EXCHANGE = "binance"

Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FORMAT", parser=choice("--output", FORMATS),
                 help="table, tsv, json, ndjson, csv or md. A table on a terminal, tsv when piped."),
]  # fmt: skip
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the answer to FILE, all or nothing.")]
NoColor = Annotated[bool, typer.Option("--no-color", help="No colour; NO_COLOR and TERM=dumb do the same.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only the answer: no progress, no warnings.")]
FailIf = Annotated[
    str | None,  # the parser makes it a Condition; naming that type here would import it for every command
    typer.Option("--fail-if", metavar="TEST", parser=condition,
                 help="Exit 1 if a comparison over a field holds, like 'apr_on_margin > 50%'."),
]  # fmt: skip
Strict = Annotated[bool, typer.Option("--strict", help="Exit 6 rather than rest on what nobody reported.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Gateway = Annotated[
    str | None,
    typer.Option("--gateway", metavar="URL", parser=url("--gateway", ("http", "https")),
                 help="Send every exchange request to URL/<original URL>."),
]  # fmt: skip
Proxy = Annotated[
    str | None,
    typer.Option("--proxy", metavar="URL", parser=url("--proxy", ("http", "https", "socks5", "socks5h", "socks4")),
                 help="http or socks5 proxy; HTTPS_PROXY works too."),
]  # fmt: skip
Timeout = Annotated[
    Decimal | None,
    typer.Option("--timeout", metavar="SPAN", parser=positive_span_seconds,
                 help="Most time to spend on each exchange (30s)."),
]  # fmt: skip
Offline = Annotated[bool, typer.Option("--offline", help="Never touch the network: what settled comes from the lake.")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", metavar="TIME", parser=time("--as-of"),
                 help="Answer from the lake as it would have been then."),
]  # fmt: skip
Refresh = Annotated[bool, typer.Option("--refresh", help="Ask for market lists again; they are kept for a day.")]

OPTIONS: dict[str, Any] = {
    "output": Output,
    "out": Out,
    "no_color": NoColor,
    "quiet": Quiet,
    "fail_if": FailIf,
    "strict": Strict,
    "debug": Debug,
    "gateway": Gateway,
    "proxy": Proxy,
    "timeout": Timeout,
    "refresh": Refresh,
    "offline": Offline,
    "as_of": AsOf,
}
# What may stand before the command: name → whether a value follows.
SPELLINGS = {
    "--output": True, "-o": True, "--out": True, "--no-color": False, "--quiet": False, "-q": False,
    "--fail-if": True, "--strict": False, "--debug": False, "--gateway": True, "--proxy": True, "--timeout": True,
    "--refresh": False, "--offline": False, "--as-of": True,
}  # fmt: skip
DEFAULT_TIMEOUT_SECONDS = Decimal(30)


@dataclass(kw_only=True)
class Shared:
    """The shared options of one call, and its surroundings."""

    env: Environment
    output: str | None = None
    out: Path | None = None
    no_color: bool = False
    quiet: bool = False
    fail_if: Condition | None = None
    strict: bool = False
    debug: bool = False
    gateway: str | None = None
    proxy: str | None = None
    timeout: Decimal | None = None
    refresh: bool = False
    offline: bool = False
    as_of: datetime | None = None

    @cached_property
    def catalog(self) -> Catalog:
        """The profiles, the user's over the built-in ones."""
        return Catalog(self.env.folder("config") / "profiles")

    @cached_property
    def notes(self) -> Notes:
        """The writer of stderr."""
        return Notes(self.env.stderr, self.quiet)

    @property
    def store(self) -> Store:
        """The lake on this computer, and whether it alone may answer."""
        from fundcli.market.kept import Store

        return Store(root=self.env.folder("data") / "lake", offline=self.offline, as_of=self.as_of)

    @property
    def network(self) -> Network:
        """How exchanges are reached. Imports them, so only commands that ask for it pay."""
        if self.offline or self.as_of is not None:
            option = "--offline" if self.offline else "--as-of"
            raise UsageError(f"{option}: this asks an exchange", "Ask for what settled: that comes from the lake.")
        return self.at_rest

    @property
    def at_rest(self) -> Network:
        """The same for what is kept of exchanges on disk, also where none may be asked."""
        from fundcli.exchanges import Network

        return Network(
            gateway=self.gateway,
            proxy=self.proxy,
            timeout_seconds=float(self.timeout or DEFAULT_TIMEOUT_SECONDS),
            cache_folder=self.env.folder("cache"),
            refresh=self.refresh,
        )

    @cached_property
    def progress(self) -> Progress:
        """Progress on a terminal."""
        from fundcli.render.progress import progress_for

        width = shutil.get_terminal_size().columns
        return progress_for(self.env.stderr, self.env.stderr_is_terminal, self.quiet, width)

    def profile(self, exchange: str | None) -> Profile:
        """The profile of an id, or in a file named with its path."""
        name = DEFAULT_EXCHANGE if exchange is None else exchange
        if name.endswith((".yaml", ".yml")):
            return self.catalog.load_file(Path(name)).profile
        return self.catalog.load(name).profile

    def spot_profile(self, exchange: str) -> Profile:
        """The profile behind a spot exchange: its own, or the one whose spot side it is (kraken: krakenfutures)."""
        if exchange in self.catalog.ids or exchange.endswith((".yaml", ".yml")):
            return self.profile(exchange)
        profiles = (self.profile(name) for name in self.catalog.ids)
        found = next((profile for profile in profiles if profile.spot and profile.spot.ccxt == exchange), None)
        return self.profile(exchange) if found is None else found


def with_shared(
    function: Callable[..., Answer],
    emit: Callable[[Shared, Callable[[], Answer], type], int],
    content: type | Callable[[Mapping[str, Any]], type],
) -> Callable[..., int]:
    """The function as a Typer command that also takes the shared options and emits its answer.

    `function` takes a `Shared` first and returns an answer whose content is of type `content`, or of the type that
    `content` finds for the options given; it is handed to `emit` as a thunk, whose exit code is returned.
    """
    hints = get_type_hints(function, include_extras=True)
    own = list(inspect.signature(function).parameters.values())[1:]
    parameters = [inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]
    parameters += [p.replace(annotation=hints[p.name], kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    parameters += [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=kind,
            default=False if kind.__origin__ is bool else None,
        )
        for name, kind in OPTIONS.items()
    ]

    @wraps(function)
    def command(ctx: typer.Context, **values: Any) -> int:
        env: Environment = ctx.find_root().obj
        chosen = {name: values.pop(name) for name in OPTIONS}
        if chosen["as_of"] is not None:  # the answer of then is asked for at its own time
            if chosen["as_of"] > env.now():
                raise UsageError("--as-of lies in the future", "Name a time that has been.")
            env = replace(env, fixed_time=chosen["as_of"])
        shared = Shared(env=env, **chosen)
        kind = content if isinstance(content, type) else content(values)
        return emit(shared, lambda: function(shared, **values), kind)

    command.__signature__ = inspect.Signature(parameters, return_annotation=int)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": int}
    return command


def hoist(arguments: Sequence[str], groups: frozenset[str]) -> list[str]:
    """Move shared options that stand before the command behind it, where they are declared.

    >>> hoist(["-o", "json", "cost", "--leverage", "5"], frozenset())
    ['cost', '--leverage', '5', '-o', 'json']
    """
    commands: list[str] = []
    moved: list[str] = []
    rest = list(arguments)
    while rest:
        token = rest[0]
        name, equals, _ = token.partition("=")
        if name in SPELLINGS:
            taken = 2 if SPELLINGS[name] and not equals else 1
        elif token.startswith("-o") and not token.startswith("--") and len(token) > 2:
            taken = 1
        elif token.startswith("-") or (commands and commands[0] not in groups) or len(commands) == 2:
            break
        else:
            commands.append(rest.pop(0))
            continue
        moved += rest[:taken]
        del rest[:taken]
    if not commands:
        return list(arguments)
    end = rest.index("--") if "--" in rest else len(rest)
    return [*commands, *rest[:end], *moved, *rest[end:]]
