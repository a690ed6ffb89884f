"""What only a whole process shows: the cost of importing, leaks, threads, versions."""

import concurrent.futures
import gc
import subprocess
import sys

import immunoreset
import numpy as np
import pytest
from immunoreset import _core, response
from immunoreset.errors import InputError

HEAVY = ("pandas", "polars", "pyarrow", "narwhals", "matplotlib", "scipy")


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_importing_loads_no_heavy_package():
    loaded = run("import sys, immunoreset; print(*sys.modules)").split()
    assert [name for name in HEAVY if name in loaded] == []


def test_versions_agree():
    build = _core.build_config()
    assert immunoreset.__version__ == _core.__version__
    assert build["gsl_link"] in ("static", "shared")
    assert build["gsl"] in run("import immunoreset; immunoreset.show_versions()")


def test_the_error_handler_of_gsl_stays_off_and_leaves_others_alone():
    # a quantile which aborts the process under GSL's own handler answers here
    code = "from immunoreset import response; print(response.proportion(2, 260).high)"
    assert run(code).startswith("0.02750946")


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])


def good_and_bad_calls():
    events, n = np.array([3, 8, 0]), np.array([10, 8, 0])
    response.proportion(events, n, method="blaker")
    response.proportion_test(events, n, 0.3)
    for bad in ({"level": 2.0}, {"method": "none"}, {"alternative": "up"}):
        with pytest.raises(InputError):
            response.proportion(events, n, **bad)
    for counts in ([1, None], ["x"], [1.5], [[1, 2], [3, 4, 5]]):
        with pytest.raises((InputError, ValueError)):
            response.proportion(counts, 8)
    _core.arrow_stream(["a", "b"], [np.arange(4.0), ["x", "", "yy", "z"]])
    return events


@pytest.mark.leaks
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_thousands_of_calls_leave_nothing_behind():
    for _ in range(2000):
        events = good_and_bad_calls()
    gc.collect()
    pages, blocks, references = resident(), sys.getallocatedblocks(), sys.getrefcount(InputError)
    for _ in range(2000):
        events = good_and_bad_calls()
    gc.collect()
    assert sys.getrefcount(events) == 2
    assert sys.getrefcount(InputError) <= references + 2
    assert sys.getallocatedblocks() <= blocks + 500  # one block a call would be thousands
    assert resident() <= pages + 256


def test_threads_give_the_digits_of_one_thread():
    n = np.arange(1, 400)
    alone = response.proportion(n // 2, n, method="mid-p").low
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for low in pool.map(
            lambda _: response.proportion(n // 2, n, method="mid-p").low, range(16)
        ):
            np.testing.assert_array_equal(low, alone)
