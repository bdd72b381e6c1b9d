"""One module an exchange: its oddities, and what ccxt 4.5.90 makes of them, each handled in one place."""
