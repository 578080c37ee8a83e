"""How the parts of a ruleset agree. One check, one module; each takes the document and reports what it finds."""

from __future__ import annotations

from collections.abc import Callable

from dsl.diagnostics import Report
from dsl.document import Document

Check = Callable[[Document, Report], None]

CHECKS: tuple[Check, ...] = ()
