"""A small lake in the test's own folder, and files to import."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("fundcli", deadline=None)
settings.load_profile("fundcli")

HOUR = 3_600_000
JANUARY = 1_704_067_200_000  # 2024-01-01 00:00 UTC


def stamps(count: int, hours: int = 8, start: int = JANUARY) -> list[int]:
    """Instants `hours` apart."""
    return [start + i * hours * HOUR for i in range(count)]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Where the commands keep the lake."""
    return tmp_path / "data" / "lake"


@pytest.fixture
def table(tmp_path: Path) -> Callable[..., str]:
    """Write a CSV; returns its path."""

    def write(name: str, header: str, rows: Sequence[Sequence[object]]) -> str:
        file = tmp_path / name
        lines = [header, *(",".join(map(str, row)) for row in rows)]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(file)

    return write
