"""Rearrangement tables of the AIRR standard. See docs/methods/recovery/repertoire.md."""

from __future__ import annotations

import csv
from os import PathLike
from typing import Any

import numpy as np

from immunoreset._frame import is_missing, lists
from immunoreset.errors import InputError

TRUE = (True, "T", "TRUE", "True", "true", "1", 1)
FALSE = (False, "F", "FALSE", "False", "false", "0", 0)


def read_airr(
    source: str | PathLike[str] | Any, *, productive: bool = True
) -> dict[str, np.ndarray]:
    """Read a rearrangement table of the AIRR standard into columns for the repertoire functions.

    Parameters
    ----------
    source : path, or frame or mapping of columns
        A tab-separated file, such as ``airr`` and Change-O write, or a frame, such as
        ``airr.load_rearrangement`` returns.
    productive : bool, default True
        Read the rows that are productive, and no others.

    Returns
    -------
    dict of ndarray
        "clone" (`clone_id`), and as far as the table has them "sample" (`repertoire_id`),
        "mutation" (1 - `v_identity`) and "isotype" (`c_call`); "count" (`duplicate_count`) is 1 a
        row without it. Give it as ``data=`` to `repertoire`, `rarefaction`, `repertoire_overlap`
        and `repertoire_maturity`.

    Raises
    ------
    InputError
        For a table without `clone_id`, or without `productive` where that is asked for, and for a
        missing or malformed value, by column and row.

    Examples
    --------
    >>> from immunoreset import recovery
    >>> table = {"clone_id": ["a", "b", "a"], "duplicate_count": [7, 2, 1],
    ...          "productive": ["T", "T", "F"], "v_identity": [0.99, 1.0, 0.9]}
    >>> rows = recovery.read_airr(table)
    >>> print(recovery.repertoire("count", clone="clone", data=rows).clones)
    2
    """
    table = _table(source) if isinstance(source, (str, PathLike)) else source
    names = list(table) if isinstance(table, dict) else [str(name) for name in table.columns]
    needed = ["clone_id", *(["productive"] if productive else [])]
    read = {name: lists(table, name, [name])[0] for name in needed}
    for name in ("repertoire_id", "duplicate_count", "v_identity", "c_call"):
        if name in names:
            read[name] = lists(table, name, [name])[0]
    rows = range(len(read["clone_id"]))
    kept = [row for row in rows if not productive or _flag(read["productive"][row], row)]
    answer = {"clone": np.array([_word(read["clone_id"], "clone_id", row) for row in kept])}
    counts = [_number(read["duplicate_count"], "duplicate_count", row) for row in kept] if (
        "duplicate_count" in read) else [1.0] * len(kept)  # fmt: skip
    answer["count"] = np.array(counts)
    for name, column in (("sample", "repertoire_id"), ("isotype", "c_call")):
        if column in read:
            answer[name] = np.array([_word(read[column], column, row) for row in kept])
    if "v_identity" in read:
        identity = [_number(read["v_identity"], "v_identity", row) for row in kept]
        answer["mutation"] = 1 - np.array(identity)
    return answer


def _table(path: str | PathLike[str]) -> dict[str, list[str]]:
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    if not rows:
        raise InputError(f"{path} is empty; give a table with a header")
    header = rows[0]
    for row, cells in enumerate(rows[1:]):
        if len(cells) != len(header):
            raise InputError(
                f"{path}: row {row} has {len(cells)} cells and the header {len(header)}; "
                "give a tab-separated table"
            )
    return {name: [cells[k] for cells in rows[1:]] for k, name in enumerate(header)}


def _flag(value: Any, row: int) -> bool:
    if not is_missing(value) and (value in TRUE or value in FALSE):
        return value in TRUE
    raise InputError(
        f"productive[{row}] is {value!r}; give T or F, or read all rows with productive=False"
    )


def _word(values: list[Any], column: str, row: int) -> str:
    value = values[row]
    if is_missing(value) or value == "":
        raise InputError(f"{column}[{row}] is missing; leave the row, or the column, out")
    return str(value)


def _number(values: list[Any], column: str, row: int) -> float:
    value = values[row]
    try:
        number = float("nan") if is_missing(value) or value == "" else float(value)
    except ValueError:
        raise InputError(f"{column}[{row}] is {value!r}; give a number") from None
    if number != number:
        raise InputError(f"{column}[{row}] is missing; leave the row, or the column, out")
    return number
