"""Why a line costs what it costs: from its stored operands, nothing is rated again (D8.5)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.explain import explain
from engine.money import Currency
from tarifa.reading.documents import line_rows, line_view, stored_line, version_title
from tarifa.reading.scope import Scope
from tarifa.reading.views import LineExplanation
from tarifa.storage import Database


async def explain_line(database: Database, scope: Scope, document: str, position: int) -> LineExplanation | None:
    """The explanation of one line of a document; None where there is no such line to see."""
    return (await explain_lines(database, scope, [(document, position)])).get((document, position))


async def explain_lines(
    database: Database, scope: Scope, refs: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], LineExplanation]:
    """The explanations of several lines, by document number and position."""
    found = {}
    for row in await line_rows(database, scope, refs):
        currency, title = Currency(row["currency"], row["digits"]), version_title(row)
        explanation = explain(stored_line(row), ruleset=title, currency=currency)
        found[row["number"], row["pos"]] = LineExplanation(line_view(row), currency, title, explanation)
    return found
