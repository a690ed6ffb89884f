import dataclasses
import subprocess
import sys

import narwhals as nw
import pytest
from immunoreset import datasets
from immunoreset.errors import InputError

REAL = ["published_facts", "sle_survival_1955", "platelet_recovery_bmt"]


@pytest.mark.parametrize("name", [*REAL, "simulated_cart_cohort", "simulated_nmosd_cohort"])
def test_a_description_says_source_license_and_caveat(name):
    description = datasets.describe(name)
    text = str(description)
    for words in (description.source, description.license, description.caveat):
        assert len(words) > 10
        assert words in text
    for column in description.columns:
        assert column.meaning
        assert column.name in text
    with pytest.raises(dataclasses.FrozenInstanceError):
        description.source = "elsewhere"


@pytest.mark.parametrize("backend", ["polars", "pandas", "pyarrow"])
@pytest.mark.parametrize("name", REAL)
def test_the_dictionary_has_the_columns_of_the_frame(name, backend):
    frame = nw.from_native(getattr(datasets, name)(backend=backend), eager_only=True)
    assert frame.columns == [column.name for column in datasets.describe(name).columns]
    assert str(frame.implementation).split(".")[-1].lower() == backend


@pytest.mark.parametrize("name", REAL)
def test_every_backend_holds_the_same_values(name):
    def values(backend):
        frame = nw.from_native(getattr(datasets, name)(backend=backend), eager_only=True)
        return {
            column: [
                None if missing else value
                for value, missing in zip(
                    frame[column].to_list(), frame[column].is_null().to_list(), strict=True
                )
            ]
            for column in frame.columns
        }

    assert values("polars") == values("pandas") == values("pyarrow")


def test_an_unknown_name_is_answered_with_the_names():
    with pytest.raises(InputError, match="name is 'lupus'; the data sets are published_facts"):
        datasets.describe("lupus")


def test_an_unknown_backend_is_answered_with_the_backends():
    with pytest.raises(InputError, match="backend is 'dask'; use one of polars, pandas, pyarrow"):
        datasets.sle_survival_1955(backend="dask")


def test_no_frame_library_at_all_is_an_error_with_its_remedy(monkeypatch):
    monkeypatch.setattr("immunoreset._frame.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install polars"):
        datasets.sle_survival_1955()


def test_importing_loads_no_frame_library():
    code = (
        "import sys, immunoreset.datasets, immunoreset.cohort;"
        "print(sorted({'narwhals', 'pandas', 'polars', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
