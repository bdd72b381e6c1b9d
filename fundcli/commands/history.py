"""fundcli history: the lake of settled funding rates on this computer, one module a subcommand."""

from __future__ import annotations

from fundcli.commands import history_compact, history_export, history_import, history_list, history_verify

CONTENT = history_list.CONTENT
IS_LIST = True
run = history_list.run
# Name → function and the type of its answer's rows.
SUBCOMMANDS = {
    "list": (history_list.run, history_list.CONTENT),
    "import": (history_import.run, history_import.CONTENT),
    "export": (history_export.run, history_export.CONTENT),
    "verify": (history_verify.run, history_verify.CONTENT),
    "compact": (history_compact.run, history_compact.CONTENT),
}
