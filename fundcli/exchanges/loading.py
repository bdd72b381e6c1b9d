"""One ccxt class without the hundred others.

`import ccxt` imports every exchange (0.3 s); one class needs 0.1 s. A stand-in for the package gives the submodules
a place to be imported from and is taken away afterwards, so that a later `import ccxt` works as ever.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from importlib.machinery import PathFinder
from types import ModuleType
from typing import Any

from fundcli.errors import DataError

_lock = threading.Lock()


def load_class(ccxt_id: str) -> Any:
    """The synchronous ccxt class of an exchange; falls back to importing all of ccxt."""
    with _lock:
        try:
            return _load_alone(ccxt_id)
        except (ImportError, AttributeError):
            return _load_whole(ccxt_id)


def _load_alone(ccxt_id: str) -> Any:
    if "ccxt" in sys.modules:
        return getattr(import_module(f"ccxt.{ccxt_id}"), ccxt_id)
    spec = PathFinder.find_spec("ccxt")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("ccxt")
    stand_in = ModuleType("ccxt")
    stand_in.__path__ = list(spec.submodule_search_locations)
    sys.modules["ccxt"] = stand_in
    try:
        return getattr(import_module(f"ccxt.{ccxt_id}"), ccxt_id)
    finally:
        sys.modules.pop("ccxt", None)


def _load_whole(ccxt_id: str) -> Any:
    for name in [name for name in sys.modules if name == "ccxt" or name.startswith("ccxt.")]:
        del sys.modules[name]
    ccxt = import_module("ccxt")
    found = getattr(ccxt, ccxt_id, None)
    if found is None:
        raise DataError(
            f"ccxt {getattr(ccxt, '__version__', '')} has no exchange '{ccxt_id}'", "Mend `ccxt:` in the profile."
        )
    return found
