"""Thresholds of depletion and recovery under the names of the literature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

NO_RULE = float("nan")  # in place of a threshold: the limit of each sample


@dataclass(frozen=True, slots=True)
class DepletionPreset:
    """Thresholds of the literature under a name.

    Attributes
    ----------
    threshold : float
        Depleted below this many cells/uL; NaN is the lower limit of quantification of each sample.
    recovery : float
        Recovered from this many on; NaN as above.
    baseline_fraction : float
        Or from this share of the baseline on; NaN where there is no such rule.
    rule, source, certainty : str
        The rule in words, where it is from, and how well that is established.
    """

    threshold: float
    recovery: float
    baseline_fraction: float
    rule: str
    source: str
    certainty: str


DEPLETION_PRESETS: Mapping[str, DepletionPreset] = MappingProxyType(
    {
        "undetectable": DepletionPreset(
            NO_RULE,
            NO_RULE,
            NO_RULE,
            "depleted below the limit of quantification of the sample, recovered when not",
            "what the CAR T series in autoimmune disease report",
            "established; what it means depends on the assay",
        ),
        "rave": DepletionPreset(
            10.0,
            10.0,
            NO_RULE,
            "depleted below 10/uL, recovered at 10/uL or more",
            "ANCA-associated vasculitis: 'B cell recovery was defined as CD19 count >= 10 cells/ul'"
            " (Nephrol Dial Transplant 2020, gfaa142)",
            "read in the source",
        ),
        "rtx_conventional": DepletionPreset(
            5.0,
            5.0,
            NO_RULE,
            "depleted below 5/uL",
            "rituximab in lupus: 'effective depletion (<5 cells/ul)' (Albert 2008)",
            "read in the abstract; the source names no recovery threshold, 5/uL is its complement",
        ),
        "nobility": DepletionPreset(
            0.441,
            0.441,
            NO_RULE,
            "depleted below 0.441/uL, the limit of the high-sensitivity assay",
            "obinutuzumab in lupus nephritis, NOBILITY (Lupus Sci Med 2020;7(S1):A27)",
            "read in the source; the limit serves as recovery threshold too",
        ),
        "deep_hsfc": DepletionPreset(
            0.1,
            0.1,
            NO_RULE,
            "depleted below 0.1/uL (0.0001 x 10^9/L) by high-sensitivity flow cytometry",
            "rituximab in rheumatoid arthritis (Dass 2008, Vital 2011)",
            "established; the sources name no recovery threshold, 0.1/uL is its complement",
        ),
        "ocr_lln": DepletionPreset(
            80.0,
            80.0,
            1.0,
            "recovered at the baseline or at 80/uL, the lower limit of normal, whichever is lower",
            "ocrelizumab label: median time to repletion 72 weeks (27 to 175)",
            "established; the label has no depletion threshold, the recovery level serves for it",
        ),
    }
)
