"""fundcli history: the lake of settled funding rates on this computer, one module a subcommand."""

from __future__ import annotations

from fundcli.commands import history_list, history_sync

CONTENT = history_list.CONTENT
IS_LIST = True
run = history_list.run
# Name → function and the type of its answer's rows.
SUBCOMMANDS = {
    "sync": (history_sync.run, history_sync.CONTENT),
    "list": (history_list.run, history_list.CONTENT),
}
