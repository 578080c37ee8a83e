"""Tables and taxes as the checks of rows see them: conditions indexed, what each row says, and where its cells stand."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace

from dsl.build.sheet import FREE
from dsl.build.tables import BuiltTable
from dsl.build.taxes import BuiltTaxes
from dsl.checks.by_currency import told_apart
from dsl.checks.cases import written
from dsl.checks.spelling import cell_of
from dsl.days import VALID
from dsl.diagnostics import Diagnostic, Label, Report, Severity
from dsl.document import Document
from dsl.source import Span
from dsl.syntax import Block, Cell
from engine.analysis import Case, Space, UndecidedError
from engine.contraction import numbered
from engine.currencies import condition_in, input_in
from engine.formulas import INHERIT
from engine.model import DAY, Condition, Hit, Input, Row, TaxRow
from engine.money import Currency
from engine.names import fold
from engine.touched import TAXES, Concern, How


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One table, or the taxes.

    Attributes:
        what: How a message names it.
        name: Folded, as findings' concerns name it.
        hit: None for taxes, of which all rows that fit apply.
        rows, places: Its rows and where each begins.
        space: Their conditions, `otherwise` among them as a row that fits always.
        says: For each row a number of each thing it says, equal where that is.
        block: Its text.
        outcomes: Labels of what a row of a table says.
        currency: Of whose contracts it is, where the table looks at money and several are listed: it holds the rows
            that fit them, without the column `currency`.
        numbers: The rows' numbers in the table, where it has more than these.
    """

    what: str
    name: str
    heading: Span
    hit: Hit | None
    rows: Sequence[Row | TaxRow]
    places: Sequence[Span]
    inputs: Sequence[Input]
    spellings: Mapping[str, str]
    currencies: Sequence[Currency]
    space: Space
    says: Sequence[tuple[int, ...]]
    block: Block
    outcomes: Sequence[str]
    currency: Currency | None = None
    numbers: Sequence[int] = ()

    def concern(self, how: How, *rows: Iterable[int]) -> Concern:
        """What a finding about some sets of its rows is about."""
        numbers = self.numbers
        return Concern(
            how, self.name, tuple(tuple(numbers[row] if numbers else row for row in those) for those in rows)
        )

    @property
    def named(self) -> int:
        """Bitset of all rows but those that say `otherwise`, which are the last, each for days of its own."""
        return self.space.all & ~self.catch_alls

    @property
    def catch_alls(self) -> int:
        """Bitset of the rows that say `otherwise`."""
        return sum(1 << at for at, row in enumerate(self.rows) if row.catch_all)

    def case(self, case: Case) -> tuple[tuple[str, str], ...]:
        """A request as a message shows it."""
        said = written(case, self.space.conditions, self.spellings, self.currencies)
        return said if self.currency is None else (("currency", self.currency.code), *said)

    def cell(self, condition: Condition, column: int) -> str:
        """A cell that reads as a condition."""
        return cell_of(condition, self.inputs[column], self.spellings, self.currencies)

    def place(self, row: int, column: int) -> Span:
        """Where a condition stands."""
        return self._cell(row, column).span(self.block.file)

    def text(self, row: int, column: int) -> str:
        """A condition as it is written."""
        return self._cell(row, column).text

    def notes(self, row: int) -> tuple[str, ...]:
        """What is written in the columns of a row that decide nothing."""
        line = self.block.rows[row]
        return tuple(line.texts[at] for at, cell in enumerate(self._header) if fold(cell.text) == FREE)

    def domain(self, column: int) -> str:
        """The values that an input can have, as `inputs` would declare them."""
        of = self.inputs[column]
        return "-" if of.domain is None else self.cell(Condition(spans=(of.domain,)), column)

    def header(self, column: int) -> Span:
        """Where a column begins."""
        return self._header[self._at(column)].span(self.block.file)

    def row_text(self, cells: Sequence[str]) -> str:
        """A row of the block that can be pasted: `cells` for its first columns, `-` for each outcome."""
        header = [fold(cell.text) for cell in self._header]
        divider = self.block.divider or 0
        left = [*cells, *("" for _ in header[len(cells) : divider])]
        right = ["" if name == FREE else "-" for name in header[divider:]]
        return f"| {' | '.join(left)} || {' | '.join(right)} |".replace("|  |", "| |").replace("|  ||", "| ||")

    @property
    def _header(self) -> Sequence[Cell]:
        return self.block.header.cells if self.block.header is not None else ()

    def _at(self, column: int) -> int:
        """The index of a condition among the cells of a line."""
        of = self.inputs[column]
        wanted = VALID if of.name == DAY else of.name
        return next(at for at, cell in enumerate(self._header) if fold(cell.text) == wanted)

    def _cell(self, row: int, column: int) -> Cell:
        return self.block.rows[row].cell(self._at(column))

    def listed(self, rows: Sequence[int]) -> str:
        """Names of rows for a message: "row `A`", "rows `A`, `B` and `C`"."""
        names = [f"`{self.rows[row].name}`" for row in rows]
        if len(names) == 1:
            return f"row {names[0]}"
        if len(names) > _MOST_NAMED:
            return f"rows {', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more"
        return f"rows {', '.join(names[:-1])} and {names[-1]}"


