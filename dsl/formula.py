"""The units of formulas. A tree whose names are known and whose units agree becomes the engine's formula.

Hours and prices of an hour meet here: the engine counts minutes, so a price of an hour times a duration is lowered to
the product over 60, and its reverse likewise. Sizes are bounded by counting digits, before anything is evaluated.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from dsl.amounts import Quantity, read_amount
from dsl.cells import MAX_DEPTH, parse_formula
from dsl.currencies import shown_price
from dsl.diagnostics import Problem
from dsl.folding import folded
from dsl.slips import meant, of_formulas
from dsl.suggest import did_you_mean, listed, nearest
from dsl.syntax import Amount, At, Binary, FormulaTree, FunctionCall, Member, Name, PriceList
from dsl.units import OVERRIDE, Scope, Typed, example_of, said
from engine.formulas import (
    NOTHING,
    Call,
    Comparison,
    ConstantName,
    Formula,
    HookName,
    InputName,
    Literal,
    Operation,
    OutcomeName,
    Prices,
    Unit,
)
from engine.hooks import HOOK_BY_NAME
from engine.model import Input, InputType
from engine.names import fold

MAX_DIGITS = 300
"""Digits that a formula's exact value may come to; far beyond any price, far below what would slow a run."""

_COUNTING = {InputType.NUMBER: Unit.NUMBER, InputType.DURATION: Unit.DURATION, InputType.MONEY: Unit.MONEY}
_ARGUMENTS = {"if": 3, "round": 2, "round up": 2}
_INPUT_DIGITS = 24
_PIECES = {Unit.HOURLY: (Unit.DURATION, 60), Unit.PER_REQUEST: (Unit.REQUESTS, 1)}
"""Price of a piece -> what it is multiplied with, and how many of that make one piece."""


_COUNTED = {Unit.DURATION: ("h", "min"), Unit.REQUESTS: ("requests",), Unit.CYCLES: ("cycles",)}
"""What a bare number may have been meant to count."""


class _StopError(Exception):
    """Ends the reading of a formula at its first problem; None where that was reported elsewhere."""

    def __init__(self, problem: Problem | None) -> None:
        super().__init__()
        self.problem = problem


def read_formula(text: str, scope: Scope, *, units: Collection[Unit] = ()) -> Typed | Problem | None:
    """Read a formula and see that its units agree.

    Args:
        text: The cell; `-` is no value.
        scope: What its names may mean.
        units: What it may count; empty where anything will do. Decides whether words such as `yes` are values.

    Returns:
        The formula; or what is wrong with it; or None where it names something whose fault was reported already.
    """
    found = _read(text, scope, units)
    if not isinstance(found, Problem):
        return found
    return meant(found, text, lambda other: _read(other, scope, units), of_formulas(tuple(units), scope.currencies))


def _read(text: str, scope: Scope, units: Collection[Unit]) -> Typed | Problem | None:
    if text == "-":
        return Typed(NOTHING, None)
    words = Unit.YES_NO in units
    if words and fold(text) in ("yes", "no"):
        return Typed(Literal(Unit.YES_NO, fold(text) == "yes"), Unit.YES_NO)
    tree = parse_formula(text)
    if isinstance(tree, Problem):
        return tree
    try:
        typed = _Reading(scope, text).read(tree)
    except _StopError as stop:
        if stop.problem is not None and words and isinstance(tree, Name):
            return Problem("unknown-value", f"`{text}` is neither yes nor no", tree.at, help=("`yes`, `no` or `-`",))
        return stop.problem
    if units and typed.unit is not None and typed.unit not in units:
        wanted = " or ".join(said(unit) for unit in units)
        mends = [example_of(unit, scope.currencies) for unit in units]
        if typed.unit is Unit.NUMBER and text.isdigit():
            mends = [f"write `{text} {word}`" for unit in units for word in _COUNTED.get(unit, ())] or mends
        return Problem(
            "wrong-unit", f"this is {said(typed.unit)}, where {wanted} is wanted", tree.at, help=tuple(mends)
        )
    return _bounded(typed, tree.at) or _below_zero(typed, text, scope) or typed


