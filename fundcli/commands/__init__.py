"""One module a command: options in, core called, answer out. The index here is all that start-up reads."""

# name: (module, one line for the list of commands)
COMMANDS = {
    "cost": ("cost", "What does holding this position cost?"),
    "carry": ("carry", "Is spot against perp worth it, after all costs and on all the capital?"),
    "stress": ("stress", "What does a crash or a squeeze do? Liquidation prices, margin, transfers."),
    "book": ("book", "A file of positions as a whole: delta, funding to come, margin, stress."),
    "rates": ("rates", "Funding rates of exchanges, live or settled, made comparable."),
    "scan": ("scan", "Which contracts are worth a carry? Ranked on capital, the rest with the reason."),
    "explain": ("explain", "Why is the rate what it is? The exchange's formula, part by part."),
    "predict": ("predict", "What will the next rate be? From the premium so far and an assumption."),
    "reconcile": ("reconcile", "Booked funding payments, recomputed, each difference with its cause."),
    "history": ("history", "The lake: funding history kept on this computer. sync, list, show, gaps, stats, …"),
    "hedge": ("hedge", "How much of another contract hedges this one? The minimum-variance ratio, with its error."),
    "apy": ("apy", "Simple to compound and back, for any interval."),
    "profiles": ("profiles", "The exchange profiles: list, show, check, init."),
    "schema": ("schema", "The JSON Schema of a command's answer."),
}
GROUPS = frozenset({"profiles", "history"})
