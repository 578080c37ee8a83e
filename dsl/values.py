"""What comes from outside as text and is read by a ruleset: facts of a worklog, and a contract's overrides and discounts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from dsl.amounts import of_contract, read_amount, read_day
from dsl.diagnostics import Problem
from dsl.folding import folded
from dsl.formula import read_formula
from dsl.inputs import known_inputs
from dsl.suggest import listed, nearest
from dsl.units import OVERRIDE, Scope, Typed, said
from engine.allowances import UNITS_A_MINUTE
from engine.compiler import inputs_in
from engine.facts import AnyDiscount, Discount, DocumentDiscount
from engine.formulas import NOTHING, Formula, Prices, Unit, Value, parts
from engine.hooks import Level
from engine.model import DAY, Constant, Input, InputType, LineKind, Measure, Plan, Ruleset
from engine.names import fold

_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_DISCOUNT = re.compile(r"(?P<figure>[0-9]{1,15}(?:\.[0-9]{1,6})?)\s*(?P<percent>%?)\s*(?P<of>.*?)")
_DOCUMENT = "document"
_TRUE = ("yes", "true", "1")
_FALSE = ("no", "false", "0")
_EXPECTED = {
    InputType.NUMBER: "a number such as 3.5",
    InputType.DURATION: "a duration such as `1 h` or `90 min`",
    InputType.MONEY: "an amount such as 95.00",
    InputType.DATE: "a day such as 2026-07-01",
    InputType.YES_NO: "yes or no",
    InputType.REQUESTS: "requests such as `12 requests`",
}
_COUNTED: Mapping[InputType, Unit] = {
    InputType.NUMBER: Unit.NUMBER,
    InputType.DURATION: Unit.DURATION,
    InputType.MONEY: Unit.MONEY,
    InputType.REQUESTS: Unit.REQUESTS,
}
_UNITS: Mapping[Measure, Mapping[str, Unit]] = {
    Measure.HOURS: {"allowance": Unit.DURATION, "carry over": Unit.DURATION, "beyond": Unit.HOURLY},
    Measure.REQUESTS: {"allowance": Unit.REQUESTS, "carry over": Unit.REQUESTS, "beyond": Unit.PER_REQUEST},
    Measure.FIXED: {},
}
_AMOUNTS = dict.fromkeys(("fee", "at least", "at most"), (Unit.MONEY,))
PLAN_COLUMNS: Mapping[str, tuple[Unit, ...]] = {
    **_AMOUNTS,
    **{
        name: tuple(units[name] for units in _UNITS.values() if name in units)
        for name in ("allowance", "carry over", "beyond")
    },
}
"""The columns of a plan that a contract may override, and what they may count, by one measure or another."""
_HOOKS = {"rate": Unit.HOURLY, "burn": Unit.NUMBER, "per request": Unit.PER_REQUEST}


@dataclass(frozen=True, slots=True)
class BadValue:
    """A text that is no value of its input. `expected` says in words what would be."""

    text: str
    expected: str


def read_value(of: Input, text: str) -> Value | BadValue:
    """Read one fact of an input's type; a blank text is a missing value.

    A choice is folded and not looked up: a value that the ruleset does not know is the engine's to hold.
    """
    text = text.strip()
    if not text:
        return None
    value = _typed(of.type, text)
    return BadValue(text, _EXPECTED[of.type]) if value is None else value


def _typed(type_: InputType, text: str) -> Value:
    match type_:
        case InputType.CHOICE | InputType.TEXT:
            return fold(text)
        case InputType.YES_NO:
            return True if fold(text) in _TRUE else False if fold(text) in _FALSE else None
        case InputType.DATE:
            day = read_day(text)
            return None if isinstance(day, Problem) else day
        case InputType.NUMBER | InputType.MONEY if _NUMBER.fullmatch(text):
            return Fraction(text)
        case _:
            found = read_amount(text, ())
            return None if isinstance(found, Problem) or found.unit is not _COUNTED[type_] else found.value


@dataclass(frozen=True, slots=True)
class Overrides:
    """A contract's own formulas in place of constants and plan columns, by folded name; and what is wrong with others."""

    formulas: tuple[tuple[str, Formula], ...]
    problems: tuple[str, ...] = ()


