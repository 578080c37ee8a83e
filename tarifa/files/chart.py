"""The chart of accounts from a CSV file: `posting`, `of`, `tax`, `account`, `name` (docs/operations.md)."""

from __future__ import annotations

import re
from pathlib import Path

from engine.model import LineKind
from engine.names import fold
from tarifa.files.problems import Problem, did_you_mean
from tarifa.files.sheet import Columns, Row, read_sheet
from tarifa.reading.chart import Chart, LedgerAccount, Posting, Topic

_COLUMNS = Columns("account", "account", ("posting", "account"), ("of", "tax", "name"))
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,39}", re.ASCII)
_POSTINGS = {one.value: one for one in Posting}
_KINDS = {one.value for one in LineKind}


def read_chart(path: Path) -> Chart | tuple[Problem, ...]:
    """Read a chart, or all that is wrong with it.

    Raises:
        FileError: the file cannot be read at all.
    """
    sheet = read_sheet(path, _COLUMNS)
    found: dict[Topic, LedgerAccount] = {}
    problems = list(sheet.problems)
    for row in sheet.rows:
        topic = _topic(row)
        if isinstance(topic, str):
            problems.append(Problem(row.place, row["account"], topic))
        elif topic in found:
            problems.append(Problem(row.place, row["account"], f"{topic} has an account already, {found[topic].code}"))
        elif _CODE.fullmatch(row["account"]) is None:
            said = f"`{row['account']}` is no code of an account: letters, digits, blanks and `._/-`, at most 40"
            problems.append(Problem(row.place, row["account"], said))
        else:
            found[topic] = LedgerAccount(row["account"], row.get("name") or "")
    return tuple(problems) if problems else Chart(found)


def _topic(row: Row) -> Topic | str:
    """What a row is about, or what is wrong with it."""
    posting = _POSTINGS.get(fold(row["posting"]))
    if posting is None:
        return f"nothing is posted as `{row['posting']}`{did_you_mean(fold(row['posting']), _POSTINGS)}"
    of, tax = fold(row.get("of") or ""), row.get("tax") or ""
    if of and posting is not Posting.REVENUE:
        return f"`of` is for revenue, and names the kind of a line; {posting} has none"
    if of and of not in _KINDS:
        return f"no line is of the kind `{row['of']}`{did_you_mean(of, _KINDS)}"
    if tax and posting not in (Posting.REVENUE, Posting.TAX):
        return f"`tax` is for revenue and tax, and names a tax code; {posting} has none"
    return Topic(posting, of, tax)
