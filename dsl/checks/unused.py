"""unused-calendar, unused-constant, unused-group, unused-input, unused-outcome, unused-table, unsold-top-up.

What is declared, and nobody asks for. A ruleset without `pricing` is a price list in the making: only what it sells is
judged.
"""

from __future__ import annotations

from dsl.build.calendars import BuiltCalendar
from dsl.build.sheet import FREE
from dsl.cells import unquoted
from dsl.checks.formulas import cells_of, every_part, reached
from dsl.conditions import words_of
from dsl.diagnostics import Diagnostic, Edit, Label, Report, Severity
from dsl.document import Document
from dsl.source import Span
from dsl.syntax import Block
from engine.formulas import ConstantName, Formula, InputName, Literal, OutcomeName, parts
from engine.names import fold
from engine.touched import Concern, How

_NOBODY = Concern(How.NEVER)


def check_unused(document: Document, report: Report) -> None:
    """All that is declared is asked for."""
    _check_top_ups(document, report)
    if document.pricing:
        named = every_part(document)
        _check_constants(document, named, report)
        _check_inputs(document, named, report)
        _check_groups(document, report)
        _check_tables(document, report)
        _check_calendars(document, report)


def _remark(code: str, message: str, place: Span, mend: str, report: Report, *, fix: tuple[Edit, ...] = ()) -> None:
    report.add(Diagnostic(code, Severity.WARNING, message, Label(place), help=(mend,), fix=fix, concern=_NOBODY))


def _declared(document: Document, word: str, column: str) -> dict[str, Span]:
    """Folded names that blocks of a kind declare in a column, and where."""
    found: dict[str, Span] = {}
    for block in document.blocks:
        if fold(block.word.text) != word or block.header is None:
            continue
        at = [fold(cell.text) for cell in block.header.cells].index(column)
        for line in block.rows:
            if not line.bad and _is_own(block.file):
                found.setdefault(fold(unquoted(line.texts[at])), line.cell(at).span(block.file))
    return found


def _is_own(file: str) -> bool:
    """Whether a file belongs to the ruleset alone: what others import too may be asked for there."""
    return not file.startswith("../")


def _check_constants(document: Document, named: list[Formula], report: Report) -> None:
    asked = {part.name for part in named if isinstance(part, ConstantName)}
    asked |= {name for built in document.tables.values() for name in built.constants}
    asked |= document.taxes.constants if document.taxes is not None else set()
    for name, place in _declared(document, "constants", "name").items():
        if name not in asked:
            message = f"the constant `{document.constants.labels[name]}` is named nowhere"
            mend = "take it out, or name it where its value is written now"
            by_day = bool(document.constants.built[name].others)
            _remark("unused-constant", message, place, mend, report, fix=() if by_day else (Edit(place, None),))


def _check_inputs(document: Document, named: list[Formula], report: Report) -> None:
    looked = {part.name for part in named if isinstance(part, InputName)}
    looked |= {name for built in document.tables.values() for name in (*built.table.inputs, built.table.across or "")}
    looked |= {*document.taxes.taxes.inputs} if document.taxes is not None else set()
    for name, place in _declared(document, "inputs", "name").items():
        if name not in looked and name != "class":  # the class of a contract is asked for before any row is
            message = f"no row and no formula looks at the input `{document.inputs[name].label}`"
            mend = "take it out, or add a column for it to the table that should depend on it"
            _remark("unused-input", message, place, mend, report)


def _check_groups(document: Document, report: Report) -> None:
    declared = _declared(document, "groups", "name")
    if not declared:
        return
    words: set[str] = set()
    for block in document.blocks:
        if fold(block.word.text) in ("table", "taxes", "tests", "groups") and block.header is not None:
            words |= _words(block, document)
    for name, place in declared.items():
        if name not in words:
            message = "no cell names this group"
            mend = "take it out, or name it where its members are listed"
            _remark("unused-group", message, place, mend, report, fix=(Edit(place, None),))


def _words(block: Block, document: Document) -> set[str]:
    """Folded words of a block's conditions, or of its groups' members."""
    found: set[str] = set()
    header = [fold(cell.text) for cell in block.header.cells] if block.header is not None else []
    is_groups = fold(block.word.text) == "groups"
    account = document.inputs["account"]
    for at, name in enumerate(header[: block.divider]):
        of = account if is_groups and name == "members" else document.inputs.get(name)
        if of is not None and not of.type.is_ordered:
            texts = {line.texts[at] for line in block.rows if not line.bad}
            found |= {fold(word) for text in texts for word in words_of(text, of)}
    return found


def _check_tables(document: Document, report: Report) -> None:
    read = reached(document)
    for name, built in document.tables.items():
        if not _is_own(built.heading.file):
            continue
        if not any(one.table == name for one in read):
            message = f"nothing asks the table `{built.table.label}`"
            mend = f"name an outcome of it, such as `{built.table.label}.{built.table.outcomes[0].label}`, in `pricing`"
            _remark("unused-table", message, built.heading, f"{mend}; or take it out", report)
            continue
        for outcome in built.table.outcomes:
            if OutcomeName(name, outcome.name) not in read:
                message = f"nothing asks for the outcome `{outcome.label}` of the table `{built.table.label}`"
                mend = f"name it in `pricing`: `{built.table.label}.{outcome.label}`; or take the column out"
                _remark("unused-outcome", message, _header(document, built.heading, outcome.name), mend, report)


def _header(document: Document, heading: Span, outcome: str) -> Span:
    """The first column of an outcome."""
    block = next(one for one in document.blocks if one.heading == heading)
    for cell in block.header.cells[block.divider :] if block.header is not None else ():
        if fold(cell.text.partition("/")[0]) == outcome and fold(cell.text) != FREE:
            return cell.span(block.file)
    return heading


def _check_top_ups(document: Document, report: Report) -> None:
    sold = {name for built in document.plans.values() if built.plan is not None for name in built.plan.top_ups}
    for name, built in {fold(one.label): one for one in document.top_ups.values()}.items():
        if name not in sold and _is_own(built.place.file):
            message = f"no plan sells the top-up `{built.label}`, so that nobody can buy it"
            mend = f"write `{built.label}` under `top-ups` of a plan, or take it out"
            _remark("unsold-top-up", message, built.place, mend, report)


def _check_calendars(document: Document, report: Report) -> None:
    """Where the hook `calendar` always names one, those that it never names are of no use."""
    bound = document.pricing.get("calendar")
    if bound is None or bound.typed is None:
        return
    chosen = _words_of(bound.typed.formula, document)
    if chosen is None:
        return
    for name, built in document.calendars.items():
        if name not in chosen and _is_own(built.heading.file):
            _report_calendar(built, report)


def _report_calendar(built: BuiltCalendar, report: Report) -> None:
    message = f"no work keeps the calendar `{built.calendar.label}`: the hook `calendar` always names another"
    mend = f"name it there, or write `-` for work whose site says `{built.calendar.label}`; or take it out"
    _remark("unused-calendar", message, built.heading, mend, report)


def _words_of(formula: Formula, document: Document) -> set[str] | None:
    """What a formula of words can come to; None where it can come to nothing, and the site says it."""
    found: set[str] = set()
    for part in parts(formula):
        match part:
            case Literal(value=str() as word):
                found.add(word)
            case OutcomeName(table=table, outcome=outcome):
                for cell in cells_of(document.tables[table], outcome):
                    words = _words_of(cell, document)
                    if words is None:
                        return None
                    found |= words
            case _:
                return None
    return found
