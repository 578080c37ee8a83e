import json
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from engine.documents import DocumentKind, DocumentTerms, Draft, compose
from engine.explain import StepKind, explain
from engine.facts import Discount, Facts, Work
from engine.formulas import Literal, Operation, Unit
from engine.issuing import canonical, numbered, to_json
from engine.items import Billed, Held, LineRef, Opening, Reason, Settlement
from engine.model import ANY, Condition, LineKind, Taxes, TaxRow
from engine.money import Rounding, decimal
from engine.settlement import owed, settle
from engine.timeline import Timeline
from tarifa.words.english import sentences
from tests.engine.rulesets import BILL_RATE, EUR, HERE, VAT, contract, facts, hourly, plan, ruleset, timeline, work
from tests.engine.test_settlement import at

START = date(2026, 3, 1)
APRIL = date(2026, 4, 1)
RULES = timeline(ruleset(plan(fee=None, allowance=None, carry=None, beyond=hourly("110"))))


def settled(known: Facts, rules: Timeline, *, through: int = 1) -> Settlement:
    return settle(Opening(0), known, rules, through=through)


def draft(known: Facts, rules: Timeline, *, billed: dict[str, Billed] | None = None, boundary: int = 1) -> Draft:
    result = settled(known, rules, through=boundary)
    terms = DocumentTerms(known.account, known.contract, boundary, APRIL, closings=result.closings)
    composed = compose(owed(result.items, billed or {}), terms=terms, timeline=rules)
    assert isinstance(composed, Draft)
    return composed


def issued(of: Draft, number: str) -> dict[str, Billed]:
    return {line.item.key: Billed(line.item, LineRef(number, line.position), line.taxes) for line in of.lines}


def three_hours(revision: int = 1, minutes: int = 180) -> tuple[Work, ...]:
    return (work("a", at(date(2026, 3, 10)), minutes, revision=revision),)


def test_tax_is_rounded_once_per_code_and_rate_unless_the_ruleset_says_per_line() -> None:
    prices = plan(fee=None, allowance=None, carry=None, beyond=hourly("66.66"))
    lines = (work("a", at(date(2026, 3, 10)), 50), work("b", at(date(2026, 3, 11)), 10))
    assert (VAT.per_line, draft(facts(contract(START), lines), timeline(ruleset(prices))).tax) == (False, 1533)
    per_line = timeline(ruleset(prices, taxes=replace(VAT, per_line=True)))
    assert draft(facts(contract(START), lines), per_line).tax == 1534


def test_l03_a_correction_below_zero_is_a_credit_note_that_names_the_line_it_corrects() -> None:
    first = draft(facts(contract(START), three_hours()), RULES)
    assert (first.net, first.tax, first.total) == (33000, 7590, 40590)
    corrected = facts(contract(START), three_hours(revision=2, minutes=90))
    second = draft(corrected, RULES, billed=issued(first, "INV-1"))
    assert second.kind is DocumentKind.CREDIT_NOTE
    assert (second.net, second.tax, second.total) == (-16500, -3795, -20295)
    assert second.lines[0].corrects == LineRef("INV-1", 1)


def test_a_correction_takes_the_tax_of_the_line_it_corrects() -> None:
    first = draft(facts(contract(START), three_hours()), RULES)
    dearer = replace(VAT, rows=(replace(VAT.rows[0], rate=Literal(Unit.NUMBER, Fraction(1, 4))),))
    later = timeline(ruleset(plan(fee=None, allowance=None, carry=None, beyond=hourly("110")), taxes=dearer))
    corrected = facts(contract(START), three_hours(revision=2, minutes=90))
    assert draft(corrected, later, billed=issued(first, "INV-1")).tax == -3795


def test_a_line_that_no_tax_row_fits_holds_the_document() -> None:
    only_us = Taxes(("country",), (replace(VAT.rows[0], conditions=(Condition(values=frozenset({"us"})),)),))
    rules = timeline(ruleset(plan(), taxes=only_us))
    known = facts(contract(START))
    terms = DocumentTerms(known.account, known.contract, 0, START)
    composed = compose(owed(settled(known, rules, through=0).items, {}), terms=terms, timeline=rules)
    assert isinstance(composed, Held)
    assert composed.reason is Reason.NO_TAX


def test_several_tax_rows_apply_together() -> None:
    city = TaxRow("T2", (ANY,), "city", Literal(Unit.NUMBER, Fraction(1, 100)), "S", "", False, HERE)
    both = Taxes(("country",), (replace(VAT.rows[0], catch_all=False), city))
    of = draft(facts(contract(START)), timeline(ruleset(plan(), taxes=both)), boundary=0)
    assert [(group.code, group.tax) for group in of.tax_groups] == [("iva", 23000), ("city", 1000)]


