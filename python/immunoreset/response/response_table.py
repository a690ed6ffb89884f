"""Response rates by subgroup, as papers print them: docs/methods/response/response_table.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from immunoreset._frame import frame as frame_of
from immunoreset._frame import is_missing, labels, lists
from immunoreset._result import Result, counts_of, percent_of, rounded_percent
from immunoreset.errors import InputError
from immunoreset.response.proportion import IntervalMethod, proportion

MissingRule = Literal["non-responder", "exclude"]
ALL_PATIENTS = "All patients"
RULES = {
    "non-responder": "counted as no response, N is all patients",
    "exclude": "left out, N is the patients assessed",
}
MOST_DIGITS = 10
LEFT = 'style="text-align:left"'
UNKNOWN, NO, YES = -1, 0, 1


@dataclass(frozen=True, slots=True)
class ResponseTable(Result):
    """Response rates: a row for all patients and for each subgroup, a column for each endpoint.

    Attributes
    ----------
    variables, subgroups : tuple of str
        For each row the column that the subgroup is of (empty for all patients), and its label.
    endpoints : tuple of str
        For each column its label.
    patients : ndarray of int, shape (rows,)
        Patients, assessed or not.
    events, n, not_assessed : ndarray of int, shape (rows, endpoints)
        Responders, the patients they are counted among, and missing responses.
    estimate, low, high : ndarray of float, shape (rows, endpoints)
        The rate (NaN where `n` is 0) and its limits, as proportions.
    missing, method, level, digits
        What was done with missing responses, how the limits were computed, decimals shown.
    """

    variables: tuple[str, ...]
    subgroups: tuple[str, ...]
    endpoints: tuple[str, ...]
    patients: Any
    events: Any
    n: Any
    not_assessed: Any
    estimate: Any
    low: Any
    high: Any
    missing: str
    method: str
    level: float
    digits: int

    def _rate(self, row: int, column: int) -> str:
        x, n = int(self.events[row, column]), int(self.n[row, column])
        return f"{x}/{n} ({rounded_percent((x, n), self.digits)}%)" if n else f"{x}/{n}"

    def _interval(self, row: int, column: int) -> str:
        limits = (float(side[row, column]) for side in (self.low, self.high))
        low, high = (rounded_percent(p.as_integer_ratio(), self.digits) for p in limits)
        return f"[{low}, {high}]"

    def _table(self) -> dict[str, Any]:
        rows, columns = self.n.shape
        cells = [(i, j) for i in range(rows) for j in range(columns)]
        return {
            "variable": [self.variables[i] for i, _ in cells],
            "subgroup": [self.subgroups[i] for i, _ in cells],
            "endpoint": [self.endpoints[j] for _, j in cells],
            "patients": np.repeat(self.patients, columns),
            "events": self.events.ravel(),
            "n": self.n.ravel(),
            "not_assessed": self.not_assessed.ravel(),
            "estimate": self.estimate.ravel(),
            "low": self.low.ravel(),
            "high": self.high.ravel(),
            "text": [f"{self._rate(i, j)} {self._interval(i, j)}" for i, j in cells],
        }

    def __str__(self) -> str:
        by = " and ".join(dict.fromkeys(filter(None, self.variables)))
        return (
            f"{', '.join(self.endpoints)} of {self.patients[0]} patients"
            f"{' by ' if by else ''}{by}: {percent_of(self.level)} {self.method} intervals, "
            f"missing responses {RULES[self.missing]}"
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know: interval, level, missing responses and their rule, rounding."""
        missing = ", ".join(
            f"{count} for {name}"
            for count, name in zip(self.not_assessed[0], self.endpoints, strict=True)
        )
        return (
            f"n/N (%): responders among N patients; {percent_of(self.level)} CI: {self.method} "
            "interval of the rate in %, rounded half away from zero.",
            f"Missing responses of {self.patients[0]} patients ({RULES[self.missing]}): {missing}.",
        )

    def _display(self) -> tuple[list[str], list[list[str]]]:
        """Return the headings under each endpoint, and the cells of each row as text."""
        headings = ["n/N (%)", f"{percent_of(self.level)} CI"]
        counted = bool(self.not_assessed.any())
        body: list[list[str]] = []
        for i in range(len(self.subgroups)):
            body.append([])
            for j in range(len(self.endpoints)):
                body[i] += [self._rate(i, j), self._interval(i, j)]
                if counted:
                    body[i].append(str(self.not_assessed[i, j]))
        return headings + ["missing"] * counted, body

    def _blocks(self) -> list[str]:
        """Return the columns whose subgroups need a heading: none where there is one column."""
        variables = list(dict.fromkeys(filter(None, self.variables)))
        return variables if len(variables) > 1 else []

    def _stub_head(self) -> str:
        return "" if self._blocks() else self.variables[-1]

    def _repr_html_(self) -> str:
        from html import escape  # 5 ms, for notebooks alone

        headings, body = self._display()
        width = len(headings)
        across = 1 + width * len(self.endpoints)
        spanners = "".join(
            f'<th colspan="{width}" scope="colgroup" style="text-align:center">{escape(name)}</th>'
            for name in self.endpoints
        )
        names = "".join(f'<th scope="col">{name}</th>' for name in headings * len(self.endpoints))
        rows, blocks, above = [], self._blocks(), ""
        for variable, label, cells in zip(self.variables, self.subgroups, body, strict=True):
            if blocks and variable != above:
                rows.append(f'<tr><th colspan="{across}" {LEFT}>{escape(variable)}</th></tr>')
            above = variable
            indent = "&emsp;" if blocks and variable else ""
            values = "".join(f"<td>{cell}</td>" for cell in cells)
            rows.append(
                '<tr style="text-align:right;white-space:nowrap">'
                f'<th scope="row" {LEFT}>{indent}{escape(label)}</th>{values}</tr>'
            )
        notes = "<br>".join(escape(note) for note in self.notes)
        return (
            f'<table><thead><tr><th rowspan="2" {LEFT}>{escape(self._stub_head())}</th>'
            f'{spanners}</tr><tr style="text-align:right">{names}</tr></thead>'
            f"<tbody>{''.join(rows)}</tbody>"
            f'<tfoot><tr><td colspan="{across}" {LEFT}>{notes}</td></tr></tfoot></table>'
        )

    def to_great_tables(self) -> Any:
        """Return the table for great-tables, which writes HTML, LaTeX and pictures.

        Returns
        -------
        great_tables.GT
            Subgroups as rows, endpoints as spanners, the notes as source notes.

        Raises
        ------
        ImportError
            When great-tables is not installed.
        """
        try:
            from great_tables import GT
        except ImportError as error:
            raise ImportError(
                "to_great_tables needs great-tables: pip install 'immunoreset[tables]'"
            ) from error
        headings, body = self._display()
        width = len(headings)
        columns = [str(j) for j in range(width * len(self.endpoints))]
        table = {name: [row[j] for row in body] for j, name in enumerate(columns)}
        table["subgroup"] = list(self.subgroups)
        if blocks := self._blocks():
            table["variable"] = list(self.variables)
        shown = GT(
            frame_of(table),
            rowname_col="subgroup",
            groupname_col="variable" if blocks else None,
        ).tab_stubhead(label=self._stub_head())
        for j, name in enumerate(self.endpoints):
            shown = shown.tab_spanner(
                label=name, columns=columns[j * width : (j + 1) * width], id=f"endpoint {j}"
            )
        shown = shown.cols_label(
            {name: headings[j % width] for j, name in enumerate(columns)}
        ).cols_align("right", columns=columns)
        for note in self.notes:
            shown = shown.tab_source_note(note)
        return shown


