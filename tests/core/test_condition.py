"""`--fail-if`: one comparison over a field (DESIGN §3, "Exit codes")."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest

from fundcli.core.condition import Condition
from fundcli.errors import UsageError


@dataclass(frozen=True)
class Inner:
    of_margin: D | None


@dataclass(frozen=True)
class Outer:
    apr: D
    per_day: Inner
    legs: tuple[Inner, ...]
    symbol: str = "BTC/USDT:USDT"
    time: datetime = datetime(2026, 1, 5, 8, tzinfo=UTC)


ANSWER = Outer(D("0.08"), Inner(D("0.0015")), (Inner(D("1")), Inner(D("5")), Inner(None)))


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("apr < 8%", False),
        ("apr <= 8%", True),
        ("apr > 8%", False),
        ("apr >= 8%", True),
        ("apr == 8%", True),
        ("apr != 8%", False),
        ("apr < 0.081", True),
        ("apr > 799bp", True),
        ("apr<8.1%", True),
        ("  apr >= 0.08  ", True),
        ("apr != 7%", True),
    ],
)
def test_every_operator_compares_exactly(text, holds):
    assert Condition.parse(text).holds(ANSWER) is holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("per_day.of_margin >= 0.15%", True), ("per_day.of_margin > 0.15%", False), ("legs.of_margin > 4", True),
        ("legs.of_margin > 5", False), ("legs.of_margin < 1", False), ("legs.of_margin == 5", True),
    ],
)  # fmt: skip
def test_a_dotted_field_reaches_inside_and_a_list_holds_if_any_row_does(text, holds):
    assert Condition.parse(text).holds(ANSWER) is holds


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">=", "==", "!="])
def test_null_never_matches(operator):
    assert not Condition.parse(f"of_margin {operator} 0").holds(Inner(None))
    assert not Condition.parse(f"per_day.of_margin {operator} 0").holds([{"per_day": None}])


def test_money_may_be_written_short():
    assert Condition.parse("notional >= 10k").holds({"notional": D(10000)})


def test_text_is_compared_for_being_the_same():
    assert Condition.parse("symbol == BTC/USDT:USDT").holds(ANSWER)
    assert Condition.parse("symbol != 'ETH/USDT:USDT'").holds(ANSWER)


def test_times_are_compared_as_times():
    assert Condition.parse("time < 2026-01-05T10:30+02:00").holds(ANSWER)
    assert not Condition.parse("time < 2026-01-05T08:00Z").holds(ANSWER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "apr",
        "apr <",
        "< 8%",
        "apr = 8%",
        "apr =< 8%",
        "apr < 8% and fees > 1",
        "1 < apr < 2",
        "apr <> 3",
        "8% > apr",
        "apr === 1",
    ],
)
def test_what_is_not_one_comparison_is_refused_with_an_example(text):
    with pytest.raises(UsageError) as caught:
        Condition.parse(text)
    assert "net_apr_on_capital < 8%" in caught.value.remedy


KINDS = {
    "apr_on_margin": "number",
    "per_day": "record",
    "per_day.of_margin": "number",
    "symbol": "text",
    "time": "time",
}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("apr_on_margn > 1", "apr_on_margn"),
        ("per_day > 1", "per_day"),
        ("apr_on_margin > much", "much"),
        ("apr_on_margin > nan", "nan"),
        ("symbol > A", "text"),
        ("time < yesterday", "yesterday"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_there_is_an_answer(text, word):
    with pytest.raises(UsageError, match=word):
        Condition.parse(text).check(KINDS)


@pytest.mark.parametrize("text", ["apr_on_margin > 5%", "per_day.of_margin < 1", "symbol != BTC", "time < 2026-01-05"])
def test_what_can_be_compared_passes_the_check(text):
    Condition.parse(text).check(KINDS)


def test_an_unknown_field_gets_the_nearest_spelling():
    with pytest.raises(UsageError) as caught:
        Condition.parse("apr_on_margn > 1").check(KINDS)
    assert "apr_on_margin?" in caught.value.remedy
