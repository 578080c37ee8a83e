"""Which ruleset version holds on a day (D3), and its compiled program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from engine.facts import Contract, Terms
from engine.formulas import Formula
from engine.items import Converted
from engine.model import Ruleset
from engine.periods import FOREVER, Every, Period
from engine.program import Program

MOST_PROGRAMS = 200
"""Programs kept per version: a contract with overrides of its own has one of its own. The oldest goes first."""


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """An immutable ruleset version. `id` is what items remember; programs are compiled once per currency and terms."""

    id: str
    ruleset: Ruleset
    _programs: dict[tuple[str, Fraction, tuple[tuple[str, Formula], ...]], Program] = field(default_factory=dict)

    def program(self, contract: Contract | None = None, terms: Terms | None = None) -> Program:
        """Its program in a contract's currency, with its overrides; without a contract, in its own first currency."""
        overrides = terms.overrides if terms is not None else ()
        converted = self.converted(contract) if contract is not None else None
        rate = converted.rate if converted is not None else Fraction(1)
        currency = contract.currency if contract is not None and converted is None else self.ruleset.currencies[0]
        key = (currency.code, rate, overrides)
        found = self._programs.get(key)
        if found is None:
            if len(self._programs) >= MOST_PROGRAMS:
                del self._programs[next(iter(self._programs))]
            found = self._programs[key] = Program(self.ruleset, currency=currency, overrides=dict(overrides), rate=rate)
        return found

    def converted(self, contract: Contract) -> Converted | None:
        """How its prices become a contract's currency; None where they are said in that."""
        conversion = contract.conversion
        if conversion is None or self.ruleset.prices_in(contract.currency):
            return None
        return Converted(self.ruleset.currencies[0].code, conversion.rate, conversion.on, conversion.source)

    @property
    def title(self) -> str:
        """`Zylker@2026.1`."""
        return self.ruleset.title


@dataclass(frozen=True, slots=True)
class Activation:
    """The statement that a version is in force on the days of a period."""

    period: Period
    version: Version


@dataclass(frozen=True, slots=True)
class Timeline:
    """Activations, oldest statement first; the newest whose period holds the day is in force."""

    activations: tuple[Activation, ...]

    def version(self, day: date) -> Version | None:
        """The version in force on `day`; None where there is none."""
        for activation in reversed(self.activations):
            if day in activation.period:
                return activation.version
        return None

    @property
    def splits_at_cycle_edge(self) -> bool:
        """Whether some version in it splits work at the edge of cycles, so that a cycle may need work of the one before."""
        return any(activation.version.ruleset.split_at_cycle_edge for activation in self.activations)

    def first_in(self, period: Period) -> Version | None:
        """The version in force on the first day of a period that has one."""
        starts = {activation.period.start for activation in self.activations if activation.period.start in period}
        return next((found for day in sorted(starts) if (found := self.version(day)) is not None), None)

    def by_id(self, version_id: str) -> Version | None:
        """A version that some activation names."""
        return next((a.version for a in self.activations if a.version.id == version_id), None)


def pays_by(timeline: Timeline) -> Every | None:
    """The cycle of work without a contract: as the first statement that had one said; None where none ever did.

    Statements are only added, so this never changes.
    """
    said = (activation.version.ruleset.without_contract for activation in timeline.activations)
    return next((every for every in said if every is not None), None)


def offline_timeline(rulesets: Iterable[Ruleset]) -> Timeline:
    """The timeline of files: of the versions valid on a day, the one that starts last counts."""
    ordered = sorted(rulesets, key=lambda ruleset: ruleset.valid.start)
    return Timeline(
        tuple(Activation(Period(r.valid.start, r.valid.end or FOREVER), Version(r.source_digest, r)) for r in ordered)
    )