def _bounded(typed: Typed, at: At) -> Problem | None:
    if typed.depth > MAX_DEPTH:
        message = f"with all that it names, this formula is nested more than {MAX_DEPTH} deep"
        return Problem("too-large", message, at, help=("name less in it",))
    if typed.numerator + typed.denominator > MAX_DIGITS:
        message = f"the exact value of this formula may come to more than {MAX_DIGITS} digits"
        return Problem("too-large", message, at, help=("round a part of it: `round(a * b, $0.01)`",))
    return None


def _below_zero(typed: Typed, text: str, scope: Scope) -> Problem | None:
    """What rests on written amounts alone is divided by zero, or comes to less than nothing, in no currency."""

    def named(name: str) -> Formula | None:
        constant = scope.constants.get(name)
        return constant.formula if constant is not None else None

    if "-" not in text and "/" not in text:
        return None
    at = (0, len(text))
    for code in [one.code for one in scope.currencies] if typed.unit is not None and typed.unit.is_money else [None]:
        try:
            value = folded(typed.formula, named, currency=code)
        except ZeroDivisionError:
            return Problem("wrong-type", "this divides by zero", at, help=("divide by another number",))
        if value is not None and value < 0:
            message = "this comes to less than nothing" + (f" in {code}" if code else "")
            return Problem("wrong-type", message, at, help=("nothing that is charged is below zero: turn it round",))
    return None


def _fail(code: str, message: str, at: At, *mends: str, label: str = "") -> _StopError:
    return _StopError(Problem(code, message, at, label, mends))


