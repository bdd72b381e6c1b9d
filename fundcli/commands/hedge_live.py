"""What `hedge --live` asks an exchange for: how the instrument's orders count, and its price, unless they are typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fundcli.commands.hedge_options import Counted
from fundcli.commands.shared import Shared
from fundcli.errors import UsageError
from fundcli.profiles import Profile


def check(typed: Counted, instrument: str | None, source: str) -> None:
    """Refuses what --live cannot answer, and what it would not be asked for."""
    if instrument is None:
        raise UsageError("--live asks for an instrument, and none is named", "Add --instrument.")
    if typed.contract is not None and typed.lot is None:
        raise UsageError(
            "--live says what a contract is worth and counts its lot by that",
            "Drop --contract-size, or add --lot, which counts the contracts as typed.",
        )
    if typed.contract is not None and typed.price is not None and source != "lake":
        raise UsageError("--live asks for lot, contract size and price, and all are typed", "Drop --live.")


def ask(shared: Shared, profile: Profile, instrument: str, typed: Counted) -> tuple[str, Counted, Sequence[str]]:
    """The instrument's symbol, its price and how its orders count; what is typed goes before. Then what to know of it.

    A typed lot counts what the exchange's orders count.
    """
    from fundcli.market.hedge_live import quoted

    counts = typed.contract is None
    shared.progress.begin(profile.id)
    try:
        found = quoted(profile, instrument, shared.network, counted=counts, priced=typed.price is None)
    finally:
        shared.progress.end()
    counted, warnings = typed, list(found.warnings)
    if typed.price is None:
        counted = replace(counted, price=found.price, price_basis=found.price_basis)
    if counts:
        counted = replace(counted, contract=found.contract, least=found.least)
        if typed.lot is None:
            counted = replace(counted, lot=found.lot, lot_basis="exchange", lot_source=found.source)
            if found.lot is None:
                taken = "whole contracts are taken" if found.contract is not None else "nothing is rounded"
                warnings.append(f"{profile.id} does not say the lot of {found.symbol}: {taken}; give it with --lot")
    return found.symbol, counted, warnings
