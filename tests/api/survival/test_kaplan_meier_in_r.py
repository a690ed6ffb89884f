"""The Kaplan-Meier curve beside R's survfit on random data, where R and its survival are there."""

import shutil
import subprocess
import warnings

import numpy as np
import pytest
from immunoreset import survival
from immunoreset.errors import SmallRiskSetWarning

CASES = 60
FORMS = {"kaplan-meier": (1, 1), "nelson-aalen": (2, 1), "fleming-harrington": (2, 2)}
INTERVALS = {
    "plain": "plain",
    "log": "log",
    "log-log": "log-log",
    "logit": "logit",
    "arcsine": "arcsin",
}
SCRIPT = """
suppressMessages(library(survival))
show <- function(name, x) cat(name, format(as.numeric(x), digits = 17, trim = TRUE), "\\n")
"""
CASE = """
fit <- survfit({surv} ~ 1, conf.type = "{interval}", stype = {stype}, ctype = {ctype}{more})
cat("case\\n")
show("time", fit$time); show("at_risk", fit$n.risk); show("events", fit$n.event)
show("estimate", fit$surv); show("cumulative_hazard", fit$cumhaz)
show("std_error", fit$std.err * (if (fit$logse) fit$surv else 1))
show("cumulative_hazard_std_error", fit$std.chaz)
show("low", fit$lower); show("high", fit$upper)
q <- quantile(fit, c(.25, .5, .75))
show("q", q$quantile); show("q_low", q$lower); show("q_high", q$upper)
mean <- summary(fit, rmean = {tau})$table
show("rmst", mean[["rmean"]]); show("rmst_error", mean[["se(rmean)"]])
"""


def simulated(seed):
    """Return arguments of `kaplan_meier` that differ in everything R has, too."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    time = rng.integers(1, 25, n).astype(float) if seed % 2 else rng.exponential(10, n) + 0.01
    options = {"time": time, "event": (rng.random(n) < 0.7).astype(int)}
    options["interval"] = str(rng.choice(list(INTERVALS)))
    options["form"] = str(rng.choice(list(FORMS)))
    if seed % 3 == 1:
        options["entry"] = time * rng.choice([0, 0.2, 0.6], n)
    if seed % 5 == 1:
        options["weights"] = rng.integers(1, 4, n)
    if seed % 5 == 2:
        options.update(weights=rng.uniform(0.2, 3, n), variance="robust")
    if seed % 5 == 3:
        options["cluster"] = rng.integers(0, 6, n)
    return options


def in_r(options):
    """Return the call of survfit with the same meaning, as text."""
    numbers = {
        name: f"c({','.join(repr(float(x)) for x in options[name])})"
        for name in ("time", "event", "entry", "weights", "cluster")
        if name in options
    }
    start = f"{numbers['entry']}, " if "entry" in options else ""
    more = f", weights = {numbers['weights']}" if "weights" in options else ""
    more += f", cluster = {numbers['cluster']}" if "cluster" in options else ""
    if "weights" in options and "variance" not in options:
        more += ", robust = FALSE"
    stype, ctype = FORMS[options["form"]]
    return CASE.format(
        surv=f"Surv({start}{numbers['time']}, {numbers['event']})",
        interval=INTERVALS[options["interval"]],
        stype=stype,
        ctype=ctype,
        more=more,
        tau=repr(0.8 * float(max(options["time"]))),
    )


@pytest.fixture(scope="module")
def answers():
    """Return what R says of each case, as columns by name."""
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    script = SCRIPT + "".join(in_r(simulated(seed)) for seed in range(CASES))
    run = subprocess.run(
        ["Rscript", "--vanilla", "-"], input=script, capture_output=True, text=True, check=False
    )
    if "no package called" in run.stderr:
        pytest.skip("R has no package survival")
    assert run.returncode == 0, run.stderr
    cases = []
    for line in run.stdout.splitlines():
        name, *values = line.split()
        if name == "case":
            cases.append({})
        else:
            cases[-1][name] = np.array([np.nan if x == "NA" else float(x) for x in values])
    return cases


@pytest.mark.parametrize("seed", range(CASES))
def test_curves_agree_with_r(answers, seed):
    options, r = simulated(seed), answers[seed]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallRiskSetWarning)
        km = survival.kaplan_meier(**options)
    fh_in_r = options["form"] == "fleming-harrington" and "weights" in options
    if fh_in_r and km.variance == "greenwood":
        pytest.skip("R takes tied weighted rows as so many deaths as there are rows")
    columns = {name: getattr(km, name) for name in list(r)[:7]}
    if km.weighted_at_risk is not None:
        columns.update(at_risk=km.weighted_at_risk, events=km.weighted_events)
    # here R gives the error of H as that of exp(-H), and its limits from there; in the other
    # forms it does not
    misnamed = km.form == "nelson-aalen" and km.variance == "robust"
    if misnamed:
        columns["std_error"] = km.std_error / km.estimate
    for name, values in columns.items():
        np.testing.assert_allclose(values, r[name], rtol=1e-11, atol=1e-14, err_msg=name)
    if misnamed:
        return
    # before the first event survival 3.5 leaves log-log limits undefined, 3.8 gives (1, 1) as we
    # do; where survival is 0, robust plain limits are (0, 0) in R and undefined here
    compared = ~((km.estimate == 1) & np.isnan(r["low"])) & (km.estimate > 0)
    for name in ("low", "high"):
        ours, theirs = getattr(km, name)[compared], r[name][compared]
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-14, err_msg=name)
    q = km.quantile([0.25, 0.5, 0.75])
    for name, values in {"q": q.estimate, "q_low": q.low, "q_high": q.high}.items():
        np.testing.assert_allclose(values, r[name], rtol=1e-12, err_msg=name)
    tau = 0.8 * float(max(options["time"]))
    mean = km.rmst(tau)
    assert mean.estimate == pytest.approx(r["rmst"][0], rel=1e-11)
    if km.form == "kaplan-meier" and km.variance == "greenwood":
        assert mean.std_error == pytest.approx(r["rmst_error"][0], rel=1e-9, abs=1e-12)
