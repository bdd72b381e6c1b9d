"""The process: `fundcli` and `python -m fundcli`.

Start-up is a feature, and so is the end: the collector seldom runs (while modules are imported it would walk them
again and again), and the process leaves without tearing them down, which takes longer than an answer does. That also
leaves behind a thread that hangs in a socket past its deadline.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys


def run() -> None:
    """Run the command line of this process, and end it."""
    gc.set_threshold(100_000, 20, 20)
    from fundcli.app import main
    from fundcli.settings import Environment

    code = main(sys.argv[1:], Environment())
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
