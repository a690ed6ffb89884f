"""B cell subsets as compositions. Formulas: docs/methods/recovery/composition.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from immunoreset import _core, response
from immunoreset._frame import as_matrix, columns_and_covariates, labels
from immunoreset._result import Grouped, Result, number, percent_of
from immunoreset.errors import InputError

SUBSETS: Mapping[str, str] = MappingProxyType(
    {
        "transitional": "CD24hi CD38hi (CD10+ CD27- IgD+ IgM++)",
        "naive": "CD27- IgD+",
        "unswitched_memory": "CD27+ IgD+",
        "switched_memory": "CD27+ IgD-",
        "double_negative": "CD27- IgD-: DN1, DN2 and DN3 together",
        "dn1": "CD27- IgD- CXCR5+ CD11c-",
        "dn2": "CD27- IgD- CXCR5- CD11c+ CD21- T-bet+",
        "dn3": "CD27- IgD- CXCR5- CD11c-",
        "activated_naive": "naive, CD21lo CD11c+",
        "cd21_low": "CD21lo CD38lo",
        "plasmablast": "CD27++ CD38++ (CD20-)",
        "plasma_cell": "CD138+ CD38++ (CD19+ or CD19-)",
    }
)
"""Gates of CD19+ cells by the name of the subset: the names this package writes."""

ROUNDING = 1e-9  # 0.7 + 0.2 is at least 0.9


@dataclass(frozen=True, slots=True)
class Composition(Result):
    """Compositions, one row of its table for each sample.

    Attributes
    ----------
    names : tuple of str
        The subsets.
    share : ndarray
        Samples by subsets: shares that sum to 1, zeros replaced.
    clr : ndarray
        Samples by subsets: centred log-ratios, the logarithm of a share less the mean of those of
        its sample.
    replaced : ndarray of int
        How many zeros of each sample were replaced.
    centre : ndarray
        Geometric means of the shares of each subset, made to sum to 1.
    variation : ndarray
        Subsets by subsets: variance of the logarithm of the ratio of two; NaN of one sample.
    total_variance : float
        The sum of the variances of the centred log-ratios; NaN of one sample.
    n : int
        Samples.
    total : float or None
        What each sample had to sum to.
    """

    names: tuple[str, ...]
    share: NDArray[np.float64]
    clr: NDArray[np.float64]
    replaced: NDArray[np.int64]
    centre: NDArray[np.float64]
    variation: NDArray[np.float64]
    total_variance: float
    n: int
    total: float | None

    def _table(self) -> dict[str, Any]:
        table = {name: self.share[:, j] for j, name in enumerate(self.names)}
        table.update({f"clr_{name}": self.clr[:, j] for j, name in enumerate(self.names)})
        return {**table, "replaced": self.replaced}

    def __str__(self) -> str:
        parts = zip(self.names, self.centre, strict=True)
        words = ", ".join(f"{name} {100 * share:.1f}%" for name, share in parts)
        zeros = int(self.replaced.sum())
        return f"{self.n} compositions, centre {words}; {zeros} zeros replaced"

    def plot(self, day: ArrayLike | None = None, ax: Any = None) -> Any:
        """Draw stacked areas of the subsets, over days or over samples; return the axes.

        Parameters
        ----------
        day : array_like of float, optional
            Of each sample. Samples of one day are drawn as their geometric mean composition.
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.
        """
        from immunoreset.plots.composition import composition as draw

        return draw(self, day=day, ax=ax)


@overload
def composition(
    share: ArrayLike | Sequence[str],
    *,
    names: Sequence[str] | None = None,
    total: float | None = 1.0,
    limit: ArrayLike | None = None,
    group: None = None,
    data: Any = None,
) -> Composition: ...


@overload
def composition(
    share: ArrayLike | Sequence[str],
    *,
    names: Sequence[str] | None = None,
    total: float | None = 1.0,
    limit: ArrayLike | None = None,
    group: ArrayLike | str,
    data: Any = None,
) -> Grouped[Composition]: ...


def composition(
    share: ArrayLike | Sequence[str],
    *,
    names: Sequence[str] | None = None,
    total: float | None = 1.0,
    limit: ArrayLike | None = None,
    group: ArrayLike | str | None = None,
    data: Any = None,
) -> Composition | Grouped[Composition]:
    """Close shares of B cell subsets, replace their zeros, and take centred log-ratios.

    Parameters
    ----------
    share : array_like of float, or sequence of str
        Samples by subsets, or names of columns. Each sample sums to `total` within 1%.
    names : sequence of str, optional
        Of the subsets; by default the names of the columns. `SUBSETS` holds those of the field.
    total : float or None, default 1
        What each sample sums to: 1, or 100 for per cent. None: whatever it does, as counts do.
    limit : array_like of float, optional
        The least share that could have been seen, in the unit of `share` (1 over the gated events,
        say): one number, one a subset, or one a sample and subset. A zero is replaced by 0.65 of
        it, and the other subsets give way in proportion.
    group : array_like, or str, optional
        A label a sample (CD19 or BCMA, say); each group is summarised alone.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    Composition or Grouped of Composition
        With `group`, a mapping from label to result.

    Raises
    ------
    InputError
        For a value that is missing or negative; a sample that does not sum to `total`, or holds no
        cell (aplasia has no composition); a zero without `limit`; fewer than two subsets; limits
        that would stand for half a sample or more. It names argument, row and value.

    Notes
    -----
    Aitchison 1986 (The Statistical Analysis of Compositional Data); Martin-Fernandez,
    Barcelo-Vidal and Pawlowsky-Glahn 2003 (Math Geol 35:253) for the zeros.

    Examples
    --------
    Two patients at B cell return, in per cent; 500 gated events each

    >>> from immunoreset import recovery
    >>> subsets = ["naive", "transitional", "switched_memory"]
    >>> returned = [[70, 28, 2], [80, 20, 0]]
    >>> print(recovery.composition(returned, names=subsets, total=100, limit=0.2))
    2 compositions, centre naive 75.6%, transitional 23.9%, switched_memory 0.5%; 1 zeros replaced
    """
    terms, values, limits, of_groups = read_parts(share, names, limit, group, data)

    def made(rows: Any) -> Composition:
        return _core.frozen(
            Composition,
            (
                terms,
                *_core.composition(values[rows], limits_of(limits, rows), total),
                len(values[rows]),
                total,
            ),
        )

    if of_groups is None:
        return made(slice(None))
    keys, codes = of_groups
    return Grouped({key: made(codes == code) for code, key in enumerate(keys)})


def read_parts(
    share: Any, names: Sequence[str] | None, limit: Any, group: Any, data: Any
) -> tuple[tuple[str, ...], Any, Any, tuple[list[Any], Any] | None]:
    """Return the names, the matrix of shares, the limits, and the labels with their codes."""
    if data is not None:
        (group,), share, names = columns_and_covariates(data, share, names, group=group)
    values, terms = as_matrix(share, names)
    if limit is not None and np.ndim(limit) == 0:
        limit = np.full(values.shape[1], limit)
    limits = None if limit is None else np.asarray(limit)
    if group is None:
        return terms, values, limits, None
    keys, codes = labels(group)
    if len(codes) != len(values):
        raise InputError(f"group has {len(codes)} labels; share has {len(values)} rows")
    return terms, values, limits, (keys, codes)


def limits_of(limits: Any, rows: Any) -> Any:
    """Return the limits of some rows, where each row has its own."""
    return limits[rows] if limits is not None and limits.ndim == 2 else limits


@dataclass(frozen=True, slots=True)
class CompositionShare(Result):
    """The share of some subsets together, one row of its table for each sample.

    Attributes
    ----------
    parts : tuple of str
        The subsets.
    share : ndarray
        Their share of each sample, zeros replaced.
    mean, low, high : float
        The mean on the logit scale, back as a share, with Student's limits there; of one sample
        they are 0 and 1.
    median, median_low, median_high : float
        With the limits of the sign test, which need no distribution: 0 and 1 of fewer than six
        samples at 95%.
    achieved_level : float
        Of the limits of the median, at least `level`.
    at_least : float or None
        A share that was asked about.
    reached : response.Proportion or None
        How many samples have `at_least`, with Clopper-Pearson limits.
    n : int
        Samples.
    level : float
    """

    parts: tuple[str, ...]
    share: NDArray[np.float64]
    mean: float
    low: float
    high: float
    median: float
    median_low: float
    median_high: float
    achieved_level: float
    at_least: float | None
    reached: response.Proportion | None
    n: int
    level: float

    def _table(self) -> dict[str, Any]:
        return {"share": self.share}

    def __str__(self) -> str:
        words = (
            f"share of {' and '.join(self.parts)} in {self.n} samples: mean {number(self.mean)} "
            f"({percent_of(self.level)} {number(self.low)} to {number(self.high)}), median "
            f"{number(self.median)} ({number(self.median_low)} to {number(self.median_high)})"
        )
        return (
            words if self.reached is None else f"{words}; at least {self.at_least}: {self.reached}"
        )


@overload
def composition_share(
    share: ArrayLike | Sequence[str],
    parts: Sequence[str] = ("naive", "transitional"),
    *,
    names: Sequence[str] | None = None,
    total: float | None = 1.0,
    limit: ArrayLike | None = None,
    at_least: float | None = None,
    level: float = 0.95,
    group: None = None,
    data: Any = None,
) -> CompositionShare: ...


@overload
def composition_share(
    share: ArrayLike | Sequence[str],
    parts: Sequence[str] = ("naive", "transitional"),
    *,
    names: Sequence[str] | None = None,
    total: float | None = 1.0,
    limit: ArrayLike | None = None,
    at_least: float | None = None,
    level: float = 0.95,
    group: ArrayLike | str,
    data: Any = None,
) -> Grouped[CompositionShare]: ...


def composition_share(
    share: ArrayLike | Sequence[str],
    parts: Sequence[str] = ("naive", "transitional"),
    *,
    names: Sequence[str] | None = None,
    total: float | None = 1.0,
    limit: ArrayLike | None = None,
    at_least: float | None = None,
    level: float = 0.95,
    group: ArrayLike | str | None = None,
    data: Any = None,
) -> CompositionShare | Grouped[CompositionShare]:
    """Estimate the share of some subsets together: the naive share at B cell return, say.

    Parameters
    ----------
    share, names, total, limit
        As in `composition`; one sample a patient.
    parts : sequence of str, default ("naive", "transitional")
        The subsets whose share is wanted, out of the names.
    at_least : float, optional
        A share to be reached (within 1e-9: 0.7 + 0.2 is 0.9); how many samples have it is counted.
    level : float, default 0.95
        Of all limits.
    group : array_like, or str, optional
        A label a sample; each group is estimated alone.
    data : frame or mapping of arrays, optional
        Where the arguments are column names.

    Returns
    -------
    CompositionShare or Grouped of CompositionShare

    Raises
    ------
    InputError
        As `composition`; for a name that is not among the subsets, for all of them, for a level
        that is none.

    Notes
    -----
    Aitchison 1986, section 6 (the logistic normal distribution); David and Nagaraja 2003 (Order
    Statistics, section 7.1) for the limits of the median.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> subsets = ["naive", "transitional", "switched_memory"]
    >>> returned = [[0.70, 0.28, 0.02], [0.55, 0.30, 0.15], [0.62, 0.34, 0.04]]
    >>> share = recovery.composition_share(returned, names=subsets, at_least=0.9)
    >>> print(share.reached)
    2/3 (66.7%), 95% clopper-pearson interval 9.4% to 99.2%
    """
    terms, values, limits, of_groups = read_parts(share, names, limit, group, data)
    wanted = (parts,) if isinstance(parts, str) else tuple(parts)
    for name in wanted:
        if name not in terms:
            raise InputError(f"parts: there is no subset {name!r}; the subsets are {list(terms)}")
    chosen = np.array([name in wanted for name in terms])

    def made(rows: Any) -> CompositionShare:
        numbers = _core.composition_share(
            values[rows], limits_of(limits, rows), total, chosen, level
        )
        reached = None
        if at_least is not None:
            count = int(np.count_nonzero(numbers[0] >= at_least - ROUNDING))
            reached = response.proportion(count, len(numbers[0]), level=level)
        return _core.frozen(
            CompositionShare, (wanted, *numbers, at_least, reached, len(numbers[0]), level)
        )

    if of_groups is None:
        return made(slice(None))
    keys, codes = of_groups
    return Grouped({key: made(codes == code) for code, key in enumerate(keys)})