@dataclass(frozen=True, slots=True)
class _Reading:
    """One formula's reading."""

    scope: Scope
    text: str

    def read(self, tree: FormulaTree) -> Typed:
        match tree:
            case Amount():
                return self._amount(tree)
            case PriceList():
                self._refuse_decimal_comma(tree)
                return self._prices([self._quantity(amount) for amount in tree.amounts], tree.at)
            case Name():
                return self._name(tree)
            case Member():
                return self._member(tree)
            case Binary(op=op) if op in "+-":
                return self._sum(tree)
            case Binary(op="*"):
                return self._product(tree)
            case Binary(op="/"):
                return self._quotient(tree)
            case Binary():
                raise _fail(
                    "syntax", "a comparison stands only in `if`", tree.at, "`if(hours > 4 h, expert, standard)`"
                )
            case FunctionCall():
                return self._call(tree)

    # amounts

    def _quantity(self, amount: Amount) -> Quantity:
        found = read_amount(amount.text, self.scope.currencies)
        if isinstance(found, Problem) and found.code == "wrong-unit" and not self.scope.currencies:
            raise _StopError(None)  # the ruleset's currencies are not known, which was reported
        if isinstance(found, Problem):
            raise _StopError(Problem(found.code, found.message, amount.at, found.label, found.help))
        return found

    def _amount(self, amount: Amount) -> Typed:
        quantity = self._quantity(amount)
        if quantity.unit.is_money:
            return self._prices([quantity], amount.at)
        value = quantity.value
        return Typed(
            Literal(quantity.unit, value),
            quantity.unit,
            numerator=_digits(value.numerator),
            denominator=_digits(value.denominator),
        )

    def _refuse_decimal_comma(self, tree: PriceList) -> None:
        for one, after in pairwise(tree.amounts):
            if after.at[0] == one.at[1] + 1 and after.text[0].isdigit():
                at = (one.at[0], after.at[1])
                written = self.text[at[0] : at[1]]
                mend = "decimals stand after a point, thousands in groups of three: `1,800.00`"
                raise _fail("syntax", f"`{written}` is no number", at, mend)

    def _prices(self, quantities: list[Quantity], at: At) -> Typed:
        units = {quantity.unit for quantity in quantities}
        if len(units) > 1 or not quantities[0].unit.is_money:
            raise _fail(
                "wrong-unit", "a list of prices says the same price in each currency", at, "`$95.00/h, 88.00 EUR/h`"
            )
        codes = [quantity.currency or "" for quantity in quantities]
        twice = next((code for code in codes if codes.count(code) > 1), None)
        if twice is not None:
            raise _fail("duplicate-name", f"this price is said twice in {twice}", at, "leave one of the two")
        lacking = [one.code for one in self.scope.currencies if one.code not in codes]
        if lacking and self.scope.every_currency:
            unit = quantities[0].unit
            suffix = {Unit.HOURLY: "/h", Unit.PER_REQUEST: "/request"}.get(unit, "")
            more = ", ".join(shown_price(code, "\N{HORIZONTAL ELLIPSIS}", suffix) for code in lacking)
            mend = f"add it behind a comma, with an amount of its own: `{self.text[at[0] : at[1]]}, {more}`"
            raise _fail("missing-currency", f"this price is not said in {' and '.join(lacking)}", at, mend)
        top = max(_digits(quantity.value.numerator) for quantity in quantities)
        low = max(_digits(quantity.value.denominator) for quantity in quantities)
        prices = Prices(quantities[0].unit, tuple(sorted((q.currency or "", q.value) for q in quantities)))
        return Typed(prices, quantities[0].unit, numerator=top, denominator=low)

    # names

    def _name(self, name: Name) -> Typed:
        scope, folded = self.scope, fold(name.text)
        for known in (scope.constants, scope.hooks):
            if folded in known:
                found = known[folded]
                if found is None:
                    raise _StopError(None)
                return Typed(
                    ConstantName(folded, found.by_day) if known is scope.constants else HookName(folded),
                    found.unit,
                    found.level,
                    found.deepest,
                    found.depth + 1,
                    found.numerator,
                    found.denominator,
                    found.inputs,
                    by_day=found.by_day,
                )
        if folded in scope.inputs:
            return self._input(scope.inputs[folded], name.at)
        if folded in scope.unread or scope.unsure & {"constants", "inputs"}:
            raise _StopError(None)
        raise self._unknown(name)

    def _input(self, of: Input, at: At) -> Typed:
        unit = _COUNTING.get(of.type)
        if unit is None:
            raise _fail(
                "wrong-type",
                f"`{of.label}` is {of.type.value}, and does not count; tables choose, formulas count",
                at,
                f"make a table with a column `{of.label}`, and name its outcome here: `Table.outcome`",
            )
        return Typed(InputName(of.name), unit, of.level, of.label, 1, _INPUT_DIGITS, _INPUT_DIGITS, inputs=True)

    def _member(self, member: Member) -> Typed:
        table, outcome = fold(member.table.text), fold(member.outcome.text)
        outcomes = self.scope.outcomes
        if table not in outcomes and "table" in self.scope.unsure:
            raise _StopError(None)
        if table not in outcomes:
            if not outcomes:
                raise _fail(
                    "wrong-level",
                    f"{self.scope.place} is the same everywhere and looks at no table",
                    member.at,
                    "name the table in `pricing`, or in another table",
                )
            labels = [self.scope.labels.get(name, name) for name in outcomes]
            raise _fail(
                "unknown-name",
                f"there is no table called `{member.table.text}`",
                member.table.at,
                f"the tables are {listed(labels)}",
                label=did_you_mean(member.table.text, labels),
            )
        columns = outcomes[table]
        if columns is None:
            raise _StopError(None)
        if outcome not in columns:
            message = f"the table `{member.table.text}` has no outcome called `{member.outcome.text}`"
            raise _fail(
                "unknown-name",
                message,
                member.outcome.at,
                f"its outcomes are {listed(columns)}",
                label=did_you_mean(member.outcome.text, columns),
            )
        found = columns[outcome]
        if found is None:
            raise _StopError(None)
        return Typed(
            OutcomeName(table, outcome),
            found.unit,
            found.level,
            found.deepest,
            found.depth + 1,
            found.numerator,
            found.denominator,
            found.inputs,
            found.words,
        )

    def _unknown(self, name: Name) -> _StopError:
        scope, text = self.scope, name.text
        counting = [of.label for of in scope.inputs.values() if of.type in _COUNTING]
        names = [*(scope.labels.get(c, c) for c in scope.constants), *counting, *scope.hooks]
        message = f"there is no constant, input or hook called `{text}`"
        if "-" in text:
            left, right = (part.strip() for part in text.split("-", 1))
            if fold(left) in {fold(n) for n in names}:
                return _fail(
                    "unknown-name", message, name.at, f"`{left} - {right}`", label="a minus has blanks around it"
                )
        if fold(text) in HOOK_BY_NAME and not scope.hooks:
            return _fail("unknown-name", message, name.at, f"`{text}` is a hook: only `beyond` of a plan can name it")
        near = nearest(text, names)
        if fold(text) in scope.outcomes:
            outcomes = scope.outcomes[fold(text)] or ("outcome",)
            return _fail("unknown-name", f"`{text}` is a table", name.at, *(f"`{text}.{one}`" for one in outcomes))
        mends = []
        if near is None:
            mends += ["declare it in `constants`"] if scope.place != OVERRIDE else []
            mends += [f"known here: {listed(names)}"] if names else []
        return _fail("unknown-name", message, name.at, *mends, label=f"did you mean `{near}`?" if near else "")

    # operations

    def _sum(self, tree: Binary) -> Typed:
        left, right = self.read(tree.left), self.read(tree.right)
        unit = self._like(left, right, tree.at, f"`{tree.op}` wants like units")
        top = max(left.numerator + right.denominator, right.numerator + left.denominator) + 1
        return _joined(
            Operation(tree.op, left.formula, right.formula),
            unit,
            (left, right),
            top,
            left.denominator + right.denominator,
        )

    def _product(self, tree: Binary) -> Typed:
        left, right = self.read(tree.left), self.read(tree.right)
        formula: Formula = Operation("*", left.formula, right.formula)
        top, low = left.numerator + right.numerator, left.denominator + right.denominator
        if left.unit is None or right.unit is None:
            return _joined(formula, None, (left, right), top, low)
        if Unit.NUMBER in (left.unit, right.unit) and _counts(left.unit) and _counts(right.unit):
            unit = right.unit if left.unit is Unit.NUMBER else left.unit
            return _joined(formula, unit, (left, right), top, low)
        for price, pieces in ((left, right), (right, left)):
            if price.unit in _PIECES and pieces.unit is _PIECES[price.unit][0]:
                return _joined(_scaled(formula, "/", _PIECES[price.unit][1]), Unit.MONEY, (left, right), top, low + 2)
        message = f"{said(left.unit)} times {said(right.unit)} is nothing that is charged"
        raise _fail("wrong-unit", message, tree.at, "one of the two is a number or a percent: `standard * 150%`")

    def _quotient(self, tree: Binary) -> Typed:
        left, right = self.read(tree.left), self.read(tree.right)
        if right.inputs:
            raise _fail(
                "wrong-type",
                "a divisor does not name an input, which may be zero",
                tree.right.at,
                "divide by a number or a constant",
            )
        if isinstance(right.formula, Literal | Prices) and _is_zero(right.formula):
            raise _fail("wrong-type", "this divides by zero", tree.right.at, "divide by another number")
        formula: Formula = Operation("/", left.formula, right.formula)
        top, low = left.numerator + right.denominator, left.denominator + right.numerator
        if left.unit is None or right.unit is None:
            return _joined(formula, None, (left, right), top, low)
        if right.unit is Unit.NUMBER and _counts(left.unit):
            return _joined(formula, left.unit, (left, right), top, low)
        if left.unit is right.unit and _counts(left.unit):
            return _joined(formula, Unit.NUMBER, (left, right), top, low)
        if left.unit is Unit.MONEY:
            for price, (pieces, count) in _PIECES.items():
                if right.unit in (price, pieces):
                    unit = pieces if right.unit is price else price
                    return _joined(_scaled(formula, "*", count), unit, (left, right), top + 2, low)
        message = f"{said(left.unit)} cannot be divided by {said(right.unit)}"
        raise _fail("wrong-unit", message, tree.at, "divide by a number, or like by like")

    def _call(self, tree: FunctionCall) -> Typed:
        name, given = tree.function, tree.arguments
        wanted = _ARGUMENTS.get(name)
        if len(given) < 2 or (wanted is not None and len(given) != wanted):
            count = "two or more" if wanted is None else str(wanted)
            raise _fail(
                "syntax",
                f"`{name}` has {count} arguments, not {len(given)}",
                tree.at,
                "arguments stand between commas with a blank behind: `min(a, b)`",
            )
        if name == "if":
            return self._if(tree)
        arguments = [self.read(argument) for argument in given]
        unit = arguments[0].unit
        for argument in arguments[1:]:
            unit = self._like(arguments[0], argument, tree.at, f"`{name}` wants like units")
        if unit is not None and not _counts(unit):
            raise _fail(
                "wrong-unit", f"`{name}` wants what can be counted, not {said(unit)}", tree.at, "give it amounts"
            )
        top = max(argument.numerator for argument in arguments)
        low = max(argument.denominator for argument in arguments)
        if wanted is not None:
            if arguments[1].inputs:
                raise _fail(
                    "wrong-type",
                    "what is rounded to does not name an input, which may be zero",
                    given[1].at,
                    "round to an amount: `round(a, $0.05)`",
                )
            if isinstance(arguments[1].formula, Literal | Prices) and _is_zero(arguments[1].formula):
                raise _fail(
                    "wrong-type", "nothing can be rounded to multiples of zero", given[1].at, "`round(a, $0.05)`"
                )
            top, low = sum(a.numerator + a.denominator for a in arguments), arguments[1].denominator
        return _joined(Call(name, tuple(a.formula for a in arguments)), unit, tuple(arguments), top, low)

    def _if(self, tree: FunctionCall) -> Typed:
        test, yes_tree, no_tree = tree.arguments
        if not isinstance(test, Binary) or test.op in "+-*/":
            raise _fail("syntax", "`if` begins with a comparison", test.at, "`if(hours > 4 h, expert, standard)`")
        left, right = self.read(test.left), self.read(test.right)
        compared = self._like(left, right, test.at, f"`{test.op}` compares like units")
        if compared is not None and not _counts(compared):
            raise _fail(
                "wrong-unit",
                f"`{test.op}` compares what can be counted, not {said(compared)}",
                test.at,
                "compare amounts",
            )
        yes, no = self.read(yes_tree), self.read(no_tree)
        unit = self._like(yes, no, tree.at, "both results of `if` have like units")
        condition = Comparison(test.op, left.formula, right.formula)
        formula = Call("if", (condition, yes.formula, no.formula))
        return _joined(
            formula,
            unit,
            (left, right, yes, no),
            max(yes.numerator, no.numerator),
            max(yes.denominator, no.denominator),
        )

    def _like(self, left: Typed, right: Typed, at: At, rule: str) -> Unit | None:
        if left.unit is None or right.unit is None:
            return left.unit or right.unit
        if left.unit is not right.unit:
            message = f"{rule}, but this is {said(left.unit)} and {said(right.unit)}"
            raise _fail("wrong-unit", message, at, example_of(left.unit, self.scope.currencies))
        return left.unit


def _joined(formula: Formula, unit: Unit | None, parts: tuple[Typed, ...], numerator: int, denominator: int) -> Typed:
    deepest = max(parts, key=lambda part: part.level)
    depth = 1 + max(part.depth for part in parts)
    return Typed(
        formula,
        unit,
        deepest.level,
        deepest.deepest,
        depth,
        numerator,
        denominator,
        any(p.inputs for p in parts),
        by_day=any(p.by_day for p in parts),
    )


def _scaled(formula: Formula, op: str, count: int) -> Formula:
    return formula if count == 1 else Operation(op, formula, Literal(Unit.NUMBER, Fraction(count)))


def _counts(unit: Unit) -> bool:
    return unit not in (Unit.YES_NO, Unit.TEXT, Unit.DATE)


def _digits(number: int) -> int:
    return len(str(abs(number)))


def _is_zero(formula: Literal | Prices) -> bool:
    if isinstance(formula, Prices):
        return any(amount == 0 for _, amount in formula.by_currency)
    return formula.value == 0
