"""The lake of one test."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("fundcli", deadline=None)
settings.load_profile("fundcli")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The folder of the lake that `run` reads."""
    return tmp_path / "data" / "lake"
