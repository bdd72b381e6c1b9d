"""fundcli history: the lake of settled funding rates on this computer, one module a subcommand."""

from __future__ import annotations

from fundcli.commands import (
    history_compact,
    history_export,
    history_gaps,
    history_import,
    history_list,
    history_show,
    history_stats,
    history_sync,
    history_verify,
)

CONTENT = history_list.CONTENT
IS_LIST = True
run = history_list.run
# Name → function and the type of its answer's rows.
SUBCOMMANDS = {
    "sync": (history_sync.run, history_sync.CONTENT),
    "list": (history_list.run, history_list.CONTENT),
    "show": (history_show.run, history_show.CONTENT),
    "gaps": (history_gaps.run, history_gaps.CONTENT),
    "stats": (history_stats.run, history_stats.CONTENT),
    "import": (history_import.run, history_import.CONTENT),
    "export": (history_export.run, history_export.CONTENT),
    "verify": (history_verify.run, history_verify.CONTENT),
    "compact": (history_compact.run, history_compact.CONTENT),
}
