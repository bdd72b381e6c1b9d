"""A zip that holds one file, as exchanges hand out exports and histories."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from fundcli.errors import DataError


@contextmanager
def unpacked(file: Path, holds: str, most_bytes: int | None = None) -> Iterator[tuple[str, IO[bytes]]]:
    """The name and the bytes of the one file in a zip; `holds` says what that should be.

    Errors: DataError where there is not one file, or one larger than most_bytes unpacked, and for what Python cannot
    unpack (a password, an unknown compression). A damaged zip shows while it is read: BadZipFile, zlib.error, EOFError.
    """
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(file))
            members = [each for each in archive.infolist() if not each.is_dir()]
            if len(members) != 1:
                raise DataError(f"{file} holds {len(members)} files", f"Give a zip that holds {holds}.")
            if most_bytes is not None and members[0].file_size > most_bytes:
                raise DataError(f"{file} holds more than {most_bytes // 1024**2} MB", "Split it.")
            raw = stack.enter_context(archive.open(members[0].filename))
        except RuntimeError as error:  # a password; NotImplementedError, which is one, for the compression
            raise DataError(f"{file} cannot be unpacked: {error}", "Unpack it and give what it holds.") from None
        yield members[0].filename, raw
