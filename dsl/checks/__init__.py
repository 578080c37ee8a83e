"""How the parts of a ruleset agree. One check, one module; each takes the document and reports what it finds."""

from __future__ import annotations

from collections.abc import Callable

from dsl.checks.calendar_gap import check_calendar_gaps
from dsl.checks.dated import check_dated
from dsl.checks.gap import check_gaps
from dsl.checks.levels import check_levels
from dsl.checks.lists import check_lists
from dsl.checks.missing import check_missing
from dsl.checks.overlap import check_overlaps
from dsl.checks.plans import check_plans
from dsl.checks.tiers import check_tiers
from dsl.diagnostics import Report
from dsl.document import Document

Check = Callable[[Document, Report], None]

CHECKS: tuple[Check, ...] = (
    check_missing,
    check_levels,
    check_lists,
    check_plans,
    check_dated,
    check_calendar_gaps,
    check_overlaps,
    check_gaps,
    check_tiers,
)
