"""Text from outside made harmless: nothing in it can move the cursor, colour the screen or reorder the line."""

from __future__ import annotations

import re

# C0 and C1 controls (ESC and CSI among them), bidirectional and other invisible format characters, line separators.
_HARMFUL = (
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
# The rest of an escape sequence whose ESC was taken away would stand there as litter.
_SEQUENCE = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"


def harmless(text: str) -> str:
    """One line without control characters.

    >>> harmless("BTC\\x1b[31m/USDT\\n")
    'BTC/USDT'
    """
    if text.isascii() and text.isprintable():
        return text
    return re.sub(_HARMFUL, "", re.sub(_SEQUENCE, "", text.replace("\t", " ")))


def harmless_lines(text: str) -> str:
    """Several lines without control characters other than the line ends."""
    return "\n".join(harmless(line) for line in text.split("\n"))
