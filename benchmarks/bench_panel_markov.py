"""Markov models of panel data beside R's msm: its heart transplants (cav) and 15 patients."""

import json
from functools import partial
from pathlib import Path

import immunoreset.survival as ours
import numpy as np
from harness import seconds, shown, time_r

GOLDEN = Path(__file__).parent.parent / "tests/golden/survival/panel_markov.json"
CAV = [(1, 2), (1, 4), (2, 1), (2, 3), (2, 4), (3, 2), (3, 4)]
TRIAL = [(1, 2), (1, 3), (2, 1)]
STARTS = {
    "cav": "rbind(c(0,.25,0,.25), c(.166,0,.166,.166), c(0,.25,0,.25), c(0,0,0,0))",
    "trial": "rbind(c(0,.01,.002), c(.01,0,0), c(0,0,0))",
}


def jobs():
    given = json.loads(GOLDEN.read_text())["inputs"]
    cav, trial = given["cav"], given["trial"]
    known = [code != 99 for code in trial["state"]]  # the unknown states at last are left out
    trial = {
        name: [v for v, k in zip(column, known, strict=True) if k] for name, column in trial.items()
    }
    yield "cav, 622 patients", "cav", cav["patient"], cav["years"], cav["state"], CAV, 4
    yield "trial, 15 patients", "trial", trial["patient"], trial["day"], trial["state"], TRIAL, 3


def main():
    print("\n## Markov models of panel data\n")
    print("| job | ours, Wald | ours, profile limits | R's msm (times slower than Wald) |")
    print("| --- | --- | --- | --- |")
    for name, start, patient, day, state, transitions, death in jobs():
        columns = {
            "patient": np.array(patient), "day": np.array(day, float), "state": np.array(state)
        }  # fmt: skip
        took = {}
        for limits in ("wald", "profile"):
            call = partial(
                ours.panel_markov, **columns, transitions=transitions, exact=death, limits=limits
            )
            took[limits] = min(seconds(call) for _ in range(5))
        scale = 4000 if start == "cav" else 200
        r = time_r(
            f"msm::msm(state ~ day, subject = patient, qmatrix = {STARTS[start]}, "
            f"deathexact = {death}, control = list(fnscale = {scale}))",
            columns,
            rounds=1,
        )
        msm = "not installed" if r is None else f"{shown(r)} ({r / took['wald']:.0f}x)"
        print(f"| {name} | {shown(took['wald'])} | {shown(took['profile'])} | {msm} |", flush=True)


if __name__ == "__main__":
    main()
