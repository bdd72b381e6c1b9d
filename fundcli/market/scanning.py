"""Many contracts weighed as carries: cheap questions to all of them, dear ones to those that are left.

1. Each exchange's rates in bulk and its spot list, at once: out are contracts without a rate, a spot market or a
   direction that receives the rate. 2. Their intervals or settled history, where that is asked for. 3. The net after
fees and borrowing. These run for each exchange by itself; 4. then the order books of the best of all, at once, and of
the next best where some cannot be priced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from fundcli.core.numbers import plain
from fundcli.core.scan_answer import ScanRow
from fundcli.market.gather import Found, Progress, from_each
from fundcli.market.kept import Store
from fundcli.market.scan_books import fill_best
from fundcli.market.scan_candidate import Candidate
from fundcli.market.scan_pricing import Terms, Wanted
from fundcli.market.scan_screen import Screen
from fundcli.profiles import Profile

if TYPE_CHECKING:
    from fundcli.exchanges import Network, Silence, SpotVenue

# Requests of one exchange that are under way at once: at a tenth of a second each as many as the pace of nearly any
# exchange lets through. While the answer of one contract is worked on, another's is waited for.
REQUESTS_AT_ONCE = 8
_CONTRACTS_AT_ONCE = 12
# Each exchange minds its own silence; nothing else bounds a scan.
_LONG_SECONDS = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to scan: these symbols and quotes (none: all, in dollars), the source of the rates, how many to price."""

    wanted: Wanted
    symbols: Sequence[str] = ()
    quotes: Sequence[str] = ()
    history_hours: Decimal | None = None
    books: int = 20


@dataclass(kw_only=True)
class Scanned:
    """The rows, ranked ones first, and what is to be said about them."""

    rows: list[ScanRow]
    missing: list[str]
    broken: list[str]
    warnings: list[str]
    unreported: list[str]


@dataclass
class _Scan:
    """One scan: a silence and a spot side for each exchange that is asked."""

    request: Request
    spot_profile: Profile | None
    network: Network
    store: Store
    now: datetime
    progress: Progress
    candidates: list[Candidate] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    spots: dict[str, SpotVenue] = field(default_factory=dict)

    def silence(self) -> Silence:
        from fundcli.exchanges import Silence

        self.silences.append(Silence(self.network.timeout_seconds, REQUESTS_AT_ONCE))
        return self.silences[-1]

    def spot(self, profile: Profile) -> SpotVenue | None:
        """The spot side behind a profile's perpetuals; profiles of one exchange share it."""
        from fundcli.exchanges import has_spot, open_spot

        named = self.spot_profile
        if named is None and not has_spot(profile):
            return None
        venue = open_spot(named or profile, self.network, self.silence())
        return self.spots.setdefault(venue.ccxt_id, venue)

    def screened(self, profile: Profile) -> Found:
        """One exchange's contracts."""
        from fundcli.exchanges import open_venue

        request, spot_profile = self.request, self.spot_profile or profile
        venue = open_venue(profile, self.network, self.silence())
        lender = venue if spot_profile is profile else open_venue(spot_profile, self.network, self.silence())
        screen = Screen(
            terms=Terms(wanted=request.wanted, profile=profile, spot_profile=spot_profile),
            venue=venue, lender=lender, spot=self.spot(profile), symbols=request.symbols,
            quotes=request.quotes, history_hours=request.history_hours, store=self.store, now=self.now,
            progress=self.progress, workers=_CONTRACTS_AT_ONCE,
        )  # fmt: skip
        screen.run()
        self.candidates += screen.candidates
        return Found(missing=screen.missing, warnings=screen.warnings)


def scan(
    profiles: Sequence[Profile], spot_profile: Profile | None, request: Request, network: Network, store: Store,
    now: datetime, progress: Progress,
) -> Scanned:  # fmt: skip
    """Rank the contracts of these exchanges by net APR on capital; every other one with the reason.

    spot_profile: where every spot leg stands; None: on the perpetual's own exchange.
    """
    from fundcli.exchanges import Deadline

    run = _Scan(request, spot_profile, network, store, now, progress)
    try:
        found = from_each(profiles, run.screened, network, progress, Deadline(_LONG_SECONDS))
        left = [candidate for candidate in run.candidates if candidate.rejected is None]
        missing, said = fill_best(left, request.books, _CONTRACTS_AT_ONCE, progress)
    finally:
        for silence in run.silences:
            silence.stop()
    ranked = sorted((c for c in run.candidates if c.rejected is None), key=_place)
    others = sorted((c for c in run.candidates if c.rejected is not None), key=lambda c: c.name)
    rows = [candidate.row(rank) for rank, candidate in enumerate(ranked, 1)] + [c.row(None) for c in others]
    return Scanned(
        rows=rows, missing=[*found.missing, *missing], broken=found.broken,
        warnings=[*found.warnings, *said, *_doubts(ranked, request)], unreported=_unreported(ranked),
    )  # fmt: skip


def _place(candidate: Candidate) -> tuple[Decimal, str]:
    assert candidate.result is not None
    return -candidate.result.net_apr_on_capital, candidate.name


def _doubts(ranked: Sequence[Candidate], request: Request) -> list[str]:
    """What of the ranked carries rests on less than it seems to."""
    span = request.history_hours or Decimal(0)
    groups: list[tuple[str, list[Candidate]]] = [
        (
            "{} buy their spot in another dollar than the perp's quote, taken at par",
            [c for c in ranked if c.pair is not None and not c.pair.same_quote],
        ),
        (
            f"{{}} rest on a mean of less than the {plain(span)} hours asked for (history_hours says how much)",
            [c for c in ranked if c.hours is not None and c.hours < span * Decimal("0.9")],
        ),
        ("{} have settlements missing from their history", [c for c in ranked if c.holes]),
        (
            "{} have no known margin tiers: the leverage is taken as allowed, and the buffer for a shock keeps the "
            "whole initial margin (--maintenance-rate)",
            [c for c in ranked if c.terms.rests_on_tiers and c.tiers is None],
        ),
        (
            "{} have their margin tiers from the profile, not from the exchange of now",
            [c for c in ranked if c.tiers_basis == "profile"],
        ),
        (
            "{} are not allowed the leverage asked for at their size (leverage says which one)",
            [c for c in ranked if c.result is not None and c.result.leverage < request.wanted.trade.leverage],
        ),
    ]
    doubts = [
        f"{text.format(f'{len(found)} of {len(ranked)} ranked')}; the first: {found[0].name}"
        for text, found in groups
        if found
    ]
    noted = [c for c in ranked if c.borrow is not None and c.borrow.basis == "profile"]
    if noted:
        first = noted[0].borrow_note
        doubts.append(f"{len(noted)} of {len(ranked)} ranked borrow at a profile's rate; the first: {first}")
    return doubts


def _unreported(ranked: Sequence[Candidate]) -> list[str]:
    groups = (
        ("rates are derived, not reported", [c for c in ranked if c.rate_basis == "derived"]),
        ("borrow rates are only the profile's", [c for c in ranked if c.borrow and c.borrow.basis == "profile"]),
    )
    return [f"{len(found)} of {len(ranked)} {text} (first: {found[0].name})" for text, found in groups if found]
