"""fundcli: funding cost and carry of crypto perpetual futures."""

__version__ = "0.1.0"
