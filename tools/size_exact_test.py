"""Actual size and power of each exact test of two groups, by exact enumeration.

It prints the table of docs/methods/response/exact_test.md: for groups of two sizes the largest
probability of a two-sided p-value of 0.05 or less over common rates 0.001, 0.002, ..., 0.999, and
the mean of that probability over the pairs of different rates 0.05, 0.10, ..., 0.95 (power). Groups
of equal size would hide that the rules differ.
"""

import numpy as np
from enumeration import binomial
from immunoreset import response

SIZES = ((5, 8), (8, 12), (15, 10), (30, 20))
TESTS = (
    ("fisher", "minlike", 0), ("fisher", "central", 0), ("fisher", "blaker", 0),
    ("fisher-mid-p", "central", 0), ("barnard", "absolute", 0), ("barnard", "absolute", 0.001),
    ("barnard-unpooled", "absolute", 0), ("boschloo", "minlike", 0), ("boschloo", "minlike", 0.001),
    ("boschloo", "central", 0),
)  # fmt: skip
COMMON = np.arange(0.001, 1, 0.001)
RATES = np.arange(0.05, 0.96, 0.05)


def size_and_power(method, two_sided, berger_boos, n1, n2):
    """Return the largest size and the mean power at a nominal level of 0.05."""
    x1, x2 = np.arange(n1 + 1)[:, None], np.arange(n2 + 1)
    test = response.exact_test(
        x1, n1, x2, n2, method=method, two_sided=two_sided, berger_boos=berger_boos
    )
    rejects = test.pvalue <= 0.05
    common = [binomial(n, COMMON) for n in (n1, n2)]
    first, second = [binomial(n, RATES) for n in (n1, n2)]
    size = np.einsum("ra,ab,rb->r", common[0], rejects, common[1])
    power = (first @ rejects @ second.T)[~np.eye(len(RATES), dtype=bool)]
    return size.max(), power.mean()


def main():
    print("| test | rule |" + "".join(f" {n1} and {n2} |" for n1, n2 in SIZES))
    print("| --- | --- |" + " --- |" * len(SIZES))
    for method, rule, error in TESTS:
        cells = (
            " {:.4f} / {:.3f} |".format(*size_and_power(method, rule, error, *n)) for n in SIZES
        )
        print(f"| {method} | {rule}{f', Berger-Boos {error}' if error else ''} |" + "".join(cells))


if __name__ == "__main__":
    main()
