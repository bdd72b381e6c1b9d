"""Where a number comes from: given, baseline, live or history; many exchanges at once; what is missing.

Nothing here falls back from one source to another: a source that fails is an error or is named as missing.
"""

from fundcli.market.gather import Found, Progress
from fundcli.market.given import baseline, given_rate
from fundcli.market.live import live, live_rate
from fundcli.market.past import Past, past_rate, settled

__all__ = ["Found", "Past", "Progress", "baseline", "given_rate", "live", "live_rate", "past_rate", "settled"]
