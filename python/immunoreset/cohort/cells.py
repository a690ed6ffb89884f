"""One cell of a table: its value, or what is wrong with it."""

from __future__ import annotations

import datetime
import math
import re
from typing import Any, NamedTuple

from immunoreset.cohort.tables import FLAGS, Field

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
UNDER = re.compile(r"<\s*(.+)")
NO_VALUE = {"na", "n/a", "nan", "null", "none", ".", "-", "?", "missing", "unknown", "nd", "inf"}


class Fault(NamedTuple):
    """What is wrong with a cell, and what to do about it."""

    problem: str
    remedy: str


class Below(NamedTuple):
    """A result that was given as lying below a limit, such as "<1"."""

    limit: float


def parse(field: Field, cell: Any) -> Any:
    """Return the value of a cell (None when it is empty), or a `Fault`.

    Parameters
    ----------
    field
        The rules of the column.
    cell
        Text of a CSV file, or a value of a Parquet file.
    """
    if cell is None or cell == "" or (isinstance(cell, float) and math.isnan(cell)):
        if field.may_be_empty:
            return None
        return Fault("a value is missing", f"write {field.meaning}, or leave the row out")
    if isinstance(cell, str) and cell != cell.strip():
        return Fault("there are spaces round the value", "remove them")
    match field.kind:
        case "text":
            value: Any = _text(cell)
        case "flag":
            value = _flag(cell)
        case "integer":
            value = _integer(field, cell)
        case "number":
            value = _number(field, cell)
    return value if isinstance(value, Fault) else _within(field, value)


def parse_result(field: Field, cell: Any) -> Any:
    """Return the value of a laboratory result, a `Below` for text such as "<1", or a `Fault`."""
    match = UNDER.fullmatch(cell) if isinstance(cell, str) else None
    if match is None:
        return parse(field, cell)
    limit = _number(field, match[1])
    return limit if isinstance(limit, Fault) else Below(limit)


def shown(cell: Any) -> str:
    """Return a cell as a message shows it."""
    text = "" if cell is None else str(cell)
    return text if len(text) <= 40 else text[:37] + "..."


def _text(cell: Any) -> Any:
    # Identifiers such as 17 may come out of a Parquet file as whole numbers.
    if isinstance(cell, (str, int)) and not isinstance(cell, bool):
        return str(cell)
    return Fault("not text", "store the column as text")


def _flag(cell: Any) -> Any:
    if isinstance(cell, bool):
        return cell
    flag = FLAGS.get(str(cell).lower())
    return Fault("neither true nor false", "write true or false") if flag is None else flag


def _number(field: Field, cell: Any) -> Any:
    if isinstance(cell, (bool, bytes)):
        return Fault("not a number", "store the column as numbers")
    if isinstance(cell, (datetime.date, datetime.datetime)) or (
        isinstance(cell, str) and DATE.fullmatch(cell) and not NUMBER.fullmatch(cell)
    ):
        return Fault("a date where a number belongs", _date_remedy(field))
    text = str(cell)
    if NUMBER.fullmatch(text):
        number = float(text)
        if math.isfinite(number):
            return number
    elif DECIMAL_COMMA.fullmatch(text):
        return Fault("not a number", "write a point before the decimals, as in 1.5")
    elif text.lower().lstrip("+-") in NO_VALUE:
        remedy = "leave the cell empty" if field.may_be_empty else "write the number"
        return Fault("not a number", remedy + ", or leave the row out")
    return Fault("not a number", "write a number and nothing else")


def _integer(field: Field, cell: Any) -> Any:
    number = _number(field, cell)
    if isinstance(number, Fault):
        return number
    if number != int(number) or abs(number) > 2**53:
        return Fault("not a whole number", _whole_remedy(field))
    return int(number)


def _within(field: Field, value: Any) -> Any:
    if field.choices and value not in field.choices:
        return Fault("not a value of this column", f"write one of {', '.join(field.choices)}")
    if field.kind in ("integer", "number"):
        if field.positive and not value > 0:
            return Fault("not above 0", f"write {field.meaning}")
        if value < field.low:
            if field.low == 0:
                return Fault("negative", "correct it: this cannot be below 0")
            return Fault(f"below {field.low:g}", f"the column goes from {_range(field)}")
        if value > field.high:
            return Fault(f"above {field.high:g}", f"the column goes from {_range(field)}")
    return value


def _range(field: Field) -> str:
    low = "any value" if field.low == -math.inf else f"{field.low:g}"
    return f"{low} to {field.high:g}"


def _date_remedy(field: Field) -> str:
    if field.unit == "days":
        return "write whole days since the infusion, which is day 0"
    return "write a number and nothing else"


def _whole_remedy(field: Field) -> str:
    if field.unit == "days":
        return "write whole days since the infusion"
    return "write a whole number"
