"""The work of some files as a ruleset on trial sees it: what the findings of its check are counted on.

The ruleset is put to all of it, as if it were valid on all days, by the same settlement as a bill. Work is charged in
cycles that may end after the last of it, so contracts are settled for a year more; fees count up to the last work.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from engine.facts import Facts
from engine.model import Ruleset
from engine.timeline import Timeline
from engine.touched import Entry, always_in_force, entries_of
from tarifa.intake import local_date
from tarifa.offline.bill import Statement, statements
from tarifa.offline.books import Books, Rows, Waiting, open_books

_NO_LATER = date(2199, 12, 31)
_LONGEST_CYCLE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class OnTrial:
    """Books as a ruleset on trial reads them; what of them `waiting` names could not be read."""

    books: Books
    timeline: Timeline

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """Rows and contracts that are left out, each with its reason."""
        return (*self.books.waiting, *(one for those in self.books.unusable.values() for _, one in those))


def on_trial(rows: Rows, ruleset: Ruleset) -> OnTrial:
    """Put a ruleset to the work of some files, whatever days it is of."""
    timeline = always_in_force(ruleset)
    return OnTrial(open_books(rows, timeline, through=_NO_LATER), timeline)


def entries(trial: OnTrial) -> Iterator[Entry]:
    """All work that could be read, and what it came to."""
    books, timeline = trial.books, trial.timeline
    days = [local_date(one.start, books.zones[one.zone]) for works in books.work.values() for one in works]
    if not days:
        return
    last = max(days)
    for statement in statements(books, timeline, through=min(last + _LONGEST_CYCLE, _NO_LATER)):
        if isinstance(statement, Statement):
            items = [line.item for document in statement.documents for line in document.lines]
            waiting = {one.held.subject for one in statement.waiting if one.held.kind == "work"}
            waiting |= {work for one in statement.waiting for work in one.works}
            yield from entries_of(_facts(statement, books), timeline, items, waiting, through=last)


def _facts(statement: Statement, books: Books) -> Facts:
    """The work of a statement, whatever became of it."""
    billed = {line.item.work for document in statement.documents for line in document.lines}
    ids = billed | {*statement.pending, *statement.uncharged}
    ids |= {work for one in statement.waiting for work in (one.held.subject, *one.works)}
    mine = tuple(one for one in books.work.get(statement.account.key, ()) if one.id in ids)
    return Facts(statement.account, statement.contract, mine, books.zones)
