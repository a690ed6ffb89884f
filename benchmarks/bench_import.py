"""What importing costs: CPU milliseconds of a fresh interpreter, beyond importing NumPy."""

import subprocess
import sys

CODE = """
import resource
import {first}
start = resource.getrusage(resource.RUSAGE_SELF)
import {second}
stop = resource.getrusage(resource.RUSAGE_SELF)
print(1000 * (stop.ru_utime + stop.ru_stime - start.ru_utime - start.ru_stime))
"""


def milliseconds(first, second, rounds=15):
    code = CODE.format(first=first, second=second)
    times: list[float] = []
    for _ in range(rounds):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        if done.returncode:
            return None
        times.append(float(done.stdout))
    return sorted(times)[len(times) // 2]


if __name__ == "__main__":
    print("\n## Importing (CPU ms beyond NumPy)\n\n| package | ms |\n| --- | --- |")
    for package in (
        "immunoreset",
        "survival",
        "statsmodels.api",
        "lifelines",
        "sksurv.nonparametric",
    ):
        took = milliseconds("numpy", package)
        print(f"| {package} | {'not installed' if took is None else f'{took:.0f}'} |")