def read_overrides(
    ruleset: Ruleset, texts: Mapping[str, str], *, plan: str | None = None, currency: str | None = None
) -> Overrides:
    """Read a contract's overrides: `{"standard": "$90.00/h", "fee": "$1,500.00"}`.

    A constant that a condition names cannot be overridden, nor anything that is neither constant nor plan column; the
    unit stays what it was (D4.11).

    Args:
        ruleset: The version that they are read by.
        texts: Name of a constant or plan column, and a formula.
        plan: Folded name of the contract's plan, whose measure says what its columns count.
        currency: Code of the contract's currency; every price is said in it.
    """
    terms = _Terms(ruleset, ruleset.plans.get(plan) if plan is not None else None, currency)
    formulas: dict[str, Formula] = {}
    problems: list[str] = []
    for name, text in texts.items():
        found = _override(terms, fold(name), name.strip(), text.strip())
        if isinstance(found, str):
            problems.append(found)
        elif fold(name) in formulas:
            problems.append(f"`{name.strip()}` is overridden twice")
        else:
            formulas[fold(name)] = found
    crossed = _crossed(terms, formulas)
    if crossed is not None:
        problems.append(crossed)
    return Overrides(tuple(sorted(formulas.items(), key=lambda one: one[0])), tuple(problems))


@dataclass(frozen=True, slots=True)
class _Terms:
    ruleset: Ruleset
    plan: Plan | None
    currency: str | None

    def units(self, name: str) -> tuple[Unit, ...] | None:
        """What a constant or a column of the plan counts; None for any other name."""
        constant = self.ruleset.constants.get(name)
        if constant is not None:
            return (constant.unit,)
        if self.plan is None or name in _AMOUNTS or name not in PLAN_COLUMNS:
            return PLAN_COLUMNS.get(name)
        unit = _UNITS[self.plan.measure].get(name)
        return () if unit is None else (unit,)


def _override(terms: _Terms, name: str, label: str, text: str) -> Formula | str:
    constant = terms.ruleset.constants.get(name)
    if constant is not None and constant.fixed:
        return f"`{label}` cannot be overridden: a condition of the ruleset compares with it"
    units = terms.units(name)
    if units is None:
        return _unknown(terms.ruleset, label)
    if not units:
        return f"`{label}` cannot be overridden: the plan is fixed, and has none"
    if not text:
        return f"the override of `{label}` is empty"
    if (name == "beyond" and fold(text) == "hold") or (name == "carry over" and fold(text) == "all"):
        return f"`{label}` cannot be overridden with `{text}`: give it an amount, or use another plan"
    spread = of_contract(text) if name in ("allowance", "fee") else None
    if name in ("allowance", "fee"):
        wrong = _wrongly_spread(terms, name, text, is_spread=spread is not None)
        if wrong is not None:
            return wrong
    return _formula(terms, name, label, text if spread is None else spread, units)


def _formula(terms: _Terms, name: str, label: str, text: str, units: tuple[Unit, ...]) -> Formula | str:
    """What an override says, its unit and currency checked; or a sentence on why it cannot be."""
    constant = terms.ruleset.constants.get(name)
    found = read_formula(text, _scope(terms, name))
    if not isinstance(found, Typed):
        return _sentence(label, text, found)
    if found.unit is None and (constant is not None or name == "beyond"):
        return f"the override of `{label}` has no value"
    if found.unit is not None and found.unit not in units:
        wanted = " or ".join(said(unit) for unit in units)
        return f"the override of `{label}` is {said(found.unit)}, and `{label}` is {wanted}: `{text}`"
    if terms.currency is not None and not _said_in(found.formula, terms.currency):
        return f"the override of `{label}` is not said in {terms.currency}, the contract's currency: `{text}`"
    return found.formula


