"""gap: a case that no row decides. Exact over the declared domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dsl.build.tables import BuiltTable
from dsl.checks.cases import written
from dsl.diagnostics import Report
from dsl.document import Document
from dsl.source import Span
from engine.analysis import Case, Undecided, find_gap
from engine.formulas import INHERIT
from engine.model import ANY, Condition, Hit, Input, Row, TaxRow

_NO_INHERIT = "add a last row that fits always, with `-` under each condition, and a value where others say `inherit`"
_CATCH_ALL = "add a last row that says `otherwise` in its first condition, with `-` where nothing is charged"


def check_gaps(document: Document, report: Report) -> None:
    """Tables and taxes decide every case; where all rows that fit are collected, that none does is decided, too."""
    for built in document.tables.values():
        hit = built.table.hit
        if not built.complete or hit.collects or hit.is_tiered:
            continue
        _check_across(built, document, report)
        if hit is Hit.MERGE:
            _check_merge(built, document, report)
        elif not any(_fits_always(row) for row in built.table.rows):
            rows = [row.conditions for row in built.table.rows]
            what = f"no row of the table `{built.table.label}` decides this case"
            _check(what, rows, built.table.inputs, built.heading, built.spellings, document, report)
    taxes = document.taxes
    if taxes is not None and taxes.complete and not any(_fits_always(row) for row in taxes.taxes.rows):
        rows = [row.conditions for row in taxes.taxes.rows]
        what = "no row of `taxes` fits this case"
        _check(what, rows, taxes.taxes.inputs, taxes.heading, taxes.spellings, document, report)


def _fits_always(row: Row | TaxRow) -> bool:
    """Whether a row says `otherwise`, and not for some days only."""
    return row.catch_all and all(condition == ANY for condition in row.conditions)


def _check(
    what: str,
    rows: Sequence[tuple[Condition, ...]],
    names: Sequence[str],
    place: Span,
    spellings: Mapping[str, str],
    document: Document,
    report: Report,
) -> None:
    found = find_gap(rows, [document.inputs[name] for name in names])
    if isinstance(found, Undecided):
        message = "whether every case is decided could not be found out within the limit"
        report.error("gap", message, place, help=(_CATCH_ALL,))
    elif found is not None:
        case = written(found, rows, spellings, document.heading.currencies)
        report.error("gap", what, place, help=(_CATCH_ALL,), case=case)


def _check_merge(built: BuiltTable, document: Document, report: Report) -> None:
    """Every outcome of every case is said by some row that does not inherit it."""
    rows = [row for row in built.table.rows if not row.catch_all]
    last = [row for row in built.table.rows if row.catch_all]
    inputs = [document.inputs[name] for name in built.table.inputs]
    for o, outcome in enumerate(built.table.outcomes):
        for column in range(len(built.table.rows[0].outcomes[o])):
            saying = [row.conditions for row in rows if row.outcomes[o][column] != INHERIT]
            silent = [row.conditions for row in rows if row.outcomes[o][column] == INHERIT]
            otherwise = [row.conditions for row in last if row.outcomes[o][column] != INHERIT]
            found = _inherited_by_all(saying, silent, otherwise, inputs)
            if found is None:
                continue
            if isinstance(found, Undecided):
                message = "whether every case is decided could not be found out within the limit"
                report.error("gap", message, built.heading, help=(_NO_INHERIT,))
                return
            message = f"no row of the table `{built.table.label}` that fits this case says its `{outcome.label}`"
            case = written(found, [row.conditions for row in rows], built.spellings, document.heading.currencies)
            report.error("gap", message, built.heading, help=(_NO_INHERIT,), case=case)
            break


def _inherited_by_all(
    saying: Sequence[tuple[Condition, ...]],
    silent: Sequence[tuple[Condition, ...]],
    otherwise: Sequence[tuple[Condition, ...]],
    inputs: Sequence[Input],
) -> Case | Undecided | None:
    """A case that no saying row fits; where an `otherwise` says it, only one that some silent row fits."""
    if not otherwise:
        return find_gap(saying, inputs)
    fallen = find_gap([*saying, *silent, *otherwise], inputs)
    if fallen is not None:
        return fallen
    for row in silent:
        found = find_gap([*saying, *_outside(row)], inputs)
        if found is not None:
            return found
    return None


def _outside(row: tuple[Condition, ...]) -> list[tuple[Condition, ...]]:
    """Rows that together fit all cases that a row does not."""
    found = []
    for column, condition in enumerate(row):
        if condition != ANY:
            reverse = replace(condition, missing=not condition.missing, negated=not condition.negated)
            found.append((*(ANY for _ in row[:column]), reverse, *(ANY for _ in row[column + 1 :])))
    return found


def _check_across(built: BuiltTable, document: Document, report: Report) -> None:
    """Every value of the `across` input has a column, or `otherwise` has one."""
    table = built.table
    if table.across is None or table.across_otherwise:
        return
    of = document.inputs[table.across]
    lacking = [of.spellings[value] for value in of.values if value not in table.across_values]
    lacking += ["none"] if of.may_be_missing else []
    if lacking:
        outcome = table.outcomes[0].label
        mends = [f"add a column `{outcome} / otherwise` for all that have none"]
        mends += [f"or a column `{outcome} / {lacking[0]}`"] if lacking[0] != "none" else []
        report.error(
            "gap",
            f"no column of the table `{table.label}` is for the {of.label} `{lacking[0]}`",
            built.heading,
            help=mends,
            case=((of.label, lacking[0]),),
        )
