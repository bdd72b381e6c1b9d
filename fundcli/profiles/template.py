"""The file that `profiles init` writes: an override with everything commented out."""

from __future__ import annotations

from decimal import Decimal

from fundcli.core.numbers import plain
from fundcli.profiles.schema import Fee, Profile


def override_template(profile: Profile) -> str:
    """An override that changes nothing until a line is uncommented."""
    funding, fees = profile.funding, profile.fees
    lines = [
        f"# Your values over the built-in profile of {profile.name}. Uncomment what you change;",
        "# `fundcli profiles check FILE` checks it, `fundcli profiles show ID` shows what comes from where.",
        f"extends: {profile.id}",
        "",
        "# fees:",
        f"#   perp: {_fee(fees.perp)}",
    ]
    if fees.spot is not None:
        lines.append(f"#   spot: {_fee(fees.spot)}")
    lines += [
        "#   source: {what: my fee tier, date: 2026-01-31}",
        "",
        "# funding:",
        f"#   interval_hours: {plain(funding.interval_hours)}",
    ]
    if funding.interest_per_day is not None:
        lines.append(f"#   interest_per_day: {_percent(funding.interest_per_day)}")
    if funding.window_seconds is not None:
        lines.append(f"#   window_seconds: {funding.window_seconds}")
    return "\n".join(lines) + "\n"


def _fee(fee: Fee) -> str:
    return f"{{maker: {_percent(fee.maker)}, taker: {_percent(fee.taker)}}}"


def _percent(value: Decimal) -> str:
    return f"{plain(value * 100)}%"
