"""A ruleset once all its blocks have been read, with the places that checks point at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsl.build.calendars import BuiltCalendar
from dsl.build.constants import Constants
from dsl.build.heading import Heading
from dsl.build.items import BuiltItem
from dsl.build.plans import BuiltPlan, BuiltTopUp
from dsl.build.pricing import BuiltBinding
from dsl.build.tables import BuiltTable
from dsl.build.taxes import BuiltTaxes
from dsl.source import Span
from dsl.syntax import Block
from dsl.testing import RulesetTest
from engine.model import Input


@dataclass(frozen=True, slots=True)
class Document:
    """What the blocks say, by folded names. What is wrong in itself is reported by now; checks see how things agree.

    Attributes:
        inputs: Declared ones and those that are always known.
        taxes: None where there is no block, or none that could be read; `has_taxes` tells the two apart.
        plans, top_ups, items: Every row, by the keys of `build.dated.flat`: the first of a name by that name.
        start: The heading of the block `ruleset`, or of the first block.
        blocks: Their text, for checks that point at more than the parts above keep the places of.
    """

    heading: Heading
    inputs: Mapping[str, Input]
    constants: Constants
    calendars: Mapping[str, BuiltCalendar]
    tables: Mapping[str, BuiltTable]
    pricing: Mapping[str, BuiltBinding]
    plans: Mapping[str, BuiltPlan]
    top_ups: Mapping[str, BuiltTopUp]
    items: Mapping[str, BuiltItem]
    taxes: BuiltTaxes | None
    has_taxes: bool
    tests: tuple[RulesetTest, ...]
    start: Span | None
    blocks: tuple[Block, ...] = ()
