"""What README shows: sessions at a prompt, run for real. `cog -r README.md` writes them, CI checks them."""

from __future__ import annotations

import io
import os
import shlex
import tempfile
from datetime import UTC, datetime
from pathlib import Path

_NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def session(*lines: str, terminal: bool = True) -> str:
    """Command lines and what they print, as a fenced block."""
    from fundcli.app import main
    from fundcli.settings import Environment

    with tempfile.TemporaryDirectory() as home:
        for kind in ("CONFIG", "CACHE", "DATA"):
            os.environ[f"FUNDCLI_{kind}_DIR"] = home
        os.environ.update(COLUMNS="80", NO_COLOR="1", TERM="xterm")
        shown = []
        for line in lines:
            out = _Terminal() if terminal else io.StringIO()
            err = io.StringIO()
            code = main(shlex.split(line)[1:], Environment(stdout=out, stderr=err, cwd=Path(home), fixed_time=_NOW))
            text = (out.getvalue() + err.getvalue()).rstrip()
            shown.append(f"$ {line}\n{text}" + (f"\n[exit {code}]" if code else ""))
    return "```console\n" + "\n\n".join(shown) + "\n```"


def options(command: str) -> str:
    """The options of a command, from its help."""
    return session(f"fundcli {command} --help")
