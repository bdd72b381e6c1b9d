"""What the questions to the lake have in common: which contracts, which window, and as of when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fundcli.commands import options, values
from fundcli.commands.shared import Shared
from fundcli.core.units import parse_time_or_span, to_ms
from fundcli.errors import UsageError

if TYPE_CHECKING:
    from fundcli.lake.scope import Scope


def complete_held(ctx: typer.Context, incomplete: str) -> list[str]:
    """Symbols of the lake, for shell completion."""
    from fundcli.errors import FundcliError
    from fundcli.lake.names import scope_of
    from fundcli.settings import Environment

    try:
        scope = scope_of(Environment().folder("data") / "lake", ctx.params.get("exchange") or [], [], [], None)
        return sorted({symbol for _, symbol, _ in scope.names() if symbol.startswith(incomplete.upper())})
    except FundcliError:
        return []


Exchanges = Annotated[
    list[str] | None,
    typer.Option("--exchange", "-e", metavar="ID", help="Only this exchange; repeatable (all).",
                 autocompletion=options.complete_exchanges),
]  # fmt: skip
Symbols = Annotated[
    list[str] | None,
    typer.Option("--symbol", "-s", metavar="SYMBOL", help="Only this contract; repeat it for more (all).",
                 autocompletion=complete_held),
]  # fmt: skip
Since = Annotated[str | None, typer.Option("--since", metavar="WHEN", help="From then on, or a span ago (the first).")]
Until = Annotated[str | None, typer.Option("--until", metavar="WHEN", help="Until then, included (now).")]
Last = Annotated[
    Decimal | None, typer.Option("--last", metavar="SPAN", parser=values.span("--last"), help="The last 90d.")
]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a question to the lake is about; `moment` is its now, which --as-of sets."""

    scope: Scope
    moment: datetime
    inputs: dict[str, Any]


def asked(
    shared: Shared,
    exchange: list[str] | None,
    symbol: list[str] | None,
    since: str | None = None,
    until: str | None = None,
    last: Decimal | None = None,
) -> Asked:
    """The scope of a question, its symbols found in the lake."""
    import msgspec

    from fundcli.lake.names import scope_of

    as_of, moment = shared.as_of, shared.env.now()
    start, end = _window(moment, since, until, last)
    known = None if as_of is None else to_ms(as_of)
    names, typed = list(dict.fromkeys(exchange or [])), list(dict.fromkeys(symbol or []))
    profiles = shared.catalog.ids if names else []
    scope = scope_of(shared.env.folder("data") / "lake", names, typed, profiles, known)
    scope = msgspec.structs.replace(scope, since_ms=start and to_ms(start), until_ms=to_ms(end))
    inputs = {"exchange": names, "symbol": typed, "since": start, "until": end, "as_of": as_of}
    return Asked(scope=scope, moment=moment, inputs=inputs)


def _window(
    now: datetime, since: str | None, until: str | None, last: Decimal | None
) -> tuple[datetime | None, datetime]:
    if last is not None and (since or until):
        raise UsageError("--last and --since both give the start", "Give one of them.")
    end = parse_time_or_span(until, now, "--until") if until else now
    start = None if since is None else parse_time_or_span(since, now, "--since")
    if last is not None:
        start = now - timedelta(seconds=float(last * 3600))
    if start is not None and start >= end:
        raise UsageError("--since does not lie before --until", "Check the two times.")
    return start, end
