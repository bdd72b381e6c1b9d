"""What a replay amounts to: quantiles and their uncertainty, the chance to have broken even, the worst start."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal

from fundcli.core.bootstrap import cut, quantile_bounds
from fundcli.core.history import Settled
from fundcli.core.numbers import exact, plain
from fundcli.core.odds import Replay, Terms, quantile, replay
from fundcli.core.odds_answer import CapitalPath, Chance, Odds, Outcome
from fundcli.core.topups import Backing, Prices, tied_up
from fundcli.core.units import HOURS_PER_YEAR, MS_PER_HOUR, from_ms
from fundcli.errors import DataError, UsageError

# A block is never shorter, however short the hold: rates keep their level for weeks.
LEAST_BLOCK_HOURS = Decimal(720)
SHARES = tuple(map(Decimal, ("0.05", "0.25", "0.5", "0.75", "0.95")))
CONFIDENCE = Decimal("0.9")
_BREAK_EVEN_SHARES = tuple(map(Decimal, ("0.1", "0.5", "0.9")))
_POINTS = 10
ESTIMATOR = "direct replay of every start at constant notional; its bounds by block bootstrap"


@exact
def odds(
    rows: Sequence[Settled], hold_hours: Decimal, terms: Terms, capital: Decimal, block_hours: Decimal, resamples: int,
    hurdle_rate: Decimal | None = None, backing: Backing | None = None, prices: Prices | None = None,
) -> Odds:  # fmt: skip
    """The odds of a hold; capital is that per unit of notional, hurdle_rate what cash would earn a year.

    backing and prices: of what stands behind the hold, for its capital along the path. A history without a single whole
    hold is a DataError, a hold in which nothing settles a UsageError.
    """
    shortest = min((row.interval_hours for row in rows if row.interval_hours), default=0)
    if hold_hours < shortest:
        raise UsageError(
            f"a hold of {plain(round(hold_hours, 2))}h crosses no settlement: this contract settles every {shortest}h",
            f"Replay a --hold of {shortest}h or more.",
        )
    found = replay(rows, hold_hours, terms)
    if not found.net:
        days = Decimal(found.span_ms) / MS_PER_HOUR / 24
        raise DataError(
            f"{days:.1f} days of settled rates hold no whole hold of {hold_hours / 24:.1f} days",
            "Ask for a shorter --hold, or fill the lake with `fundcli history sync --since 3y`.",
        )
    net, gross = sorted(found.net), sorted(found.gross)
    worst = min(range(len(found.net)), key=lambda i: (found.net[i], found.starts_ms[i]))
    tenth, half, most = (_broken_even(found, share) for share in _BREAK_EVEN_SHARES)
    count = Decimal(len(net))
    cash = None if hurdle_rate is None else capital * hurdle_rate * hold_hours / HOURS_PER_YEAR
    return Odds(
        estimator=ESTIMATOR,
        since=from_ms(found.starts_ms[0]),
        until=from_ms(found.starts_ms[-1] + found.hold_ms),
        hold_hours=hold_hours,
        starts=len(net),
        skipped=found.skipped,
        uncrossed=found.uncrossed,
        independent=found.independent,
        block_hours=block_hours,
        resamples=resamples,
        confidence=CONFIDENCE,
        quantiles=tuple(
            Outcome(
                share=share, gross_on_notional=quantile(gross, share), net_on_notional=quantile(net, share),
                net_on_capital=quantile(net, share) / capital, low=low, high=high,
            )
            for share, (low, high) in zip(SHARES, _bounds(found, block_hours, resamples), strict=True)
        ),
        profitable=sum(value > 0 for value in net) / count,
        above_hurdle=None if cash is None else sum(value > cash for value in net) / count,
        chances=_chances(found, hold_hours),
        break_even_hours_p10=tenth,
        break_even_hours_p50=half,
        break_even_hours_p90=most,
        flipped=sum(found.flipped) / count,
        worst_start=from_ms(found.starts_ms[worst]),
        worst_net_on_notional=found.net[worst],
        worst_net_on_capital=found.net[worst] / capital,
        capital=None if backing is None or prices is None else _capital(rows, found, backing, prices, capital),
    )  # fmt: skip


def _capital(
    rows: Sequence[Settled], found: Replay, backing: Backing, prices: Prices, capital: Decimal
) -> CapitalPath | None:
    """Capital along the path of every start whose prices are known; None where those of none are."""
    held = [
        (tied, net, start)
        for tied, net, start in zip(
            tied_up(rows, found, prices.at, backing, capital), found.net, found.starts_ms, strict=True
        )
        if tied is not None
    ]
    if not held:
        return None
    peaks = sorted(tied.peak / capital for tied, _, _ in held)
    means = sorted(tied.mean / capital for tied, _, _ in held)
    returns = sorted(net / tied.mean for tied, net, _ in held)
    worst, _, worst_start = max(held, key=lambda each: (each[0].peak, -each[2]))
    p5, half, p95 = SHARES[0], SHARES[2], SHARES[4]
    return CapitalPath(
        method=backing.method,
        price_source=prices.source,
        starts=len(held),
        unpriced=len(found.net) - len(held),
        initial_on_notional=capital,
        peak_capital_p50=quantile(peaks, half),
        peak_capital_p95=quantile(peaks, p95),
        peak_capital_max=peaks[-1],
        mean_capital_p50=quantile(means, half),
        mean_capital_p95=quantile(means, p95),
        topped_up=Decimal(sum(tied.peak > capital for tied, _, _ in held)) / len(held),
        worst_topup_start=from_ms(worst_start) if worst.peak > capital else None,
        net_on_mean_capital_p5=quantile(returns, p5),
        net_on_mean_capital_p50=quantile(returns, half),
        net_on_mean_capital_p95=quantile(returns, p95),
    )


def _bounds(found: Replay, block_hours: Decimal, resamples: int) -> list[tuple[Decimal | None, Decimal | None]]:
    """The bounds of each quantile; none where there are not two blocks to draw from."""
    blocks = cut(found.net, found.starts_ms, int(block_hours * MS_PER_HOUR))
    if len(blocks) < 2:
        return [(None, None)] * len(SHARES)
    bounds: list[tuple[Decimal | None, Decimal | None]] = []
    bounds += quantile_bounds(blocks, SHARES, resamples=resamples, confidence=CONFIDENCE, seed=0)
    return bounds


def _chances(found: Replay, hold_hours: Decimal) -> tuple[Chance, ...]:
    reached = sorted(ms for ms in found.broken_even_ms if ms is not None)
    chances = []
    for point in range(1, _POINTS + 1):
        hours = hold_hours * point / _POINTS
        by = sum(ms <= hours * MS_PER_HOUR for ms in reached)
        chances.append(Chance(hours=hours, broken_even=Decimal(by) / len(found.net)))
    return tuple(chances)


def _broken_even(found: Replay, share: Decimal) -> Decimal | None:
    """The hours within which this share of starts had covered their costs."""
    reached = sorted(ms for ms in found.broken_even_ms if ms is not None)
    needed = int((share * len(found.net)).to_integral_value(ROUND_CEILING))  # of Decimals // is no floor
    return Decimal(reached[needed - 1]) / MS_PER_HOUR if needed <= len(reached) else None
