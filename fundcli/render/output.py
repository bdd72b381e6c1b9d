"""The one writer of stdout, and the one of stderr."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TextIO

from fundcli.errors import DataError
from fundcli.render.answer import Answer
from fundcli.render.safe import harmless

FORMATS = ("table", "tsv", "json", "ndjson", "csv", "md")


def rendered(
    answer: Answer, output: str, environ: Mapping[str, str], is_terminal: bool, no_color: bool, now: datetime
) -> bytes:
    """The bytes of an answer in a format. Only the modules of that format are imported."""
    if output == "json" or answer.raw is not None:
        from fundcli.render.encode import to_json

        return to_json(answer.raw or document(answer), indent=2) + b"\n"
    if output == "table":
        from fundcli.render.terminal import as_tables, wants_colour

        # Off a terminal nothing is folded: wide enough for any table.
        width = shutil.get_terminal_size().columns if is_terminal else 250
        return as_tables(answer, width, wants_colour(environ, is_terminal, no_color), now).encode()
    from fundcli.render import text

    if output == "ndjson":
        return text.as_ndjson(answer)
    writers = {"tsv": text.as_tsv, "csv": text.as_csv, "md": text.as_markdown}
    return writers[output](answer).encode()


def document(answer: Answer) -> dict[str, object]:
    """The JSON document of an answer."""
    return {
        "schema": answer.schema_name,
        "as_of": answer.as_of,
        "inputs": answer.inputs,
        "sign": f"positive is {answer.sign}",
        "rows" if answer.is_list else "result": answer.content,
        "warnings": list(answer.warnings),
    }


def write_answer(data: bytes, stdout: TextIO, file: Path | None) -> None:
    """Write the answer to stdout or, all or nothing, to a file. A reader that has gone ends it quietly."""
    if file is not None:
        _replace(file, data)
        return
    try:
        raw = getattr(stdout, "buffer", None)
        if raw is None:
            stdout.write(data.decode())
        else:
            raw.write(data)
        stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more at exit; give it somewhere to go.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())


def check_file(file: Path) -> None:
    """Refuse a --out that cannot be written before anything is fetched for it."""
    if file.is_dir() or not file.parent.is_dir():
        what = "is a folder" if file.is_dir() else "lies in a folder that does not exist"
        raise DataError(f"--out: {file} {what}", "Name a file in an existing folder.")


def _replace(file: Path, data: bytes) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        if file.exists() and not file.is_file():  # a device or a pipe
            file.write_bytes(data)
            return
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise DataError(
            f"--out: {file} cannot be written: {error.strerror}", "Check the path and its permissions."
        ) from None


class Notes:
    """Everything that is not the answer: warnings and errors, one plain line each, on stderr."""

    def __init__(self, stderr: TextIO | None = None, quiet: bool = False) -> None:
        self._stderr = stderr or sys.stderr
        self.quiet = quiet

    def warn(self, texts: Sequence[str]) -> None:
        """Warnings; silent with -q."""
        if not self.quiet:
            for text in texts:
                self._line("warning", text)

    def error(self, text: str) -> None:
        """An error; never silent."""
        self._line("error", text)

    def _line(self, what: str, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            print(f"fundcli: {what}: {harmless(text)}", file=self._stderr, flush=True)
