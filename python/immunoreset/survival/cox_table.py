"""The rows and the sentence of a fit with hazard ratios."""

from __future__ import annotations

from typing import Any

from immunoreset._result import number, percent_of, pvalue_words

COLUMNS = (
    "coef", "std_error", "z", "pvalue", "low", "high",
    "hazard_ratio", "hazard_ratio_low", "hazard_ratio_high",
)  # fmt: skip


def table(fit: Any) -> dict[str, Any]:
    """Return one row a covariate."""
    return {"term": list(fit.names)} | {name: getattr(fit, name) for name in COLUMNS}


def words(fit: Any, interval: str, ratio: str = "hazard ratio") -> str:
    """Return the hazard ratios with their limits, fit for a sentence."""
    low, high = fit.hazard_ratio_low, fit.hazard_ratio_high
    return "; ".join(
        f"{name}: {ratio} {number(fit.hazard_ratio[j], 3)}, {percent_of(fit.level)} {interval} "
        f"{number(low[j], 3)} to {number(high[j], 3)}, {pvalue_words(fit.pvalue[j])}"
        for j, name in enumerate(fit.names)
    )