def response_table(
    frame: Any,
    *,
    by: str | Sequence[str],
    endpoints: str | Sequence[str] | Mapping[str, str],
    missing: MissingRule,
    method: IntervalMethod = "clopper-pearson",
    level: float = 0.95,
    digits: int = 1,
) -> ResponseTable:
    """Tabulate response rates and their limits by subgroup and endpoint.

    Parameters
    ----------
    frame : frame or mapping of arrays
        One row a patient; any frame that narwhals knows (pandas, polars, pyarrow, DuckDB).
    by : str or sequence of str
        Columns of labels. Each column is a block of subgroups of its own, in the order of the
        sorted labels, under one row of all patients; to cross two columns, join their labels in a
        third. An empty sequence leaves all patients alone.
    endpoints : str, sequence of str, or mapping from str to str
        Columns of responses: true and false, or 1 and 0, or missing (None, nan, NA). A mapping
        gives each column the label to be shown.
    missing : {"non-responder", "exclude"}
        What a missing response is: no response, or out of the count. There is no default: the
        choice belongs to the estimand, and is told in the notes.
    method : str, default "clopper-pearson"
        Of the interval, as in `proportion`.
    level : float, default 0.95
        Confidence level, strictly between 0 and 1.
    digits : int, default 1
        Decimals of the percentages shown, from 0 to 10. They are rounded half away from zero, from
        the counts themselves: 1/16 is 6.3%.

    Returns
    -------
    ResponseTable
        With arrays of one row a subgroup and one column an endpoint; a notebook shows it, and
        `to_frame` has one row a subgroup and endpoint, with its text for a paper. Where nobody is
        counted the text is "0/0" and the interval 0 to 100%.

    Raises
    ------
    InputError
        For a column that is not there, a missing label (naming column and row), a response that is
        neither of two values nor missing (naming column, row and value), an unknown rule or method.

    Examples
    --------
    >>> from immunoreset import response
    >>> patients = {
    ...     "disease": ["SLE", "SLE", "SLE", "IIM", "IIM"],
    ...     "drug_free": [True, True, None, True, False],
    ... }
    >>> table = response.response_table(
    ...     patients, by="disease", endpoints={"drug_free": "Drug-free"}, missing="non-responder"
    ... )
    >>> for subgroup, text in zip(table.subgroups, table.to_frame("pandas")["text"]):
    ...     print(f"{subgroup}: {text}")
    All patients: 3/5 (60.0%) [14.7, 94.7]
    IIM: 1/2 (50.0%) [1.3, 98.7]
    SLE: 2/3 (66.7%) [9.4, 99.2]
    >>> print(table.notes[1])
    Missing responses of 5 patients (counted as no response, N is all patients): 1 for Drug-free.
    """
    if missing not in RULES:
        raise InputError(f"missing is {missing!r}; choose one of: {', '.join(RULES)}")
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= MOST_DIGITS:
        raise InputError(f"digits is {digits!r}; give a whole number from 0 to {MOST_DIGITS}")
    variables = _names("by", by)
    names = _names("endpoints", endpoints)
    if not names:
        raise InputError("endpoints is empty; name at least one column")
    titles = names
    if isinstance(endpoints, Mapping):
        titles = _names("endpoints", list(endpoints.values()))
    columns = lists(frame, "by", variables) + lists(frame, "endpoints", names)
    rows = len(columns[0])
    for name, column in zip((*variables, *names), columns, strict=True):
        if len(column) != rows:
            raise InputError(
                f"{name} has {len(column)} rows and {(*variables, *names)[0]} has {rows}; "
                "give one row a patient"
            )

    answers = [
        _answers(name, column)
        for name, column in zip(names, columns[len(variables) :], strict=True)
    ]
    rows_of, subgroups = [""], [ALL_PATIENTS]
    counts = [_counts(answers, np.zeros(rows, np.int64), 1)]
    for name, column in zip(variables, columns, strict=False):
        distinct, codes = labels(np.fromiter(column, object, rows), name)
        rows_of += [name] * len(distinct)
        subgroups += map(str, distinct)
        counts.append(_counts(answers, codes, len(distinct)))
    not_assessed, failures, events = np.moveaxis(np.concatenate(counts), -1, 0)
    n = events + failures + (not_assessed if missing == "non-responder" else 0)
    rates = proportion(events, n, method=method, level=level)
    return ResponseTable(
        tuple(rows_of), tuple(subgroups), titles,
        counts_of((events + failures + not_assessed)[:, 0]), rates.events, rates.n,
        counts_of(not_assessed), rates.estimate, rates.low, rates.high, missing, method, level,
        digits,
    )  # fmt: skip


def _names(argument: str, value: str | Iterable[str]) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else tuple(value)
    for i, name in enumerate(names):
        if name in names[:i]:
            raise InputError(f"{argument} names {name!r} twice; name each once")
    return names


def _answers(name: str, column: list[Any]) -> np.ndarray:
    """Return each patient's answer, or say which one is none."""
    answers = np.empty(len(column), np.int64)
    for row, value in enumerate(column):
        if is_missing(value):
            answers[row] = UNKNOWN
        elif value in (0, 1):
            answers[row] = YES if value else NO
        else:
            raise InputError(
                f"{name}[{row}] is {value!r}; a response is true, false, 1, 0 or missing: "
                "recode the column"
            )
    return answers


def _counts(answers: list[np.ndarray], codes: np.ndarray, groups: int) -> np.ndarray:
    """Count the answers UNKNOWN, NO and YES, in this order, in each group and of each endpoint."""
    tables = [np.bincount(3 * codes + each + 1, minlength=3 * groups) for each in answers]
    return np.stack([table.reshape(groups, 3) for table in tables], axis=1)
