from fractions import Fraction

from hypothesis import given

from engine.matching import NO_ROW, Plain
from engine.model import Hit, Row, Table
from engine.why import FailingCell, Fitting, rows_in_order, why_not
from tests.engine.rulesets import HERE, HOURLY
from tests.engine.test_matching import ORDERED, Conditions, colours, numbers, rows, words


def test_the_first_failing_cell_is_named_with_its_value() -> None:
    found = why_not(HOURLY, HOURLY.rows[0], {"priority": "low"})
    assert isinstance(found, FailingCell)
    assert (found.row.row, found.input, found.value) == ("H1", "priority", "low")


@given(rows, words, colours, numbers)
def test_the_row_that_fits_is_the_row_that_decides(
    conditions: list[Conditions], word: str | None, colour: str | None, number: Fraction | None
) -> None:
    table = Table(
        "t", "T", Hit.FIRST, ("word", "colour", "count"), (),
        tuple(Row(str(n), row, (), n < 0, HERE) for n, row in enumerate(conditions)),
    )  # fmt: skip
    found = list(rows_in_order(table, {"word": word, "colour": colour, "count": number}))
    decides = Plain(conditions, ORDERED).first((word, colour, number))
    assert [isinstance(one, Fitting) for one in found] == [n == decides for n in range(len(found))]
    assert len(found) == (len(conditions) if decides == NO_ROW else decides + 1)
