"""How much of real work, and of its money, a finding of the checker is about.

A finding says what it is about as a `Concern`: requests that rows of a table fit, that a row decides, that none fits.
An `Entry` is a piece of work, or a charge without any, as the tables see it, with what it came to. Both meet in the
tables as they are compiled for billing: nothing is matched in another way than it is charged.

Work is counted once, however many bands it lies in, and so is every line. Money counts where the table decides: a
finding about the table of rates counts time, one about the taxes counts all that is taxed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from engine.calculation import Values
from engine.compiler import tables_in
from engine.facts import Facts
from engine.formulas import Formula, Value
from engine.items import Item
from engine.matching import NO_ROW
from engine.model import LineKind, Measure, Ruleset
from engine.money import Currency
from engine.periods import FOREVER, Period
from engine.pricing import Pricer, contract_values
from engine.program import Program
from engine.tables import CompiledTable
from engine.terms import terms_on
from engine.timeline import Activation, Timeline, Version

TAXES = "taxes"
"""What a concern calls the tax table."""
OF_WORK = frozenset({LineKind.LABOUR, LineKind.SURCHARGE, LineKind.TRAVEL, LineKind.REQUEST, LineKind.OTHER})
_EVERY = frozenset(LineKind)
_HOOKS: Mapping[str, frozenset[LineKind]] = {
    "per worklog": frozenset({LineKind.SURCHARGE}),
    "travel": frozenset({LineKind.TRAVEL}),
    "per request": frozenset({LineKind.REQUEST}),
    "class": OF_WORK,
    "calendar": OF_WORK,
}
"""What hooks charge; all others are about time."""
_LABOUR = frozenset({LineKind.LABOUR})


class How(StrEnum):
    """How a request and the rows of a concern meet."""

    FIT = "fit"  # all rows of one of its sets fit
    DECIDED = "decided"  # one of its rows decides
    OPEN = "open"  # none of its rows fits; without any, no row of the table does
    ASKED = "asked"  # the table is asked
    PLAN = "plan"  # it is on the plan
    WRONG = "wrong"  # the formula comes out below zero, or divides by zero
    NEVER = "never"  # nothing asks for what it is about


@dataclass(frozen=True, slots=True)
class Concern:
    """Which requests a finding is about.

    Attributes:
        table: Folded; blank where it is about none.
        rows: Sets of row numbers; what they are sets of, `how` says.
        plan: Folded; where the finding is about work of one plan only.
        formula: Of `WRONG`; where it stands in a row, `rows` has that.
        hook: Of `WRONG`, where the formula is bound to one.
    """

    how: How
    table: str = ""
    rows: tuple[tuple[int, ...], ...] = ()
    plan: str = ""
    formula: Formula | None = None
    hook: str = ""


class Line(NamedTuple):
    """What was charged under an item's key: minor units after its discount."""

    key: str
    kind: LineKind
    product: str | None
    net: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One band of a piece of work, or a charge without work.

    Attributes:
        work: What tells it from all other work; None of a charge without any.
        values: All that the tables may look at.
        minutes: Of the band, unrounded.
        lines: What the work came to: in this band, and beside its time.
        waits: It was not charged, for it waits for a person.
    """

    work: str | None
    program: Program
    values: Values
    currency: Currency
    minutes: int = 0
    lines: tuple[Line, ...] = ()
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Touched:
    """What a finding touches.

    Attributes:
        worklogs, minutes: Pieces of work, and their time before any rounding.
        waiting: How many of them were not charged, for they wait for a person.
        others: Lines without work: fees, top-ups, items.
        amounts: Minor units of all lines, by currency.
    """

    worklogs: int = 0
    minutes: int = 0
    waiting: int = 0
    others: int = 0
    amounts: tuple[tuple[Currency, int], ...] = ()


@dataclass(slots=True)
class _Sum:
    """What has been added up for one concern; keys keep it from counting anything twice."""

    works: dict[str, int] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    lines: dict[str, tuple[Currency, int]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)

    def total(self) -> Touched:
        sums: dict[str, tuple[Currency, int]] = {}
        for currency, net in self.lines.values():
            sums[currency.code] = (currency, sums.get(currency.code, (currency, 0))[1] + net)
        return Touched(
            len(self.works), sum(self.works.values()), len(self.waiting), len(self.others), tuple(sums.values())
        )


def always_in_force(ruleset: Ruleset) -> Timeline:
    """A ruleset as the one version of all days: what was done before it is looked at as if it had been valid."""
    return Timeline((Activation(Period(date.min, FOREVER), Version(ruleset.source_digest, ruleset)),))


def entries_of(
    facts: Facts, timeline: Timeline, items: Iterable[Item], waiting: Collection[str], *, through: date
) -> Iterator[Entry]:
    """The work of one contract, band by band, and what was charged on it without work up to a day.

    Args:
        facts: The contract and its work.
        timeline: Whose tables are asked.
        items: What was charged.
        waiting: Ids of work that was not.
        through: The last day on which charges without work count.
    """
    account, contract = facts.account, facts.contract
    of_work: dict[str, list[Item]] = {}
    for item in items:
        if item.work is not None:
            of_work.setdefault(item.work, []).append(item)
        elif item.service.start <= through:
            day = item.on or item.service.start
            terms = terms_on(contract, day)
            version = timeline.version(day)
            if version is not None:
                values = contract_values(account, contract, terms, day)
                program = version.program(contract, terms)
                yield Entry(None, program, values, contract.currency, 0, (_line(item, contract.number),))
    pricer = Pricer(facts, timeline)
    for work in facts.work:
        terms = terms_on(contract, pricer.day_of(work))
        asked = pricer.asked(work, terms)
        if asked is None:
            continue
        program, values, bands = asked
        mine = of_work.get(work.id, ())
        beside = [_line(item, contract.number) for item in mine if item.kind is not LineKind.LABOUR]
        name = f"{account.key}/{work.id}"
        for band, minutes in bands or (("", 0),):
            timed = [_line(one, contract.number) for one in mine if one.kind is LineKind.LABOUR and one.band == band]
            here = {**values, "band": band} if band else values
            waits = work.id in waiting
            yield Entry(name, program, here, contract.currency, minutes, (*timed, *beside), waits)


def _line(item: Item, contract: str) -> Line:
    return Line(f"{contract}/{item.key}", item.kind, item.product, item.net)


def touched(concerns: Sequence[Concern | None], entries: Iterable[Entry]) -> tuple[Touched | None, ...]:
    """What each concern touches of some entries; None of a finding that is about no requests."""
    sums = [_Sum() if concern is not None else None for concern in concerns]
    kinds: dict[int, list[frozenset[LineKind]]] = {}
    known: dict[tuple[object, ...], Sequence[int]] = {}
    for entry in entries:
        program = entry.program
        key = id(program.ruleset)
        if key not in kinds:
            by_table = _reached(program.ruleset)
            kinds[key] = [_kinds_of(one, by_table) if one is not None else frozenset() for one in concerns]
        at = (id(program), *(entry.values.get(name) for name in program.ruleset.inputs))
        if at not in known:
            known[at] = [
                n for n, one in enumerate(concerns) if one is not None and one.table != TAXES and _meets(one, entry)
            ]
        for n in known[at]:
            _add(sums[n], entry, [line for line in entry.lines if line.kind in kinds[key][n]], kinds[key][n])
        for n, one in enumerate(concerns):
            if one is not None and one.table == TAXES:
                taxed = [line for line in entry.lines if _meets_line(one, entry, line)]
                if taxed:
                    _add(sums[n], entry, taxed, _EVERY)
    return tuple(one.total() if one is not None else None for one in sums)


def _add(to: _Sum | None, entry: Entry, lines: Sequence[Line], kinds: frozenset[LineKind]) -> None:
    if to is None:
        return
    if entry.work is not None:
        if not kinds & OF_WORK:
            return
        to.works[entry.work] = to.works.get(entry.work, 0) + entry.minutes
        if entry.waits:
            to.waiting.add(entry.work)
    else:
        to.others.update(line.key for line in lines)
    to.lines.update((line.key, (entry.currency, line.net)) for line in lines)


def _kinds_of(concern: Concern, by_table: Mapping[str, frozenset[LineKind]]) -> frozenset[LineKind]:
    """The lines whose amount what a concern is about decides."""
    if concern.how is How.PLAN or concern.table == TAXES:
        return _EVERY
    if concern.table:
        return by_table.get(concern.table, frozenset())
    return _HOOKS.get(concern.hook, _LABOUR)


def _reached(ruleset: Ruleset) -> Mapping[str, frozenset[LineKind]]:
    """By table, the lines that something that names it charges, however far."""
    found: dict[str, set[LineKind]] = {}
    for formula, kinds in _charging(ruleset):
        left, seen = [formula], set[str]()
        while left:
            for name in tables_in(left.pop()):
                if name in seen or name not in ruleset.tables:
                    continue
                seen.add(name)
                found.setdefault(name, set()).update(kinds)
                cells = {id(cell): cell for row in ruleset.tables[name].rows for of in row.outcomes for cell in of}
                left += cells.values()
    return {name: frozenset(kinds) for name, kinds in found.items()}


def _charging(ruleset: Ruleset) -> Iterator[tuple[Formula, frozenset[LineKind]]]:
    for name, binding in ruleset.pricing.items():
        yield binding.formula, _HOOKS.get(name, _LABOUR)
    for first in ruleset.plans.values():
        for plan in (first, *first.others):
            yield plan.fee, frozenset({LineKind.FEE})
            used = frozenset({LineKind.REQUEST}) if plan.measure is Measure.REQUESTS else _LABOUR
            for formula in (plan.allowance, plan.carry_over, *((plan.beyond,) if plan.beyond is not None else ())):
                yield formula, used
            for formula in (plan.at_least, plan.at_most):
                yield formula, frozenset({LineKind.COMMITMENT})
    for top_up in ruleset.top_ups.values():
        for one in (top_up, *top_up.others):
            yield one.price, frozenset({LineKind.TOP_UP})
            yield one.adds, _LABOUR
    for item in ruleset.items.values():
        for row in (item, *item.others):
            yield row.price, frozenset({LineKind.ITEM})


def _meets(concern: Concern, entry: Entry) -> bool:
    """Whether a finding is about an entry; of the taxes, each line is asked by itself."""
    if concern.how is How.NEVER or (concern.plan and entry.values.get("plan") != concern.plan):
        return False
    match concern.how:
        case How.PLAN | How.ASKED:
            return True
        case How.WRONG:
            return _decides(concern, entry) and _is_wrong(concern, entry)
        case How.DECIDED:
            return _decides(concern, entry)
        case _:
            table = entry.program.table(concern.table)
            fitting = table.indexed.all([entry.values.get(name) for name in table.table.inputs])
            return _fits(concern, set(fitting))


def _fits(concern: Concern, fitting: set[int]) -> bool:
    if concern.how is How.OPEN:
        return not fitting if not concern.rows else not fitting.intersection(concern.rows[0])
    return any(fitting.issuperset(rows) for rows in concern.rows)


def _decides(concern: Concern, entry: Entry) -> bool:
    if not concern.table or not concern.rows:
        return True
    table = entry.program.table(concern.table)
    rows = {row for those in concern.rows for row in those}
    return not rows.isdisjoint(_deciding(table, entry.values))


def _deciding(table: CompiledTable, values: Values) -> Sequence[int]:
    hit = table.table.hit
    if hit.collects or hit.value == "merge":
        return table.fitting(values)
    first = table.first(values)
    return () if first == NO_ROW else (first,)


def _is_wrong(concern: Concern, entry: Entry) -> bool:
    if concern.formula is None:
        return False
    try:
        value: Value = entry.program.formula(concern.formula)(entry.values, [])
    except ZeroDivisionError:
        return True
    return isinstance(value, Fraction) and value < 0


def _meets_line(concern: Concern, entry: Entry, line: Line) -> bool:
    """Whether a finding about the taxes is about a line."""
    if concern.how is How.ASKED:
        return True
    values = {**entry.values, "line": line.kind.value, "product": line.product}
    fitting = entry.program.taxes_fitting(values)
    taxes = entry.program.ruleset.taxes
    named = {row for row in fitting if taxes is not None and not taxes.rows[row].catch_all}
    if concern.how is How.DECIDED:
        rows = {row for those in concern.rows for row in those}
        return not rows.isdisjoint(named or fitting)
    return _fits(concern, set(fitting))
