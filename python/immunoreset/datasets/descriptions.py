"""The description of each data set, by name."""

from __future__ import annotations

from immunoreset.datasets._bundled import Description
from immunoreset.datasets.platelet_recovery_bmt import DESCRIPTION as TRANSPLANT
from immunoreset.datasets.published_facts import DESCRIPTION as FACTS
from immunoreset.datasets.simulated_cart_cohort import DESCRIPTION as SIMULATED
from immunoreset.datasets.simulated_nmosd_cohort import DESCRIPTION as SIMULATED_NMOSD
from immunoreset.datasets.sle_survival_1955 import DESCRIPTION as LUPUS
from immunoreset.errors import InputError

DESCRIPTIONS = {each.name: each for each in (FACTS, LUPUS, TRANSPLANT, SIMULATED, SIMULATED_NMOSD)}


def describe(name: str) -> Description:
    """Return what a data set is: source, license, caveat, and the dictionary of its columns.

    Parameters
    ----------
    name : {"published_facts", "sle_survival_1955", "platelet_recovery_bmt", \
"simulated_cart_cohort", "simulated_nmosd_cohort"}
        The function of `immunoreset.datasets` that returns the data.

    Returns
    -------
    Description
        Frozen; `print` it to read it.

    Examples
    --------
    >>> from immunoreset import datasets
    >>> datasets.describe("sle_survival_1955").license
    'MIT (lifelines, copyright 2017 Cameron Davidson-Pilon)'
    """
    if name not in DESCRIPTIONS:
        raise InputError(f"name is {name!r}; the data sets are {', '.join(DESCRIPTIONS)}")
    return DESCRIPTIONS[name]
