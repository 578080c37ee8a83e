"""What is told of a figure: the rows that decide, the rows that do not, and sums; as lines, and as JSON has it.

`tarifa.trials.telling` finds it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sum:
    """`label = as written = with numbers = value`."""

    label: str
    written: str
    numbers: str
    value: str

    def text(self) -> str:
        """The sum, without what would repeat."""
        parts = [self.label, self.written, self.numbers, self.value]
        return " = ".join(part for at, part in enumerate(parts) if at == 0 or part != parts[at - 1])


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, its path as the reader opens it."""

    file: str
    line: int

    def text(self) -> str:
        """As editors jump to it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Deciding:
    """A row that fits. `sum` is None where no column of it counts here; `why` is the row's remark."""

    row: str
    place: Place
    why: str
    sum: Sum | None


@dataclass(frozen=True, slots=True)
class Misfit:
    """A row that does not fit, and its first cell that fails: the input, its value, and what the cell says."""

    row: str
    input: str
    value: str
    wanted: str

    def text(self) -> str:
        """Why not this row."""
        return f"not {self.row}: {self.input} is `{self.value}`, and the row says `{self.wanted}`"


@dataclass(frozen=True, slots=True)
class TableTold:
    """A table's part in a figure. `untold` rows that do not fit stand above those that are told."""

    table: str
    rows: tuple[Deciding, ...]
    misfits: tuple[Misfit, ...]
    untold: int

    def lines(self) -> Iterator[str]:
        """The rows that decide, then those that do not."""
        if not self.rows:
            yield f"  {self.table}: no row fits"
        for row in self.rows:
            yield f"  {self.table} / {row.row}   {row.place.text()}" + (f"   {row.why}" if row.why else "")
            if row.sum is not None:
                yield f"    {row.sum.text()}"
        if self.untold:
            yield f"    {self.untold:,} rows further up do not fit"
        for misfit in self.misfits:
            yield f"    {misfit.text()}"


@dataclass(frozen=True, slots=True)
class ConstantTold:
    """A constant's part in a figure."""

    sum: Sum
    place: Place

    def lines(self) -> Iterator[str]:
        """Its sum."""
        yield f"  {self.sum.text()}   {self.place.text()}"


Source = TableTold | ConstantTold


@dataclass(frozen=True, slots=True)
class FigureTold:
    """A figure and all that it comes from, nearest first.

    Attributes:
        name: A hook, or `Table.outcome`.
        is_default: Nothing is said for it, so it has the hook's default.
        sum: None where it is a table's outcome, or an amount, as it stands.
    """

    name: str
    value: str
    is_default: bool
    sum: Sum | None
    sources: tuple[Source, ...]

    def lines(self) -> Iterator[str]:
        """The figure, then its sources, indented."""
        yield f"{self.name} = {self.value}" + (" (nothing is said, so the default)" if self.is_default else "")
        if self.sum is not None:
            yield f"  {self.sum.text()}"
        for source in self.sources:
            yield from source.lines()


def as_json(told: FigureTold) -> dict[str, Any]:
    """A figure with its sources; `kind` tells tables and constants apart."""
    shape = asdict(told)
    for source, of in zip(shape["sources"], told.sources, strict=True):
        source["kind"] = "table" if isinstance(of, TableTold) else "constant"
    return shape
