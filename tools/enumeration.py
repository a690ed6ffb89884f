"""What the scripts of actual coverage share: probabilities of counts, and the rows they print."""

from collections.abc import Callable, Iterable

import numpy as np
from immunoreset import response

SIZES = (5, 8, 15, 30)
Z = 1.959963984540054


def binomial(n, rates):
    """Return the probability of each count: one row a rate."""
    counts = np.arange(n + 1)
    less = response.proportion_test(
        counts, n, np.asarray(rates)[:, None], alternative="less"
    ).pvalue
    return np.diff(less, axis=1, prepend=0)


def holds(low, high, truth):
    """Say whether limits hold a value; rounding does not decide where the two are one."""
    slack = 1e-12 * np.maximum(1, np.abs(truth))
    return (low <= truth + slack) & (truth <= high + slack)


def width(low, high, *, is_ratio=False):
    """Return widths, of a ratio r on the scale r / (1 + r)."""
    if is_ratio:
        with np.errstate(invalid="ignore"):
            low, high = (np.where(np.isinf(v), 1, v / (1 + v)) for v in (low, high))
    return high - low


def print_table(
    names: Iterable[str],
    methods: Iterable[tuple[str, ...]],
    answer: Callable[..., tuple[np.ndarray, np.ndarray]],
    sizes=SIZES,
):
    """Print mean coverage, smallest coverage and mean width of each method at each size."""
    head = "".join(f" {name} |" for name in names)
    print(f"|{head}" + "".join(f" n = {n} |" for n in sizes))
    print("|" + " --- |" * (head.count("|") + len(sizes)))
    for method in methods:
        row = "".join(f" {name} |" for name in method)
        for n in sizes:
            covered, wide = answer(*method, n)
            row += f" {covered.mean():.3f} / {covered.min():.3f} / {wide.mean():.2f} |"
        print(f"|{row}", flush=True)
