"""What is wrong with a folder of tables, told so that a person can mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from immunoreset.errors import InputError

SHOWN_PROBLEMS = 30


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a folder of tables.

    Attributes
    ----------
    file : str
        Name of the file.
    row : int or None
        Row as a person sees it: in a CSV file the header is row 1, in a Parquet file the first row
        of data is row 1. None when the whole file or column is meant.
    column : str or None
        Name of the column, None when the whole row or file is meant.
    value : str
        The value found, as text.
    problem : str
        What is wrong with it.
    remedy : str
        What to do about it.
    """

    file: str
    row: int | None
    column: str | None
    value: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", {self.column}"
        if self.value:
            place += f" = {self.value}"
        return f"{place}: {self.problem}; {self.remedy}"


class CohortError(InputError):
    """A folder of tables has problems; `problems` holds all of them.

    Attributes
    ----------
    problems : tuple of Problem
        Every problem of every table, in the order of the tables and their rows.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        shown = [f"  {problem}" for problem in self.problems[:SHOWN_PROBLEMS]]
        left = len(self.problems) - len(shown)
        if left:
            shown.append(f"  and {left} more, in the attribute problems")
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__("\n".join([f"the tables have {count}:", *shown]))

    def __reduce__(self) -> tuple[type[CohortError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)