def _wrongly_spread(terms: _Terms, name: str, text: str, *, is_spread: bool) -> str | None:
    """Why what is of one cycle cannot stand in place of what is of the whole contract, or the other way round."""
    if terms.plan is None or text == "-":
        return None
    says = "costs" if name == "fee" else "includes"
    if (terms.plan.spreads_fee if name == "fee" else terms.plan.spread) == is_spread:
        return None
    if is_spread:
        return f"the plan `{terms.plan.label}` says what a cycle {says}, not the contract: `{text}`"
    return f"the plan `{terms.plan.label}` says what the whole contract {says}: write `{text}/contract`"


def _crossed(terms: _Terms, formulas: Mapping[str, Formula]) -> str | None:
    """Why the plan's commitment and cap do not go together with these overrides, as far as what is written tells."""
    if terms.plan is None or terms.currency is None:
        return None

    def named(name: str) -> Formula | None:
        constant = terms.ruleset.constants.get(name)
        return formulas.get(name, constant.formula) if constant is not None else None

    bounds = (formulas.get("at least", terms.plan.at_least), formulas.get("at most", terms.plan.at_most))
    least, most = (folded(bound, named, currency=terms.currency) for bound in bounds)
    if least is None or most is None or least <= most:
        return None
    return f"the plan `{terms.plan.label}` would charge at least more than at most"


def _unknown(ruleset: Ruleset, label: str) -> str:
    names = [*(one.label for one in ruleset.constants.values() if not one.fixed), *PLAN_COLUMNS]
    near = nearest(label, names)
    hint = f"; did you mean `{near}`?" if near else f"; a contract may override {listed(names)}"
    return f"there is no constant or plan column called `{label}`{hint}"


def _said_in(formula: Formula, currency: str) -> bool:
    """Whether every price of a formula is said in the currency."""
    return all(currency in dict(part.by_currency) for part in parts(formula) if isinstance(part, Prices))


def _scope(terms: _Terms, name: str) -> Scope:
    """What an override may name: the other constants, and in `beyond` the hooks that a plan's may name."""
    constants = {one.name: _named(one) for one in terms.ruleset.constants.values() if one.name != name}
    hooks = {hook: Typed(NOTHING, unit) for hook, unit in _HOOKS.items() if hook in terms.ruleset.pricing}
    labels = {one.name: one.label for one in terms.ruleset.constants.values()}
    return Scope(
        OVERRIDE,
        terms.ruleset.currencies,
        constants,
        hooks=hooks if name == "beyond" else {},
        every_currency=False,
        labels=labels,
    )


def _named(constant: Constant) -> Typed:
    """A constant as an override knows it."""
    by_day = bool(constant.others) or DAY in inputs_in(constant.formula)
    formula = NOTHING if constant.others else constant.formula
    return Typed(formula, constant.unit, depth=2, numerator=40, denominator=20, by_day=by_day)


def _sentence(label: str, text: str, problem: Problem | None) -> str:
    if problem is None:
        return f"the override of `{label}` cannot be read: `{text}`"
    hint = problem.label or (problem.help[0] if problem.help else "")
    return f"the override of `{label}` cannot be read: {problem.message}: `{text}`" + (f" ({hint})" if hint else "")


def read_units(text: str, measure: Measure) -> Fraction | str:
    """Read allowance as units of a bucket: `12 h` as 1/100 minutes, `5 requests` as requests; or why it is none."""
    found = read_amount(text, ())
    if isinstance(found, Problem):
        return found.message
    if measure is Measure.HOURS and found.unit is Unit.DURATION:
        return found.value * UNITS_A_MINUTE
    if measure is Measure.REQUESTS and found.unit is Unit.REQUESTS:
        return found.value
    like = {
        Measure.HOURS: "counts hours: write it like `12 h`",
        Measure.REQUESTS: "counts requests: write `5 requests`",
    }
    return f"`{text.strip()}` is no allowance of its plan, which {like.get(measure, 'has none')}"


