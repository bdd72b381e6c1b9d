"""Options of what a position ties up, shared by cost, carry and stress."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer

from fundcli.commands import values
from fundcli.errors import UsageError
from fundcli.profiles import Profile
from fundcli.profiles.houses import one_house
from fundcli.render.human import money, person_rate

BorrowLeverage = Annotated[
    Decimal | None,
    typer.Option(
        "--borrow-leverage",
        metavar="X",
        parser=values.positive("--borrow-leverage"),
        help="Of the borrowed spot of a reverse carry (3).",
    ),
]
Collateral = Annotated[
    str | None,
    typer.Option("--collateral", metavar="WHAT", parser=values.choice("--collateral", ("cash", "spot")),
                 help="cash, or spot: the coin held serves as margin (cash)."),
]  # fmt: skip
MaintenanceRate = Annotated[
    Decimal | None,
    typer.Option("--maintenance-rate", metavar="SHARE", parser=values.share("--maintenance-rate", "0", "0.99"),
                 help="Maintenance margin of notional (the profile's tiers)."),
]  # fmt: skip
Account = Annotated[
    str | None,
    typer.Option("--collateral", metavar="WHAT", parser=values.choice("--collateral", ("cash", "spot", "unified")),
                 help="cash, spot: the coin held serves as margin, or unified: one account for both legs (cash)."),
]  # fmt: skip
Equity = Annotated[
    Decimal | None,
    typer.Option("--equity", metavar="MONEY", parser=values.positive("--equity"),
                 help="All your money: what share of it the trade ties up."),
]  # fmt: skip
PositionCap = Annotated[
    Decimal | None,
    typer.Option("--position-cap", metavar="SHARE", parser=values.share("--position-cap", "0", "1"),
                 help="Warn where a trade ties up more of --equity (5%)."),
]  # fmt: skip
Haircut = Annotated[
    Decimal | None,
    typer.Option(
        "--haircut",
        metavar="SHARE",
        parser=values.share("--haircut", "0", "1"),
        help="Taken off the spot as margin (0).",
    ),
]
Buffer = Annotated[
    Decimal | None,
    typer.Option(
        "--buffer",
        metavar="MONEY",
        parser=values.not_negative("--buffer"),
        help="Spare money set aside, in the settlement currency (0).",
    ),
]
Size = Annotated[
    Decimal | None,
    typer.Option(
        "--size", metavar="COINS", parser=values.positive("--size"), help="Position in coin; inverse: contracts."
    ),
]

DEFAULT_POSITION_CAP = Decimal("0.05")


def refuse(
    borrow_leverage: Decimal | None, haircut: Decimal | None, collateral: str | None, earns: Decimal | None = None
) -> None:
    """Options of the capital that leave nothing to be priced, or that belong to one that is not there."""
    if borrow_leverage is not None and borrow_leverage <= 1:
        raise UsageError(f"--borrow-leverage of {borrow_leverage} or less borrows nothing", "Write more than 1.")
    if collateral in ("spot", "unified") or not haircut:
        return
    if not earns:
        raise UsageError("--haircut belongs to --collateral spot or unified", "Add it, or drop the haircut.")
    if haircut == 1:
        raise UsageError("--haircut of 100 % leaves nothing that counts as margin", "Write less.")


def refuse_apart(collateral: str, profile: Profile, spot_profile: Profile) -> None:
    """Refuses coin as margin on another exchange than the one that it is held on."""
    if collateral != "cash" and not one_house(profile, spot_profile):
        raise UsageError(
            f"coin on {spot_profile.id} is no margin on {profile.id}",
            f"Drop --spot-exchange, or --collateral {collateral}.",
        )


def beyond_cap(capital: Decimal, equity: Decimal | None, cap: Decimal | None) -> list[str]:
    """A warning where a trade ties up more than its share of all the money."""
    if equity is None:
        if cap is not None:
            raise UsageError("--position-cap is a share of --equity", "Add --equity 1m, say.")
        return []
    most = DEFAULT_POSITION_CAP if cap is None else cap
    if capital <= most * equity:
        return []
    return [
        f"the trade ties up {person_rate(capital / equity)} of the equity, beyond the position cap of "
        f"{person_rate(most)} ({money(most * equity)})"
    ]
