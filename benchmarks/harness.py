"""Peers side by side on the same data, taking turns, so that ratios come from the same minutes.

A peer that is not installed is left out and named; one that needs more than `LIMIT` seconds for a
call is timed once. Each answer is compared with ours before anything is timed.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

LIMIT = 30.0
OURS = "immunoreset"


@dataclass
class Case:
    """One job on one data set: the peers' calls, and what each call's answer has to agree with."""

    name: str
    peers: dict[str, Callable[[], object]]
    answer: Callable[[object], object] = lambda result: result
    rtol: float = 1e-6
    rounds: int = 7
    left_out: list[str] = field(default_factory=list)


def installed(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def compiled(source: str) -> ctypes.CDLL | None:
    """Return a library out of C, or None without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    folder = Path(tempfile.mkdtemp())
    (folder / "loop.c").write_text(source)
    flags = ["-O3", "-shared", "-fPIC"]
    subprocess.run(
        [compiler, *flags, "-o", folder / "loop.so", folder / "loop.c", "-lm"], check=True
    )
    return ctypes.CDLL(str(folder / "loop.so"))


def seconds(call: Callable[[], object], at_least: float = 0.02) -> float:
    """Return the time of one call, repeated within the measurement when it is short."""
    repeats = 1
    while True:
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        took = time.perf_counter() - start
        if took >= at_least or repeats >= 1_000_000:
            return took / repeats
        repeats = max(repeats * 2, int(repeats * 1.2 * at_least / max(took, 1e-9)))


def check(case: Case, name: str, expected: object) -> None:
    """Refuse to time a peer whose numbers are others than ours."""
    found = case.peers[name]()
    if expected is None or found is None:
        return
    np.testing.assert_allclose(
        np.asarray(case.answer(found), float),
        np.asarray(expected, float),
        rtol=case.rtol,
        atol=1e-12,
        err_msg=f"{case.name}: {name} disagrees",
    )


def run(case: Case) -> dict[str, float]:
    """Return each peer's median time, ours first."""
    ours = case.peers[OURS]()
    expected = case.answer(ours) if ours is not None else None
    times: dict[str, list[float]] = {name: [] for name in case.peers}
    for name in case.peers:
        start = time.perf_counter()
        check(case, name, expected)
        if time.perf_counter() - start > LIMIT:
            times[name].append(time.perf_counter() - start)
    for _ in range(case.rounds):
        for name, call in case.peers.items():
            if len(times[name]) == 1 and times[name][0] > LIMIT:
                continue
            times[name].append(seconds(call))
    return {name: float(np.median(each)) for name, each in times.items()}


def shown(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def report(cases: list[Case], title: str) -> None:
    """Print one Markdown table: medians, and how many times slower than ours each peer is."""
    print(f"\n## {title}\n")
    print("| job | ours | peers (times slower) |")
    print("| --- | --- | --- |")
    for case in cases:
        times = run(case)
        ours = times.pop(OURS)
        peers = ", ".join(
            f"{name} {shown(value)} ({value / ours:.1f}x)"
            for name, value in sorted(times.items(), key=lambda item: item[1])
        )
        missing = f"; not installed: {', '.join(case.left_out)}" if case.left_out else ""
        print(f"| {case.name} | {shown(ours)} | {peers}{missing} |", flush=True)


def sizes(default: str) -> list[int]:
    """Read ``--sizes 15,1000000`` from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default=default)
    return [int(float(size)) for size in parser.parse_args().sizes.split(",")]


def time_r(code: str, columns: dict[str, np.ndarray], rounds: int = 5) -> float | None:
    """Return the median seconds of an R expression over columns, or None without R.

    R sees each column as a numeric vector of its name. The time is taken inside R, without the
    start of the process or the reading of the data.
    """
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        reads = []
        for name, values in columns.items():
            path = Path(folder) / name
            np.asarray(values, np.float64).tofile(path)
            reads.append(f'{name} <- readBin("{path}", "double", {len(values)})')
        script = Path(folder) / "time.R"
        script.write_text(
            "suppressMessages(library(survival))\n"
            + "\n".join(reads)
            + f"\nf <- function() {{ {code} }}\ninvisible(f())\n"
            "one <- system.time(f())[['elapsed']]\n"
            "k <- max(1, min(2000, ceiling(0.1 / max(one, 1e-5))))\n"
            f"t <- sapply(1:{rounds}, function(i) "
            "system.time(for (j in 1:k) f())[['elapsed']] / k)\n"
            "cat(median(t))\n"
        )
        done = subprocess.run(
            ["Rscript", "--vanilla", str(script)], capture_output=True, text=True, check=False
        )
        return float(done.stdout) if done.returncode == 0 and done.stdout else None
