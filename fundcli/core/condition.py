"""`--fail-if 'net_apr_on_capital < 8%'`: one comparison over a field of the answer."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from fundcli.core.units import parse_money, parse_share, parse_time
from fundcli.errors import UsageError, did_you_mean

_PATTERN = r"\s*([A-Za-z_][\w.]*)\s*(<=|>=|==|!=|<|>)\s*(.+?)\s*\Z"
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_EXAMPLE = "Write one comparison, like --fail-if 'net_apr_on_capital < 8%'."


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed comparison: a dotted field, an operator and the text to compare with."""

    field: str
    operator: str
    operand: str

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read `FIELD OP VALUE`; the operators are < <= > >= == !=.

        >>> Condition.parse("per_day.of_margin >= 0.1%")
        Condition(field='per_day.of_margin', operator='>=', operand='0.1%')
        """
        match = re.match(_PATTERN, text)
        if not match:
            raise UsageError(f"--fail-if: '{text}' is not a comparison", _EXAMPLE)
        field, op, operand = match.groups()
        if operand[0] in "=<>!" or re.search(r"\b(and|or)\b|[<>=]", operand):
            raise UsageError(f"--fail-if: '{text}' is more than one comparison", _EXAMPLE)
        return cls(field, op, operand.strip("'\""))

    def check(self, kinds: Mapping[str, str]) -> None:
        """Refuse, before anything is asked, a field that the answer does not have or a value it cannot compare with.

        `kinds` maps each dotted field to number, time, text, flag or record.
        """
        kind = kinds.get(self.field)
        if kind is None:
            hint = did_you_mean(self.field, kinds, "See `fundcli schema` for the fields of each command.")
            raise UsageError(f"--fail-if: the answer has no field '{self.field}'", hint)
        if kind == "record":
            raise UsageError(
                f"--fail-if: '{self.field}' is not one value", "Name a field inside it, joined with a dot."
            )
        if kind in ("text", "flag") and self.operator not in ("==", "!="):
            raise UsageError(f"--fail-if: '{self.field}' is text", "Compare it with == or !=.")
        if kind == "number":
            _number(self.operand)
        if kind == "time":
            parse_time(self.operand, "--fail-if")

    def holds(self, answer: Mapping[str, Any] | Sequence[Any]) -> bool:
        """Whether any value of the field satisfies the comparison; null never does.

        Over a list of rows the condition holds if it holds for any row.

        >>> Condition.parse("rate < 0").holds([{"rate": None}, {"rate": Decimal("-0.0001")}])
        True
        """
        rows = answer if isinstance(answer, Sequence) else [answer]
        return any(self._matches(value) for row in rows for value in _values(row, self.field.split(".")))

    def _matches(self, value: Any) -> bool:
        if value is None:
            return False
        compare = _OPERATORS[self.operator]
        if isinstance(value, bool):
            return compare(str(value).lower(), self.operand.lower())
        if isinstance(value, Decimal | int):
            return compare(Decimal(value), _number(self.operand))
        if isinstance(value, datetime):
            return compare(value, parse_time(self.operand, "--fail-if"))
        return compare(str(value), self.operand)


def _number(text: str) -> Decimal:
    if text.strip().lower().endswith(("%", "bp", "bps")):
        return parse_share(text, "--fail-if")
    return parse_money(text, "--fail-if")


def _values(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """Every value at a dotted path; a list on the way fans out over its items."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from _values(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping):
        yield from _values(value.get(path[0]), path[1:])
    elif value is not None:
        yield from _values(getattr(value, path[0], None), path[1:])
