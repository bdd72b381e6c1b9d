"""What every command line promises, said once."""

import re
from typing import Any

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def refused(result: Any, code: int, *words: str) -> None:
    """Exit code, empty stdout, and one error line on stderr that holds every word."""
    assert result.code == code, result.err
    assert result.out == ""
    lines = result.err.splitlines()
    assert len(lines) == 1, result.err
    assert lines[0].startswith("fundcli: error: ")
    for word in words:
        assert word in lines[0], f"{word!r} is not in {lines[0]!r}"


def answered(result: Any, code: int = 0) -> Any:
    """The result of a command that answered in JSON."""
    assert result.code == code, result.err
    return result.result


def numbers_are_plain(text: str) -> None:
    """No exponent, no NaN and no Infinity in JSON text outside its strings."""
    bare = _TEXT.sub("", text)
    assert not re.search(r"[0-9.][eE]|NaN|Infinity", bare)
    assert re.search(r"[\d}\]]", bare), "there is no JSON to look at"