def test_fees_come_first_then_work_in_order_of_time_then_what_earlier_documents_left_out() -> None:
    rules = timeline(ruleset(plan()))
    known = facts(contract(START), (work("b", at(date(2026, 4, 9)), 60), work("a", at(date(2026, 4, 8)), 60)))
    first = draft(known, rules, boundary=1)
    late = replace(known, work=(*known.work, work("late", at(date(2026, 3, 9)), 60)))
    second = draft(late, rules, billed=issued(first, "INV-1"), boundary=2)
    assert [line.item.key for line in second.lines] == [
        "fee/1/2", "work/a/operational", "work/b/operational", "work/late/operational",
    ]  # fmt: skip
    assert second.lines[-1].item.service.start == START


def test_a_line_discount_is_taken_before_tax() -> None:
    known = facts(contract(START, discounts=(Discount(Fraction(1, 20), LineKind.LABOUR),)), three_hours())
    of = draft(known, RULES)
    assert (of.lines[0].discount, of.net, of.tax) == (1650, 31350, 7211)


def test_the_body_is_the_same_bytes_for_the_same_facts() -> None:
    known = facts(contract(START), three_hours())
    one, other = (numbered(draft(known, RULES), number="INV-1", issued_on=APRIL) for _ in range(2))
    assert one.body == other.body
    assert one.sha256 == other.sha256
    assert json.loads(one.body)["number"] == "INV-1"
    assert canonical(json.loads(one.body)) == one.body


def test_the_due_date_is_the_issue_date_and_the_days_of_the_terms() -> None:
    of = draft(facts(contract(START), three_hours()), RULES)
    document = numbered(replace(of, terms=replace(of.terms, due_days=15)), number="INV-1", issued_on=APRIL)
    assert document.due_on == date(2026, 4, 16)


def test_a_line_names_the_row_that_priced_it() -> None:
    rules = timeline(ruleset(plan(fee=None, beyond=BILL_RATE)))
    urgent = (work("a", at(date(2026, 3, 10)), 720, priority="high"),)
    [over, covered] = sorted(to_json(draft(facts(contract(START), urgent), rules))["lines"], key=lambda x: x["covered"])  # type: ignore[call-overload]  # JSON is any shape
    assert (covered["table"], covered["row"]) == ("Hourly", "H1")
    assert (over["table"], over["row"], over["file"], over["line"]) == ("Hourly", "H1", "all.rules", 1)


def test_an_explanation_walks_from_the_minutes_to_the_amount() -> None:
    rules = timeline(ruleset(plan(fee=None, allowance=60, carry=None, beyond=BILL_RATE), rounds=True))
    known = facts(contract(START, discounts=(Discount(Fraction(1, 20)),)), (work("a", at(date(2026, 3, 10)), 95),))
    [line] = draft(known, rules).lines
    explanation = explain(line, ruleset="Fixture@1", currency=EUR)
    assert [step.kind for step in explanation.steps] == [
        StepKind.VERSION, StepKind.TIME, StepKind.ROUNDING, StepKind.COVERED, StepKind.RATE, StepKind.AMOUNT,
        StepKind.DISCOUNT, StepKind.TAX,
    ]  # fmt: skip
    words = sentences(explanation)
    assert "The allowance covers 60 of 105 min; 45 min are beyond it." in words[3]
    assert "Hourly / H9, all.rules:1" in words[4]
    assert words[5].startswith("45 min at 100.00 EUR/h: 45 / 60 x 100.00 = 75.00 EUR.")


@pytest.mark.parametrize(
    ("value", "text"), [("95", "95.00"), ("1/3", "0.333333"), ("12.345", "12.345"), ("-1/2", "-0.50")]
)
def test_rates_are_written_with_the_decimals_they_have(value: str, text: str) -> None:
    assert decimal(Fraction(value), 2) == text


def test_x08_taxes_may_be_rounded_down() -> None:
    prices = plan(fee=None, allowance=None, carry=None, beyond=hourly("79.17"))
    down = replace(
        VAT, rounding=Rounding.DOWN, rows=(replace(VAT.rows[0], rate=Literal(Unit.NUMBER, Fraction(1, 10))),)
    )
    known = facts(contract(START), (work("a", at(date(2026, 3, 10)), 60),))
    assert draft(known, timeline(ruleset(prices, taxes=down))).tax == 791
    assert draft(known, timeline(ruleset(prices, taxes=replace(down, rounding=None)))).tax == 792


def test_a_price_beyond_the_allowance_is_explained_beside_the_usual_one() -> None:
    ninety = Operation("*", BILL_RATE, Literal(Unit.NUMBER, Fraction(9, 10)))
    rules = timeline(ruleset(plan(fee=None, allowance=None, carry=None, beyond=ninety)))
    [line] = draft(facts(contract(START), three_hours(minutes=60)), rules).lines
    words = sentences(explain(line, ruleset="Fixture@1", currency=EUR))
    assert words[2] == "An hour costs 100.00 EUR. [Hourly / H9, all.rules:1]"
    assert words[3] == "Beyond its allowance the plan's price of an hour is 90.00 EUR. [plans / Care, all.rules:1]"