_MOST_NAMED = 8
_CURRENCY = "currency"


def sheets_of(document: Document) -> list[Sheet]:
    """Every table, and the taxes, whose rows could all be read; tiers are judged by a check of their own.

    Those of a table that looks at money, one for each currency, stand together.
    """
    found = [
        sheet
        for built in document.tables.values()
        if built.complete and not built.table.hit.is_tiered
        for sheet in _by_currency(_of_table(built, document), document)
    ]
    if document.taxes is not None and document.taxes.complete:
        found += _by_currency(_of_taxes(document.taxes, document), document)
    return found


def _by_currency(sheet: Sheet, document: Document) -> list[Sheet]:
    """A sheet; or, where it looks at money in several currencies, what each of them has of it."""
    several = told_apart(sheet.inputs, document)
    return [_in_currency(sheet, one) for one in several] if len(several) > 1 else [sheet]


def _space(rows: Sequence[Row | TaxRow], inputs: Sequence[Input], document: Document) -> Space:
    """The conditions of some rows; of those that look at money, each currency has a space of its own."""
    if len(told_apart(inputs, document)) > 1:
        return Space((), ())
    return Space([row.conditions for row in rows], inputs)


def _in_currency(sheet: Sheet, currency: Currency) -> Sheet:
    """What contracts in one currency have of a sheet: the rows that can fit them, and amounts in it."""
    kept = [at for at, of in enumerate(sheet.inputs) if of.name != _CURRENCY]
    asked = [at for at, of in enumerate(sheet.inputs) if of.name == _CURRENCY]
    code = fold(currency.code)
    rows = [
        at
        for at, row in enumerate(sheet.rows)
        if all(row.conditions[column].holds(code) for column in asked)
    ]  # fmt: skip
    inputs = [input_in(sheet.inputs[at], currency.code) for at in kept]
    conditions = [[condition_in(sheet.rows[row].conditions[at], currency.code) for at in kept] for row in rows]
    return replace(
        sheet,
        rows=[sheet.rows[at] for at in rows],
        places=[sheet.places[at] for at in rows],
        inputs=inputs,
        currencies=(currency,),
        space=Space(conditions, inputs),
        says=[sheet.says[at] for at in rows],
        block=replace(sheet.block, rows=tuple(sheet.block.rows[at] for at in rows)),
        currency=currency,
        numbers=rows,
    )


def _of_table(built: BuiltTable, document: Document) -> Sheet:
    table = built.table
    inputs = [document.inputs[name] for name in table.inputs]
    flat = [[formula for cells in row.outcomes for formula in cells] for row in table.rows]
    return Sheet(
        f"the table `{table.label}`",
        table.name,
        built.heading,
        table.hit,
        table.rows,
        built.rows,
        inputs,
        built.spellings,
        document.heading.currencies,
        _space(table.rows, inputs, document),
        numbered(flat),
        _block(document, built.heading),
        [outcome.label for outcome in table.outcomes],
    )


def _of_taxes(built: BuiltTaxes, document: Document) -> Sheet:
    rows = built.taxes.rows
    inputs = [document.inputs[name] for name in built.taxes.inputs]
    return Sheet(
        "`taxes`",
        TAXES,
        built.heading,
        None,
        rows,
        built.rows,
        inputs,
        built.spellings,
        document.heading.currencies,
        _space(rows, inputs, document),
        numbered([_said(row) for row in rows]),
        _block(document, built.heading),
        (),
    )


def _said(row: TaxRow) -> list[Hashable]:
    """All that a row of taxes says of the cases that it fits."""
    return [getattr(row, field.name) for field in fields(row) if field.name not in _NOT_SAID]


_NOT_SAID = frozenset({"name", "conditions", "catch_all", "origin"})


def _block(document: Document, heading: Span) -> Block:
    return next(block for block in document.blocks if block.heading == heading)


def inherits(row: Row, outcome: int, column: int) -> bool:
    """Whether a row of `hit merge` leaves an outcome to the next that fits."""
    return row.outcomes[outcome][column] == INHERIT


@contextmanager
def within_limit(sheet: Sheet, report: Report, *, code: str, question: str, mend: str) -> Iterator[None]:
    """Ask one question of a sheet; where it takes too many steps, say that it was not decided."""
    sheet.space.begin()
    try:
        yield
    except UndecidedError:
        severity = Severity.ERROR if code == "undecided-case" else Severity.WARNING
        message = f"{question} could not be found out within the limit of {sheet.space.limit:,} steps"
        concern = sheet.concern(How.ASKED)
        report.add(Diagnostic(code, severity, message, Label(sheet.heading), help=(mend,), concern=concern))
