"""10,000 bootstrap medians of a Kaplan-Meier curve."""

import immunoreset.survival as ours
from data import survival as simulate
from harness import OURS, Case, installed, report, sizes

REPLICATES = 10_000


def cases(n):
    time, event = simulate(n, "days")
    peers = {
        OURS: lambda: ours.bootstrap_quantile(time, event, replicates=REPLICATES, rng=1) and None
    }
    left_out = []
    if installed("scipy"):
        import numpy as np
        from scipy.stats import CensoredData, ecdf

        def scipy_medians(replicates=REPLICATES // 20):
            rng = np.random.default_rng(1)
            for _ in range(replicates):
                i = rng.integers(0, n, n)
                ecdf(CensoredData(time[i][event[i]], right=time[i][~event[i]])).sf.evaluate(400)

        peers["scipy, a 20th of them"] = scipy_medians
    else:
        left_out.append("scipy")
    yield Case(f"n = {n:,}", peers, rounds=5, left_out=left_out)


if __name__ == "__main__":
    report([case for n in sizes("15,100,1000") for case in cases(n)], "Bootstrap of the median")
