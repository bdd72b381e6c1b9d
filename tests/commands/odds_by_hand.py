"""The odds of a hold, recomputed the plain way: fractions, loops over hours, nothing of the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction as F

HOUR = 3_600_000
YEAR = 8760
SHARES = ("0.05", "0.25", "0.5", "0.75", "0.95")


@dataclass(frozen=True)
class Slot:
    """A settlement that was due: when, after how many hours, its rate, its price; `lost` where the lake misses it."""

    at: int
    hours: int
    rate: F
    price: F | None
    lost: bool = False


@dataclass(frozen=True)
class Trade:
    """A carry, its terms as shares of the perpetual's notional: fees, slippage and basis added up in costs.

    spot: what the coin is worth. counted: the share of it that is collateral, None where it is none. kept: what margin
    in an asset counts for. own: spot cash, or what is put up for borrowed spot.
    """

    sign: int
    hold: F
    costs: F
    spot: F = F(1)
    interest_year: F = F(0)
    income_year: F = F(0)
    leverage: F = F(1)
    spot_leverage: F = F(1)
    borrow_leverage: F = F(3)
    counted: F | None = None
    unified: bool = False
    kept: F = F(1)
    buffer: F = F(0)
    inverse: bool = False

    @property
    def own(self) -> F:
        return self.spot / (self.spot_leverage if self.sign > 0 else self.borrow_leverage - 1)

    @property
    def owed(self) -> F:
        return self.spot - self.own

    @property
    def margin(self) -> F:
        """What counts of the margin posted beside the spot."""
        if self.inverse and self.sign > 0:
            return F(0)
        needed = 1 / self.leverage
        return needed if self.counted is None else max(F(0), self.owed + needed - self.counted * self.spot)

    @property
    def capital(self) -> F:
        return self.own + self.margin / self.kept + self.buffer

    def cost_until(self, hours: F, charged_more: int = 1) -> F:
        """Fills, and interest as Binance counts it: the hour that has begun is paid, too."""
        return self.costs + self.interest_year * (hours + charged_more) / YEAR - self.income_year * hours / YEAR


@dataclass
class Start:
    opened: int
    gross: F
    net: F
    even_hours: F | None
    flipped: bool
    empty: bool
    peak: F | None = None
    mean: F | None = None


def replayed(slots: Sequence[Slot], trade: Trade, prices: Mapping[int, F]) -> tuple[list[Start], int]:
    """Every hold that opens one interval before a known settlement and ends within the history; and how many more have
    a lost settlement in them."""
    starts, lost = [], 0
    last = max(slot.at for slot in slots if not slot.lost)
    for begin in (slot for slot in slots if not slot.lost):
        opened = begin.at - begin.hours * HOUR
        closed = opened + int(trade.hold * HOUR)
        if closed > last:
            continue
        inside = [slot for slot in slots if opened < slot.at <= closed]
        if any(slot.lost for slot in inside):
            lost += 1
            continue
        gross, even = F(0), None
        for slot in inside:
            gross += trade.sign * slot.rate
            hours = F(slot.at - opened, HOUR)
            if even is None and gross >= trade.cost_until(hours):
                even = hours
        start = Start(
            opened=opened, gross=gross, net=gross - trade.cost_until(trade.hold), even_hours=even,
            flipped=any(s.rate > 0 for s in inside) and any(s.rate < 0 for s in inside),
            empty=not inside,
        )  # fmt: skip
        known = [prices.get(opened), *(prices.get(slot.at) for slot in inside)]
        if trade.inverse and trade.sign > 0:
            start.peak = start.mean = trade.capital
        elif all(known):
            start.peak, start.mean = followed(trade, opened, closed, inside, [price for price in known if price])
        starts.append(start)
    return starts, lost


def followed(trade: Trade, opened: int, closed: int, inside: Sequence[Slot], prices: Sequence[F]) -> tuple[F, F]:
    """Peak and mean of the capital: the accounts of README, "Capital is a path, too", booked at each settlement."""
    added: dict[str, F] = {}
    funding, spare, capital, area, since = F(0), trade.buffer * trade.kept, trade.capital, F(0), opened
    for slot, price in zip(inside, prices[1:], strict=True):
        area += capital * (slot.at - since)
        since = slot.at
        unit = prices[0] / price if trade.inverse else price / prices[0]
        funding += trade.sign * unit * slot.rate
        gain = trade.sign * (1 - unit)
        if trade.inverse:
            gain = 1 - unit  # a long of so much money gains coin where the coin becomes dearer
        perp = trade.margin + gain + funding
        perp_needs = unit / trade.leverage
        if trade.sign > 0:
            if trade.counted is not None:
                accounts = {"one": (perp + trade.counted * trade.spot * unit - trade.owed, perp_needs)}
            else:
                spot = trade.spot * unit - trade.owed, trade.own * unit
                accounts = {"perp": (perp, perp_needs)} | ({"spot": spot} if trade.owed else {})
        else:
            if trade.inverse:
                spot = trade.own + unit - 1, trade.own
            else:
                spot = trade.own + trade.spot * (1 - unit), trade.own * unit
            accounts = {"perp": (perp, perp_needs), "spot": spot}
            if trade.unified:
                accounts = {"one": (perp + spot[0], perp_needs + spot[1])}
        for name, (equity, needed) in accounts.items():
            call = max(F(0), needed - equity - added.get(name, F(0)))
            added[name] = added.get(name, F(0)) + call
            capital += max(F(0), call - spare)
            spare = max(F(0), spare - call)
    area += capital * (closed - since)
    return capital, area / (closed - opened)


def quantile(values: Sequence[F], share: F) -> F:
    """Linear between neighbours."""
    ordered, place = sorted(values), share * (len(values) - 1)
    low, part = int(place), place - int(place)
    return ordered[low] if not part else ordered[low] * (1 - part) + ordered[low + 1] * part


def odds(slots: Sequence[Slot], trade: Trade, prices: Mapping[int, F], hurdle: F | None) -> dict[str, object] | None:
    """Every number of the answer's `odds` but its bounds, None without a whole hold; times in milliseconds."""
    starts, lost = replayed(slots, trade, prices)
    if not starts:
        return None
    count = len(starts)
    net, gross = [s.net for s in starts], [s.gross for s in starts]
    known = [slot for slot in slots if not slot.lost]
    span = known[-1].at - (known[0].at - known[0].hours * HOUR)
    worst = min(starts, key=lambda s: (s.net, s.opened))
    answer: dict[str, object] = {
        "starts": count, "skipped": lost, "independent": int(F(span, HOUR) // trade.hold),
        "since": starts[0].opened, "until": starts[-1].opened + int(trade.hold * HOUR), "hold_hours": trade.hold,
        "uncrossed": sum(s.empty for s in starts),
        "profitable": F(sum(v > 0 for v in net), count), "flipped": F(sum(s.flipped for s in starts), count),
        "above_hurdle": None if hurdle is None else
            F(sum(v / trade.capital / trade.hold * YEAR > hurdle for v in net), count),
        "worst_start": worst.opened, "worst_net_on_notional": worst.net,
        "worst_net_on_capital": worst.net / trade.capital,
    }  # fmt: skip
    for share in SHARES:
        value = quantile(net, F(share))
        answer[f"quantile {share}"] = (quantile(gross, F(share)), value, value / trade.capital)
    for tenth in range(1, 11):
        hours = trade.hold * tenth / 10
        by = sum(s.even_hours is not None and s.even_hours <= hours for s in starts)
        answer[f"chance {tenth}"] = (hours, F(by, count))
    for share in (10, 50, 90):  # the first hour by which so many of all the starts are there
        reached = [s.even_hours for s in starts if s.even_hours is not None]
        enough = [h for h in set(reached) if F(sum(r <= h for r in reached), count) >= F(share, 100)]
        answer[f"break_even_hours_p{share}"] = min(enough, default=None)
    answer["capital"] = _capital(starts, trade)
    return answer


def _capital(starts: Sequence[Start], trade: Trade) -> dict[str, object] | None:
    held = [(s, s.peak, s.mean) for s in starts if s.peak is not None and s.mean is not None]
    if not held:
        return None
    peaks, means = [p / trade.capital for _, p, _ in held], [m / trade.capital for _, _, m in held]
    returns = [s.net / mean for s, _, mean in held]
    greatest = max(peaks)
    answer: dict[str, object] = {
        "starts": len(held), "unpriced": len(starts) - len(held), "initial_on_notional": trade.capital,
        "peak_capital_max": greatest, "topped_up": F(sum(peak > 1 for peak in peaks), len(held)),
        "worst_topup_start": held[peaks.index(greatest)][0].opened if greatest > 1 else None,
    }  # fmt: skip
    for share in (50, 95):
        answer[f"peak_capital_p{share}"] = quantile(peaks, F(share, 100))
        answer[f"mean_capital_p{share}"] = quantile(means, F(share, 100))
    for share in (5, 50, 95):
        answer[f"net_on_mean_capital_p{share}"] = quantile(returns, F(share, 100))
    return answer
