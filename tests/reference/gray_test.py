"""Gray's test the slow way: each jump with what it adds to the scores (Gray 1988)."""

import numpy as np


def path(time, cause, group, of_interest, groups):
    """Return what the groups look like at each time of an event."""
    rows = []
    survival, own = [1.0] * groups, [0.0] * groups
    pooled = 0.0
    for t in sorted({t for t, c in zip(time, cause, strict=True) if c != 0}):
        at_risk = [sum(x >= t and g == r for x, g in zip(time, group, strict=True))
                   for r in range(groups)]  # fmt: skip
        count = [
            [sum(x == t and g == r and (c == of_interest) == mine and c != 0
                 for x, c, g in zip(time, cause, group, strict=True)) for r in range(groups)]
            for mine in (True, False)
        ]  # fmt: skip
        share = [n / s if n else 0.0 for n, s in zip(at_risk, survival, strict=True)]
        row = {"at_risk": at_risk, "own": count[0], "other": count[1], "share": share}
        row["survival_before"], row["own_before"] = list(survival), list(own)
        row["pooled_before"] = pooled
        pooled += sum(count[0]) / sum(share)
        for r in range(groups):
            if at_risk[r]:
                own[r] += survival[r] * count[0][r] / at_risk[r]
                survival[r] *= 1 - (count[0][r] + count[1][r]) / at_risk[r]
        row["survival"], row["pooled"] = list(survival), pooled
        rows.append(row)
    return rows


def stratum_scores(time, cause, group, of_interest, groups, rho):
    """Return the scores of one stratum, their covariance, the events expected and their weight."""
    rows = path(time, cause, group, of_interest, groups)
    score, expected, weighted = np.zeros(groups), np.zeros(groups), 0.0
    for row in rows:
        hazard = np.array(row["share"]) * (1 - np.array(row["own_before"]))
        rest = 1 - row["pooled_before"]  # this estimate may come to less than 0, and stops there
        weight = rest**rho if rest > 0 else float(rho == 0)
        if sum(row["own"]):
            expected += sum(row["own"]) * hazard / hazard.sum()
            score += weight * (np.array(row["own"]) - sum(row["own"]) * hazard / hazard.sum())
            weighted += sum(row["own"]) * weight**2
        # the weight of a jump in group q for the score of group p, and its share of all later ones
        share = np.array(row["share"])
        row["direct"] = weight * (np.diag(share) - np.outer(share, share) / share.sum())
        taken = sum(row["own"]) / (share.sum() * rest) if rest > 0 else 0.0
        row["carried"] = row["direct"] * taken
    later = [sum((row["carried"] for row in rows[j + 1 :]), np.zeros((groups, groups)))
             for j in range(len(rows))]  # fmt: skip
    variance = np.zeros((groups, groups))
    for row, ahead in zip(rows, later, strict=True):
        total = sum(row["own"])
        for q in range(groups):
            before, after, share = row["survival_before"][q], row["survival"][q], row["share"][q]
            if share == 0:
                continue
            ratio = (1 - row["pooled"]) / after if after > 0 else 0.0
            if total:
                # the events expected in q under the hypothesis, less what ties take away
                pooled_at_risk = sum(row["share"]) * before
                ties = 1.0
                if total > 1:
                    ties = max(0.0, 1 - (total - 1) / max(pooled_at_risk - 1, 1e-300))
                jump = row["direct"][:, q] + (1 - ratio) * ahead[:, q]
                variance += np.outer(jump, jump) * ties * total / (sum(row["share"]) * share)
            if row["other"][q]:
                d, n = row["other"][q], row["at_risk"][q]
                ties = 1 - (d - 1) / (n - 1) if d > 1 else 1.0
                jump = -ratio * ahead[:, q]
                variance += np.outer(jump, jump) * ties * d / share**2
    return score, variance, expected, weighted


def gray_test(time, cause, group, of_interest, strata=None, rho=0.0):
    """Return statistic, degrees of freedom and the events expected of each group."""
    groups = max(group) + 1
    strata = [0] * len(time) if strata is None else strata
    sums = [np.zeros(groups), np.zeros((groups, groups)), np.zeros(groups), 0.0]
    for stratum in sorted(set(strata)):
        rows = [i for i, s in enumerate(strata) if s == stratum]
        parts = stratum_scores(
            *([column[i] for i in rows] for column in (time, cause, group)),
            of_interest, groups, rho,
        )  # fmt: skip
        sums = [total + part for total, part in zip(sums, parts, strict=True)]
    score, variance, expected, weighted = sums
    values, vectors = np.linalg.eigh(variance)
    there = values > max(1e-10 * values.max(), 1e-12 * weighted)
    part = vectors[:, there].T @ score
    return float(np.sum(part**2 / values[there])), int(there.sum()), expected
