"""The answers of the four questions that `explain` takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fundcli.commands.shared import Shared
from fundcli.core.explain import Explained, SweepRow
from fundcli.core.explain import sweep as swept
from fundcli.market.explaining import Published, explained, notices
from fundcli.market.subject import Subject
from fundcli.profiles import Profile
from fundcli.profiles.rules import Given
from fundcli.render.answer import Answer

if TYPE_CHECKING:
    from fundcli.core.explain import Premium

SIGN = "long pays short"
_POINTS = 41


class Answers:
    """One call of `explain`: what was asked, and when."""

    def __init__(self, shared: Shared, now: datetime, inputs: Mapping[str, Any]) -> None:
        self.shared, self.now, self.inputs = shared, now, inputs

    def one(
        self, about: Subject, premium: Premium, published: Published | None = None,
        warnings: Sequence[str] = (), unreported: Sequence[str] = (),
    ) -> Answer:  # fmt: skip
        """A rate taken apart."""
        result = explained(about, premium, published)
        reasons = list(unreported)
        if premium.basis == "baseline":
            reasons.append("no premium was given, it is taken as zero")
        if about.interval_basis == "profile":
            reasons.append("the interval is only the profile's")
        if premium.estimated:
            reasons.append("the premium is an estimate")
        return Answer(
            command="explain", as_of=self.now, inputs={**self.inputs, "symbol": about.symbol}, content=result,
            content_type=Explained, sign=SIGN, tables=lambda: _views().explained_tables(result),
            warnings=[*warnings, *notices(about, premium, published is not None)], unreported=reasons,
        )  # fmt: skip

    def sweep(
        self, about: Subject, ends: Sequence[Decimal], points: int | None, chart: bool, warnings: Sequence[str]
    ) -> Answer:
        """The rate as a function of the premium."""
        rows = swept(ends[0], ends[-1], points or _POINTS, about.terms)
        return Answer(
            command="explain-sweep", as_of=self.now, inputs={**self.inputs, "symbol": about.symbol}, content=rows,
            content_type=SweepRow, is_list=True, sign=SIGN,
            tables=lambda: _views().sweep_tables(about, rows, chart),
            warnings=[*warnings, *([about.dated.doubt] if about.dated.doubt else [])],
        )  # fmt: skip

    def history(self, profile: Profile, symbol: str | None, since: datetime, given: Given) -> Answer:
        """Where settled rates lie."""
        from fundcli.core.rebuild import HistoryShares
        from fundcli.market.explain_live import settled_shares

        result, warnings = settled_shares(
            profile,
            symbol or profile.contracts.main,
            since,
            self.now,
            given,
            self.shared.network,
            self.shared.progress,
            self.shared.store,
        )
        return Answer(
            command="explain-history", as_of=self.now, inputs={**self.inputs, "symbol": result.symbol}, content=result,
            content_type=HistoryShares, sign=SIGN, tables=lambda: _views().history_tables(result), warnings=warnings,
        )  # fmt: skip

    def series(
        self,
        profile: Profile,
        symbol: str,
        file: Path,
        names: Mapping[str, str],
        interval: Decimal | None,
        given: Given,
    ) -> Answer:
        """How closely a series is rebuilt."""
        from fundcli.core.rebuild import Rebuilt
        from fundcli.market.rebuilding import rebuilt

        result, warnings = rebuilt(profile, symbol, file, names, interval, given)
        return Answer(
            command="explain-series", as_of=self.now, inputs=self.inputs, content=result, content_type=Rebuilt,
            sign=SIGN, tables=lambda: _views().series_tables(result), warnings=warnings,
            unreported=["premiums of one instant stand in for averages"] if result.estimated else [],
        )  # fmt: skip


def _views() -> Any:
    from fundcli.commands import explain_view

    return explain_view
