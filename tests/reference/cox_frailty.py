"""Gamma frailty by definition: the marginal likelihood in all jumps of the hazard, its maximum.

Each term of Efron's or Breslow's rule is a jump of the cumulative hazard, to which the rows at risk
are exposed, the tied ones under Efron's rule in part. The likelihood is that of jumps and events,
the gamma frailty of each cluster integrated out in closed form.
"""

import numpy as np

from tests.reference.cox import sets


class Marginal:
    """The marginal log-likelihood of rows at given variances."""

    def __init__(self, time, event, x, cluster, ties="efron", offset=None, **options):
        self.x = np.asarray(x, float).reshape(len(time), -1)
        self.offset = np.zeros(len(time)) if offset is None else np.asarray(offset, float)
        self.event = np.asarray(event)
        labels, self.cluster = np.unique(cluster, return_inverse=True)
        self.member = (self.cluster == np.arange(len(labels))[:, np.newaxis]).astype(float)
        self.d = self.member @ self.event
        exposure, self.mass = [], []
        for tied, at_risk in sets(time, event, **options):
            for k in range(len(tied) if ties == "efron" else 1):
                row = np.zeros(len(time))
                row[at_risk] = 1
                row[tied] -= k / len(tied) if ties == "efron" else 0
                exposure.append(row)
                self.mass.append(1 if ties == "efron" else len(tied))
        self.exposure, self.mass = np.array(exposure), np.array(self.mass, float)
        # so that the value without frailty is that of the partial likelihood
        self.constant = np.sum(self.mass - self.mass * np.log(self.mass))

    def value(self, parameters, theta):
        """Value and gradient in the coefficients and the logarithms of the jumps."""
        p = self.x.shape[1]
        eta = self.x @ parameters[:p] + self.offset
        jump = np.exp(parameters[p:])
        each = np.exp(eta)[:, np.newaxis] * self.exposure.T * jump  # rows by jumps
        hazard = self.member @ each.sum(1)
        if theta == 0:
            integral, share = -hazard, np.ones_like(hazard)
        else:
            integral = -(self.d + 1 / theta) * np.log1p(theta * hazard)
            integral += [np.sum(np.log1p(theta * np.arange(d))) for d in self.d]
            share = (1 + theta * self.d) / (1 + theta * hazard)
        value = self.event @ eta + self.mass @ parameters[p:] + integral.sum() + self.constant
        expected = share[self.cluster][:, np.newaxis] * each
        gradient = [self.x.T @ (self.event - expected.sum(1)), self.mass - expected.sum(0)]
        return value, np.concatenate(gradient)

    def jumps(self, coef, frailty):
        """Return the logarithms of the jumps that are best given all else (Breslow's estimate)."""
        risk = frailty[self.cluster] * np.exp(self.x @ coef + self.offset)
        return np.log(self.mass / (self.exposure @ risk))

    def maximum(self, theta):
        """Climb to the maximum at theta: Newton's method, second derivatives by differences."""
        p = self.x.shape[1]
        at = np.concatenate([np.zeros(p), self.jumps(np.zeros(p), np.ones(len(self.d)))])
        value, gradient = self.value(at, theta)
        for _ in range(200):
            bend = np.array(
                [
                    (self.value(at - e, theta)[1] - self.value(at + e, theta)[1]) / 2e-5
                    for e in 1e-5 * np.eye(len(at))
                ]
            )
            bend = (bend + bend.T) / 2 + 1e-12 * np.eye(len(at))
            step = np.linalg.solve(bend, gradient)
            gain = gradient @ step
            part = 1 / max(1, np.max(np.abs(step)) / 3)
            while self.value(at + part * step, theta)[0] < value - 1e-13 * (1 + abs(value)):
                part /= 2
            at = at + part * step
            value, gradient = self.value(at, theta)
            if gain < 1e-14:
                break
        return value, at
