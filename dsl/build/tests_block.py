"""Blocks `tests`: requests, and what a table, or the whole pricing, is to make of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from dsl.build.sheet import FREE, read_settings, report_empty, report_problem
from dsl.build.tested import Subject, Tested, subject_of
from dsl.cells import parse_listed, unquoted
from dsl.conditions import Columns, read_condition
from dsl.days import VALID
from dsl.diagnostics import Problem, Report
from dsl.expected import read_codes, read_expected
from dsl.suggest import did_you_mean, listed, nearest
from dsl.syntax import Block, Cell, Line, One
from dsl.testing import CLOCK, CODE, PRICING, TAXES, Expected, RulesetTest
from engine.model import ANY, DAY, Condition, Origin
from engine.names import fold

_WHEN = ("start", "end")
_CALENDAR = "calendar"
_ROW = "row"
_Memo = Condition | Expected | Problem | None


@dataclass(slots=True)
class _Read:
    """The parts of one test, as its cells are read."""

    given: dict[str, Condition] = field(default_factory=dict)
    expected: dict[str, Expected] = field(default_factory=dict)
    when: dict[str, datetime] = field(default_factory=dict)
    rows: frozenset[str] | None = None
    calendar: str | None = None


def read_tests(
    blocks: Sequence[Block],
    tested: Tested,
    columns: Columns,
    report: Report,
) -> tuple[RulesetTest, ...]:
    """Read all tests; those of a table with errors are passed over."""
    found: list[RulesetTest] = []
    for block in blocks:
        read_settings(block, (), report)
        subject = subject_of(block, tested, columns.inputs, report)
        if subject is not None:
            found += _tests(block, subject, replace(columns, every_currency=False), report)
    return tuple(found)


# the header


def _header(block: Block, subject: Subject, report: Report) -> list[str] | None:
    """The folded name of each column, blank for one that is wrong; None where there is nothing to read rows by."""
    if block.header is None or block.divider is None:
        what = "has no table" if block.header is None else "lacks the `||` between what is given and what is expected"
        left = " | ".join(of.label for of in list(subject.inputs.values())[:2]) or "account"
        example = f"| {left} || {next(iter(subject.outcomes), 'rate')} |"
        report.error(
            "missing-block", f"`{block.word.text} {subject.label}` {what}", block.heading, help=(f"`{example}`",)
        )
        return None
    names: list[str] = []
    before = report.errors
    for index, cell in enumerate(block.header.cells):
        name = fold(cell.text)
        if name and name in names:
            report.error("duplicate-name", f"there are two columns `{cell.text}`", cell.span(block.file))
            name = ""
        elif name != FREE:
            known = _left(subject) if index < block.divider else _right(subject)
            name = _column(cell, known, subject, block, report)
        names.append(name)
    if subject.name == PRICING and report.errors == before:
        needed = [*_WHEN, *([_CALENDAR] if len(subject.calendars) > 1 else [])]
        for name in needed:
            if name not in names:
                mend = f"add `{name}` before `||`"
                report.error("missing-block", f"`tests pricing` needs a column `{name}`", block.heading, help=(mend,))
    return names


def _left(subject: Subject) -> dict[str, str]:
    known = {name: of.label for name, of in subject.inputs.items() if name != DAY}
    return known | {name: name for name in ((*_WHEN, _CALENDAR) if subject.name == PRICING else (VALID,))}


def _right(subject: Subject) -> dict[str, str]:
    return {name: name for name in subject.outcomes} | ({_ROW: _ROW} if subject.rows is not None else {})


def _column(cell: Cell, known: Mapping[str, str], subject: Subject, block: Block, report: Report) -> str:
    name, span = fold(cell.text), cell.span(block.file)
    if name in known:
        return name
    if not name:
        report_empty(cell, block.file, report)
        return ""
    if subject.name == PRICING and name in (*CLOCK, VALID):
        message = f"`{cell.text}` follows from `start` and `end`"
        report.error("unknown-column", message, span, help=("leave the column out",))
        return ""
    other = _right(subject) if known == _left(subject) else _left(subject)
    if name in other:
        message, mend = (
            f"`{cell.text}` stands on the other side of `||`",
            "left is what is given, right what is expected",
        )
        report.error("unknown-column", message, span, help=(mend,))
        return ""
    what = "the pricing" if subject.name == PRICING else f"`{subject.label}`"
    message = f"{what} does not look at `{cell.text}`" if known == _left(subject) else f"{what} has no `{cell.text}`"
    label = did_you_mean(cell.text, known.values())
    report.error(
        "unknown-column", message, span, label=label, help=(f"columns here are {listed(known.values(), at_most=20)}",)
    )
    return ""


# the rows


def _tests(block: Block, subject: Subject, columns: Columns, report: Report) -> list[RulesetTest]:
    names = _header(block, subject, report)
    if names is None or block.header is None or block.divider is None:
        return []
    reading = _Rows(block, subject, names, block.divider, columns, report)
    return [test for test in map(reading.read, block.rows) if test is not None]


class _Rows:
    """Reads the rows of one block; equal cells of a column are read once."""

    def __init__(
        self, block: Block, subject: Subject, names: Sequence[str], divider: int, columns: Columns, report: Report
    ) -> None:
        self._block, self._subject, self._names, self._divider = block, subject, names, divider
        self._columns, self._report = columns, report
        self._memo: dict[tuple[str, str], _Memo] = {}

    def read(self, line: Line) -> RulesetTest | None:
        """One test; None where a cell of it is wrong."""
        if line.bad:
            return None
        before = self._report.errors
        found = _Read()
        for index, (name, cell) in enumerate(zip(self._names, line.cells, strict=True)):
            if not name or name == FREE:
                continue
            if not cell.text:
                report_empty(cell, self._block.file, self._report)
            elif index < self._divider:
                self._given(name, cell, found)
            else:
                self._expected(name, cell, found)
        self._times_in_order(line, found)
        if self._report.errors > before:
            return None
        headers = self._block.header.texts if self._block.header is not None else ()
        return RulesetTest(
            of=self._subject.name,
            label=self._subject.label,
            given=found.given,
            expected=found.expected,
            rows=found.rows,
            cells=dict(zip(headers, line.texts, strict=True)),
            origin=Origin(self._block.file, line.number),
            start=found.when.get("start"),
            end=found.when.get("end"),
            calendar=found.calendar,
        )

    def _given(self, name: str, cell: Cell, found: _Read) -> None:
        if name == VALID:
            name = DAY
        of = self._columns.inputs[DAY] if name == DAY else self._subject.inputs.get(name)
        if self._subject.name == PRICING and name in _WHEN:
            self._instant(name, cell, found)
        elif self._subject.name == PRICING and name == _CALENDAR:
            self._calendar(cell, found)
        elif of is not None:
            condition = self._once(name, cell.text, lambda: read_condition(cell.text, of, self._columns))
            if isinstance(condition, Problem):
                report_problem(condition, cell, self._block.file, self._report)
            elif isinstance(condition, Condition) and condition != ANY:
                found.given[name] = condition

    def _expected(self, name: str, cell: Cell, found: _Read) -> None:
        if cell.text == "-":
            return
        if name == _ROW:
            found.rows = self._rows(cell)
            return
        unit = self._subject.outcomes[name]
        known = self._columns
        read = partial(read_expected, cell.text, unit, known.currencies, known.constants)
        if self._subject.name == TAXES and name == CODE:
            read = partial(read_codes, cell.text)
        expected = self._once(name, cell.text, read)
        if isinstance(expected, Problem):
            report_problem(expected, cell, self._block.file, self._report)
        elif isinstance(expected, Expected):
            found.expected[name] = expected

    def _once(self, name: str, text: str, read: Callable[[], _Memo]) -> _Memo:
        key = (name, text)
        if key not in self._memo:
            self._memo[key] = read()
        return self._memo[key]

    def _instant(self, name: str, cell: Cell, found: _Read) -> None:
        when = local_time(cell.text)
        if when is None:
            message = f"`{cell.text}` is no time of a day"
            mend = "write day and time: `2026-03-06 17:30`"
            self._report.error("wrong-type", message, cell.span(self._block.file), help=(mend,))
        else:
            found.when[name] = when

    def _times_in_order(self, line: Line, found: _Read) -> None:
        start, end = found.when.get("start"), found.when.get("end")
        if start is None or end is None:
            return
        cell = line.cell(self._names.index("end"))
        if end <= start or (end - start).total_seconds() > 24 * 3600:
            message = (
                "this work ends before it starts" if end <= start else "work of more than 24 hours is never billed"
            )
            mend = f"write an `end` within 24 hours after {start:%Y-%m-%d %H:%M}"
            self._report.error("wrong-type", message, cell.span(self._block.file), help=(mend,))

    def _calendar(self, cell: Cell, found: _Read) -> None:
        name, known = fold(unquoted(cell.text)), self._subject.calendars
        if name in known:
            found.calendar = name
        elif cell.text != "-" or len(known) > 1:
            message = f"there is no calendar called `{cell.text}`"
            label = did_you_mean(cell.text, known.values())
            mends = (f"the calendars are {listed(known.values())}",) if known else ()
            self._report.error("unknown-name", message, cell.span(self._block.file), label=label, help=mends)

    def _rows(self, cell: Cell) -> frozenset[str] | None:
        """Folded names of rows; none of them for `none`."""
        if fold(cell.text) == "none":
            return frozenset()
        known = self._subject.rows or {}
        tree = parse_listed("condition", cell.text)
        if isinstance(tree, Problem):
            report_problem(tree, cell, self._block.file, self._report)
            return None
        names: set[str] = set()
        for item in tree.items:
            if not isinstance(item, One) or item.prefix or tree.negated:
                message, mend = "rows are listed by their names", f"{listed(known.values(), at_most=3)}"
                self._report.error("wrong-type", message, cell.span(self._block.file), help=(mend,))
                return None
            if fold(item.word.text) not in known:
                message = f"`{self._subject.label}` has no row called `{item.word.text}`"
                near = nearest(item.word.text, known.values())
                label = f"did you mean `{near}`?" if near else ""
                place = cell.part(self._block.file, item.word.at)
                mends = () if near else (f"its rows are {listed(known.values(), at_most=20)}",)
                self._report.error("unknown-name", message, place, label=label, help=mends)
                return None
            names.add(fold(item.word.text))
        return frozenset(names)


def local_time(text: str) -> datetime | None:
    """Read `2026-03-06 17:30`, or with a `T` between; None for anything else."""
    day, _, time = text.strip().replace("T", " ", 1).partition(" ")
    time = time.strip()
    try:
        found = datetime.fromisoformat(f"{day}T{time.rjust(5, '0') if time[1:2] == ':' else time}")
    except ValueError:
        return None
    has_time = len(day) == len("2026-03-06") and len(time) >= len("9:30")
    return found if has_time and found.tzinfo is None and 1972 <= found.year <= 2998 else None