def read_discounts(text: str) -> tuple[AnyDiscount, ...] | str:
    """Read `5%` (off every line), `5% labour; 10% fee`, `5% document; 50.00 document`; a sentence where it cannot be."""
    found: list[AnyDiscount] = []
    for part in text.split(";"):
        if part.strip():
            one = _discount(part.strip())
            if isinstance(one, str):
                return one
            found.append(one)
    wheres = [_where(one) for one in found]
    twice = next((where for at, where in enumerate(wheres) if where in wheres[:at]), None)
    return f"two discounts are off {twice}" if twice is not None else tuple(found)


def _discount(part: str) -> AnyDiscount | str:
    match = _DISCOUNT.fullmatch(part)
    if match is None:
        return (
            "a discount is a percentage, and perhaps a kind of line or `document`: `5%`, `5% labour`, `5% document`;"
            f" or an amount off documents: `50.00 document`; not `{part}`"
        )
    figure, of = Fraction(match["figure"]), fold(match["of"])
    if not figure:
        return f"a discount is more than nothing: `{part}`"
    if not match["percent"]:
        if of == _DOCUMENT:
            return DocumentDiscount(amount=figure)
        return f"an amount is taken off documents as a whole: `{match['figure']} document`; not `{part}`"
    if figure > 100:
        return f"a discount is at most 100%: `{part}`"
    if of == _DOCUMENT:
        return DocumentDiscount(share=figure / 100)
    kinds = {kind.value: kind for kind in LineKind}
    if of and of not in kinds:
        near = nearest(of, (*kinds, _DOCUMENT))
        hint = f"did you mean `{near}`?" if near else f"kinds are {listed((*kinds, _DOCUMENT), at_most=10)}"
        return f"there is no kind of line called `{match['of']}`: {hint}"
    return Discount(figure / 100, kinds.get(of))


def _where(discount: AnyDiscount) -> str:
    if isinstance(discount, DocumentDiscount):
        return "documents, both a percentage" if discount.share else "documents, both an amount"
    return f"lines of the kind `{discount.kind.value}`" if discount.kind is not None else "every line"


@dataclass(frozen=True, slots=True)
class ContractInputs:
    """What the inputs of a contract are, by folded name; and what is wrong with others."""

    values: tuple[tuple[str, Value], ...]
    problems: tuple[str, ...] = ()


def read_contract_inputs(ruleset: Ruleset, texts: Mapping[str, str]) -> ContractInputs:
    """Read what is told of a contract by the inputs that the ruleset declares `of contract`; blanks are missing.

    A choice is not looked up: what the ruleset does not know waits where it is asked, like any other fact.
    """
    known = {name: ruleset.inputs[name] for name in contract_inputs(ruleset)}
    values: dict[str, Value] = {}
    problems: list[str] = []
    for label, text in texts.items():
        of = known.get(fold(label))
        if of is None:
            labels = sorted(one.label for one in known.values())
            near = nearest(label, labels)
            hint = (
                f"did you mean `{near}`?" if near else f"it declares {listed(labels)}" if known else "it declares none"
            )
            problems.append(f"{ruleset.title} has no input `{label.strip()}` of contracts: {hint}")
            continue
        value = read_value(of, text)
        if isinstance(value, BadValue):
            problems.append(f"`{of.label}` of a contract is {value.expected}, not `{text}`")
        elif value is not None:
            values[of.name] = value
    return ContractInputs(tuple(sorted(values.items(), key=lambda one: one[0])), tuple(problems))


def contract_inputs(ruleset: Ruleset) -> frozenset[str]:
    """Folded names of the inputs that the ruleset declares `of contract`, but for those that are known anyway."""
    of_contract = {name for name, of in ruleset.inputs.items() if of.level is Level.CONTRACT}
    return frozenset(of_contract - known_inputs((), {}, {}).keys())
