"""fundcli apy: simple to compound and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import typer

from fundcli.commands import options, values
from fundcli.commands.shared import Shared
from fundcli.commands.sources import one_of
from fundcli.core.annualize import rate_for_apr, rate_for_apy
from fundcli.core.apy import ApyResult, annualized
from fundcli.errors import UsageError
from fundcli.market.given import baseline
from fundcli.render.answer import Answer, Cell, Column, Table

CONTENT = ApyResult
IS_LIST = False
SIGN = "money received"
Apr = Annotated[
    Decimal | None,
    typer.Option(
        "--apr", metavar="SHARE", parser=values.signed_share("--apr"), help="A simple yearly rate: which rate is it?"
    ),
]
Apy = Annotated[
    Decimal | None,
    typer.Option(
        "--apy",
        metavar="SHARE",
        parser=values.signed_share("--apy"),
        help="A compounded yearly rate: which rate is it?",
    ),
]
Target = Annotated[
    Decimal | None,
    typer.Option(
        "--target",
        metavar="SHARE",
        parser=values.signed_share("--target"),
        help="A wanted net APY: which rate earns it after --friction?",
    ),
]
Principal = Annotated[
    Decimal | None,
    typer.Option("--principal", metavar="MONEY", parser=values.positive("--principal"), help="Money put in (10k)."),
]
Friction = Annotated[
    Decimal | None,
    typer.Option(
        "--friction",
        metavar="SHARE",
        parser=values.share("--friction"),
        help="Points of principal lost a year, like 6% (0).",
    ),
]


def run(
    shared: Shared,
    rate: options.Rate = None,
    interval: options.Interval = None,
    apr: Apr = None,
    apy: Apy = None,
    target: Target = None,
    principal: Principal = None,
    friction: Friction = None,
    exchange: options.Exchange = None,
) -> Answer:
    """Simple to compound and back, for any interval. Positive is money received.

    APY = (1 + rate)^(8760 / interval) - 1 takes every receipt as reinvested in the same trade at no cost. Without
    options: the default profile's baseline.

    \b
    fundcli apy --rate 0.1% --interval 1d --principal 100000 --friction 6%
    fundcli apy --apr 10.95% --interval 8h
    fundcli apy --target 20% --interval 8h
    """
    one_of(rate=rate, apr=apr, apy=apy, target=target)
    base = (
        baseline(shared.profile(exchange), interval)
        if rate is None and apr is None and apy is None and target is None
        else None
    )
    unreported = ["the rate is only the profile's baseline"] if base else []
    hours = interval
    if hours is None:
        hours = Decimal(shared.profile(exchange).funding.interval_hours)
        unreported.append("the interval is only the profile's")
    lost = friction or Decimal(0)
    if apr is not None:
        found: Decimal | None = rate_for_apr(apr, hours)
    elif apy is not None or target is not None:
        found = rate_for_apy(apy if apy is not None else (target or Decimal(0)) + lost, hours)
    else:
        found = base.rate if base else rate
    if found is None:
        raise UsageError("no rate compounds to that", "An APY lies above -100 %.")
    result = annualized(found, hours, principal or options.DEFAULT_NOTIONAL, lost)
    inputs = {
        "rate": rate, "apr": apr, "apy": apy, "target": target, "interval_hours": hours,
        "principal": result.principal, "friction": lost,
    }  # fmt: skip
    rows = [
        ("rate", Cell(result.rate, "rate")),
        ("interval", Cell(hours, "hours")),
        ("periods a year", Cell(result.periods, "number")),
        ("APR, simple", Cell(result.apr, "percent")),
        ("APY, every receipt reinvested", Cell(result.apy, "percent")),
        ("friction a year", Cell(result.friction, "percent")),
        ("net APY", Cell(result.net_apy, "percent")),
        ("principal", Cell(result.principal, "money")),
        ("value after a year", Cell(result.final_value, "money")),
    ]
    return Answer(
        command="apy", as_of=shared.env.now(), inputs=inputs, content=result, content_type=CONTENT, sign=SIGN,
        tables=lambda: [Table([Column("fact", ""), Column("value", "")], rows)], unreported=unreported,
    )  # fmt: skip
