"""The field's words that are fixed choices."""

from typing import Literal

IntervalBasis = Literal["reported", "observed", "given", "profile"]
RateKind = Literal["settled", "fixed", "accruing", "predicted", "given", "baseline", "mean"]
RateBasis = Literal["reported", "derived"]
