"""Recovery curves, the slow obvious way: the log-likelihood row by row, and its numerical slope."""

import math

import numpy as np

from tests.reference.detection_limit import normal_lower

CURVES = {
    "logistic": lambda t, q: q["plateau"] / (1 + math.exp((q["midpoint"] - t) / q["scale"])),
    "gompertz": lambda t, q: q["plateau"] * 0.5 ** math.exp((q["midpoint"] - t) / q["scale"]),
    "emax": lambda t, q: (
        q["plateau"] * t ** q["hill"] / (q["midpoint"] ** q["hill"] + t ** q["hill"])
    ),
    "exponential": lambda t, q: q["initial"] * math.exp(q["rate"] * (t - q["first_day"])),
    "approach": lambda t, q: (
        q["plateau"] + (q["initial"] - q["plateau"]) * math.exp(-q["rate"] * (t - q["first_day"]))
    ),
    "logistic4": lambda t, q: (
        q["floor"] + (q["plateau"] - q["floor"]) / (1 + math.exp((q["midpoint"] - t) / q["scale"]))
    ),
    "biexponential": lambda t, q: (
        q["amplitude_1"] * math.exp(-q["rate_1"] * t)
        + q["amplitude_2"] * math.exp(-q["rate_2"] * t)
    ),
    "turnover": lambda t, q: (
        q["influx"] / q["loss"] * (1 - math.exp(-q["loss"] * max(t - q["return_day"], 0)))
    ),
}

PARAMETERS = {
    "logistic": ("plateau", "midpoint", "scale"),
    "gompertz": ("plateau", "midpoint", "scale"),
    "emax": ("plateau", "midpoint", "hill"),
    "exponential": ("initial", "rate"),
    "approach": ("plateau", "initial", "rate"),
    "logistic4": ("floor", "plateau", "midpoint", "scale"),
    "biexponential": ("amplitude_1", "rate_1", "amplitude_2", "rate_2"),
    "turnover": ("influx", "loss", "return_day"),
}


def loglik(model, quantities, sd, error, day, count, below):
    """Of the counts themselves; a count below is the limit that it lies below."""
    total = 0.0
    for t, y, hidden in zip(day, count, below, strict=True):
        f = CURVES[model](t, quantities)
        if hidden and f <= 0 and error != "additive":
            continue  # below for certain
        if error == "log":
            z, scale = (math.log(y) - math.log(f)) / sd, sd * y
        elif error == "additive":
            z, scale = (y - f) / sd, sd
        else:
            z, scale = (y - f) / (sd * f), sd * f
        if hidden:
            total += math.log(normal_lower(z))
        else:
            total += -z * z / 2 - math.log(scale) - math.log(2 * math.pi) / 2
    return total


def slope(model, quantities, sd, error, day, count, below, step=1e-6):
    """Derivatives by each parameter and by log sd, in units of 1 / parameter."""
    names = (*PARAMETERS[model], "sd")
    point = {**quantities, "sd": sd}

    def at(name, factor):
        moved = {**point, name: point[name] * factor}
        return loglik(model, moved, moved["sd"], error, day, count, below)

    return np.array([(at(n, 1 + step) - at(n, 1 - step)) / (2 * step) for n in names])
