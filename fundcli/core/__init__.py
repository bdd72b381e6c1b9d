"""The mathematics of perpetual funding and its records: pure, exact, standard library only."""
