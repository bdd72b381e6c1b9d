"""Which contracts of the lake are meant, and what to say where there are none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from fundcli.core.symbols import contract_meant
from fundcli.errors import DataError, UsageError, did_you_mean, near
from fundcli.lake.layout import FUNDING, exchange_of, files
from fundcli.lake.scope import Scope

_FILL = "Fill it with `fundcli history sync`."


def exchanges_of(root: Path) -> list[str]:
    """The exchanges whose settlements the lake holds; an empty lake is an error that says how to fill it."""
    held = list(dict.fromkeys(exchange_of(file) for file in files(root, FUNDING)))
    if not held:
        raise DataError(f"the lake in {root} is empty", _FILL)
    return held


def scope_of(
    root: Path, exchanges: Sequence[str], typed: Sequence[str], profiles: Iterable[str], as_of_ms: int | None
) -> Scope:
    """The scope of what was typed. A symbol in full is taken as it stands (see `confirm`), without a look around.

    Files that cannot be read are left out, and named in its `problems`.
    """
    held = exchanges_of(root)
    for name in exchanges:
        if name not in held:
            raise _no_exchange(name, held, profiles)
    asked = tuple(exchanges) or tuple(held)
    scope = Scope(root=root, exchanges=asked, symbols=tuple(typed), as_of_ms=as_of_ms, problems=[])
    if all("/" in text and ":" in text and text == text.upper() for text in typed):
        return scope
    pairs = frozenset(pair for text in typed for pair in _meant(scope, text))
    return msgspec.structs.replace(scope, symbols=tuple(sorted({symbol for _, symbol in pairs})), contracts=pairs)


def confirm(scope: Scope, seen: Iterable[str]) -> None:
    """Refuse symbols in full that had no row because the lake does not know them."""
    for symbol in sorted(set(scope.symbols) - set(seen)):
        if symbol not in {known for _, known, _ in scope.names()}:
            raise _nowhere(symbol, scope)


def _meant(scope: Scope, text: str) -> list[tuple[str, str]]:
    """The contract that a typed symbol means on each exchange that has it."""
    by_exchange: dict[str, list[str]] = defaultdict(list)
    for exchange, symbol, _ in scope.names():
        by_exchange[exchange].append(symbol)
    found: list[tuple[str, str]] = []
    for exchange, symbols in by_exchange.items():
        meant = contract_meant(text, symbols)
        if len(meant) > 1:
            raise UsageError(f"{exchange}: '{text}' could be {', '.join(meant)}", "Name one of them.")
        found += [(exchange, symbol) for symbol in meant]
    if not found:
        raise _nowhere(text, scope)
    return found


def _no_exchange(name: str, held: Sequence[str], profiles: Iterable[str]) -> Exception:
    if name in profiles:
        return DataError(f"the lake holds nothing of {name}", f"Fill it with `fundcli history sync -e {name}`.")
    return UsageError(
        f"the lake holds nothing of '{name}'", did_you_mean(name, held, f"It holds {', '.join(held[:9])}.")
    )


def _nowhere(text: str, scope: Scope) -> Exception:
    """Why a symbol was not found: it may stand in a file that cannot be read."""
    if scope.problems:
        return DataError(
            "; ".join(scope.problems), "Move it away and ask for it anew with `fundcli history sync --again`."
        )
    return _no_symbol(text, scope)


def _no_symbol(text: str, scope: Scope) -> UsageError:
    symbols = sorted({symbol for _, symbol, _ in scope.names()})
    spellings = {spelt.upper(): s for s in symbols for spelt in (s.partition(":")[0].replace("/", ""), s)}
    spellings |= {symbol.partition("/")[0].upper(): symbol for symbol in reversed(symbols)}
    found = list(dict.fromkeys(spellings[word] for word in near(text.strip().upper(), spellings, 3)))
    where = " or ".join(scope.exchanges) if len(scope.exchanges) <= 3 else "any exchange"
    hint = f"Did you mean {' or '.join(found)}?" if found else "`fundcli history list` shows what there is."
    return UsageError(f"the lake holds no '{text}' of {where}", hint)
