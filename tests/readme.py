"""What README shows: sessions at a prompt, run for real. `cog -r README.md` writes them, CI checks them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import tempfile
from datetime import UTC, datetime
from pathlib import Path

_NOW = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)


_README = Path(__file__).parents[1] / "README.md"


def written() -> dict[str, str]:
    """The files that README shows in full: fenced YAML whose first line is a comment with the file's name."""
    blocks = re.findall(r"^```yaml\n(# (\S+\.yaml)\n.*?)^```", _README.read_text(encoding="utf-8"), re.M | re.S)
    return {name: text for text, name in blocks}


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
        for name, text in written().items():
            (Path(home) / name).write_text(text, encoding="utf-8")
        os.environ.update(COLUMNS="80", NO_COLOR="1", TERM="xterm")
        shown = []
        for line in lines:
            out = _Terminal() if terminal else io.StringIO()
            err = io.StringIO()
            with contextlib.chdir(home):
                env = Environment(stdout=out, stderr=err, cwd=Path(home), fixed_time=_NOW)
                code = main(shlex.split(line)[1:], env)
            text = (out.getvalue() + err.getvalue()).rstrip()
            shown.append(f"$ {line}\n{text}" + (f"\n[exit {code}]" if code else ""))
    return "```console\n" + "\n\n".join(shown) + "\n```"


def options(command: str) -> str:
    """The options of a command, from its help."""
    return session(f"fundcli {command} --help")
