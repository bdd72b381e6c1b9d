"""carry --odds of random histories, imported from a file, beside every number recomputed the plain way."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal as D
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest

from tests.commands.odds_by_hand import HOUR, SHARES, Slot, Trade, odds
from tests.conftest import Run

FIRST = 1_704_067_200_000  # 2024-01-01, UTC
#: Runs of an interval: constant, and as LAYER changed its own.
LAYOUTS = ((1,), (4,), (8,), (8, 4), (8, 1, 8), (8, 4, 1, 8), (4, 8, 2))
KINDS = ("cash", "levered", "asset", "spot", "unified", "owed", "owed collateral", "reverse", "reverse unified",
         "inverse", "inverse reverse", "inverse reverse unified")  # fmt: skip
NEAR = F(1, 10**15)


def history(dice: random.Random) -> list[Slot]:
    """Runs of 12 or more settlements; holes of one or two lie well within a run, where its interval is beyond doubt."""
    slots: list[Slot] = []
    now, price = FIRST + dice.randrange(3) * 8 * HOUR, F(100)
    level, width = dice.choice(((10, 30), (100, 150), (0, 60), (-80, 200), (0, 0)))
    stays = dice.random() < 0.2  # prices that stand still, the likeliest place for a slip of a top-up
    priced = dice.choice((1.0, 1.0, 0.98, 0.0))
    layout = dice.choice(LAYOUTS)
    for hours in layout:
        length = dice.randrange(14, 200 // len(layout) * (2 if hours == 1 else 1))
        holes = {dice.randrange(5, length - 5) for _ in range(dice.choice((0, 0, 1, 2)))}
        holes = {place for place in holes if all(abs(place - other) > 5 or place == other for other in holes)}
        holes |= {place + 1 for place in holes if dice.random() < 0.5}
        for place in range(length):
            now += hours * HOUR
            price *= 1 + F(0 if stays else dice.randrange(-40, 41), 1000)
            price = F(round(price * 100), 100)
            rate = F(round(dice.gauss(level, width) * hours / 8), 10**6)
            known = price if dice.random() < priced else None
            slots.append(Slot(now, hours, rate, known, place in holes))
    return slots


def written(slots: list[Slot], file: Path) -> None:
    lines = ["fundingTime,fundingRate,markPrice"]
    for slot in slots:
        if not slot.lost:
            price = "" if slot.price is None else f"{D(slot.price.numerator) / slot.price.denominator:f}"
            lines.append(f"{slot.at},{D(slot.rate.numerator) / slot.rate.denominator:f},{price}")
    file.write_text("\n".join(lines) + "\n")


def asked(dice: random.Random, slots: list[Slot]) -> tuple[list[str], Trade, F | None, str]:
    """The words of a command line and what they mean; the kind of contract."""
    kind = dice.choice(KINDS)
    hours = (slots[-1].at - slots[0].at) // HOUR
    least = min(slot.hours for slot in slots)
    hold = F(dice.choice((dice.randrange(least, max(least + 1, hours // 3)), least, F(4 * least + 1, 2), 24, 72)))
    fee, slip = F(dice.randrange(-1, 6), 10**4), F(dice.randrange(0, 3), 10**4)
    words = ["--price", "100", "--rate", "0.01%", "--notional", "9k", "--hold", f"{float(hold):g}h"]
    words += ["--spot-fee", f"{float(fee * 2) * 100:.4f}%", "--perp-fee", f"{float(fee) * 100:.4f}%"]
    words += ["--slippage", f"{float(slip) * 100:.4f}%"]
    terms: dict[str, Any] = {"hold": hold, "inverse": kind.startswith("inverse")}
    terms["sign"] = -1 if "reverse" in kind else 1
    spot = closed = F(1)
    if not terms["inverse"] and dice.random() < 0.3:  # spot at 100, the perpetual at 98 or 101 and then at 99
        opened = dice.choice((F(98, 100), F(101, 100)))
        spot, closed = 1 / opened, F(99, 100) / opened
        words += ["--basis-open", f"{float(opened * 100 - 100):g}%", "--basis-close", "-1%"]
    terms["spot"] = spot
    terms["costs"] = (2 * spot) * (2 * fee + slip) + (1 + closed) * (fee + slip) - terms["sign"] * (1 - closed)
    leverage = F(1) if kind == "cash" else F(dice.choice((1, 2, 3, 5)))
    terms["leverage"] = leverage
    words += ["--direction", "reverse" if "reverse" in kind else "cash-and-carry", "--leverage", str(leverage)]
    if kind == "inverse":
        terms["leverage"] = F(1)
    rate = F(0)
    if "reverse" in kind or "owed" in kind:
        rate = F(dice.randrange(0, 2000), 10**4)
        words += ["--borrow-rate", f"{float(rate) * 100:.2f}%"]
    if "owed" in kind:
        terms["spot_leverage"] = F(dice.choice((2, 3, 4)))
        words += ["--spot-leverage", str(terms["spot_leverage"])]
        terms["interest_year"] = rate * spot * (1 - 1 / terms["spot_leverage"])
    elif "reverse" in kind:
        terms["borrow_leverage"] = F(dice.choice((2, 3, 5)))
        words += ["--borrow-leverage", str(terms["borrow_leverage"])]
        terms["interest_year"] = rate * spot
    haircut = F(dice.choice((0, 1, 5)), 20)
    if kind in ("spot", "unified", "owed collateral"):
        terms["counted"] = 1 - haircut
        words += ["--collateral", "unified" if kind == "unified" else "spot", "--haircut", f"{float(haircut) * 100}%"]
    if "reverse unified" in kind:
        terms["unified"] = True
        words += ["--collateral", "unified"]
    buffer = F(dice.choice((0, 0, 450, 1800)), 9000)
    if buffer:  # of an inverse contract in coin, at 100 each
        words += ["--buffer", f"{float(buffer * (90 if terms['inverse'] else 9000)):g}"]
        terms["buffer"] = buffer
    if kind in ("cash", "levered") and dice.random() < 0.3:  # loss and 1 % of the shocked price, less the margin
        words += ["--shock", "30%", "--maintenance-rate", "1%"]
        terms["buffer"] = max(buffer, F(30, 100) + F(130, 10**4) - 1 / leverage)
    if kind == "asset":
        terms["kept"] = 1 - haircut
        words += ["--haircut", f"{float(haircut) * 100}%", "--collateral-yield", "3%"]
        terms["income_year"] = F(3, 100) * (1 / leverage / (1 - haircut) + buffer)
    if terms["sign"] > 0 and dice.random() < 0.3:
        words += ["--spot-yield", "2%"]
        terms["income_year"] = terms.get("income_year", F(0)) + F(2, 100) * spot
    hurdle = dice.choice((None, F(4, 100)))
    if hurdle is not None:
        words += ["--hurdle", "4%"]
    return words, Trade(**terms), hurdle, "binancecoinm" if terms["inverse"] else "binance"


def windowed(dice: random.Random, slots: list[Slot], words: list[str]) -> list[Slot]:
    """What a --window leaves, its edge well within a run; the clock stands 3 h after the last settlement."""
    around = [(i, slots[i - 6 : i + 6]) for i in range(6, len(slots) * 2 // 3)]
    edges = [i for i, near in around if len({s.hours for s in near}) == 1 and not any(s.lost for s in near)]
    if not edges or dice.random() < 0.6:
        return slots
    edge = dice.choice(edges)
    words += ["--window", f"{(slots[-1].at + 3 * HOUR - slots[edge].at) // HOUR}h"]
    return slots[edge:]


def one(seed: int, run: Run, folder: Path) -> None:
    dice = random.Random(seed)
    slots = history(dice)
    words, trade, hurdle, exchange = asked(dice, slots)
    file = folder / f"{seed}.csv"
    written(slots, file)
    symbol = "BTC/USD:BTC" if trade.inverse else "BTC/USDT:USDT"
    done = run("history", "import", str(file), "-e", exchange, "-s", symbol)
    assert done.code == 0, done.err
    within = windowed(dice, slots, words)
    now = datetime.fromtimestamp((slots[-1].at + 3 * HOUR) / 1000, UTC)
    result = run("carry", "-e", exchange, "-s", symbol, "--odds", "--resamples", "100", "-o", "json", *words, now=now)
    known = {slot.at: slot.price for slot in within if slot.price is not None and not slot.lost}
    if trade.hold < min(slot.hours for slot in within):
        assert result.code == 2 and "crosses no settlement" in result.err, (seed, result)
        return
    expected = odds(within, trade, known, hurdle)
    if expected is None:
        assert result.code == 3 and "no whole hold" in result.err, (seed, result)
        return
    assert result.code == 0, (seed, words, result.err)
    same(result.result["odds"], expected, (seed, words))


def same(found: Mapping[str, Any], expected: Mapping[str, Any], where: object) -> None:
    flat = dict(found) | {f"quantile {row['share']}": tuple(list(row.values())[1:4]) for row in found["quantiles"]}
    flat |= {f"chance {i}": tuple(row.values()) for i, row in enumerate(found["chances"], 1)}
    assert [str(row["share"]) for row in found["quantiles"]] == list(SHARES)
    for name, value in expected.items():
        if isinstance(value, dict):
            assert flat[name] is not None, (where, name)
            same_capital(flat[name], value, where)
        else:
            near(flat[name], value, (where, name))


def same_capital(found: Mapping[str, Any], expected: Mapping[str, Any], where: object) -> None:
    for name, value in expected.items():
        near(found[name], value, (where, "capital", name))


def near(found: Any, value: Any, where: object) -> None:
    if isinstance(value, tuple):
        for one, other in zip(found, value, strict=True):
            near(one, other, where)
    elif value is None or found is None:
        assert found is value, (where, found, value)
    elif isinstance(found, str):
        assert datetime.fromisoformat(found).timestamp() * 1000 == value, (where, found)
    else:
        assert abs(F(found) - value) < NEAR, (where, found, float(value))


@pytest.mark.parametrize("seed", range(20))
def test_every_number_of_random_histories(seed: int, run: Run, tmp_path: Path):
    one(seed, run, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1600))
def test_every_number_of_many_random_histories(seed: int, run: Run, tmp_path: Path):
    one(seed, run, tmp_path)
