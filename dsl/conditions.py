"""Conditions: a cell of a column, read by the column's type, becomes the engine's condition.

Equal cells of a column are read once. The first thing wrong with a cell is the one that is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from dsl.amounts import Quantity, read_amount, read_day
from dsl.cells import parse_listed
from dsl.currencies import shown_price
from dsl.diagnostics import Problem
from dsl.slips import meant, of_conditions
from dsl.suggest import elsewhere, listed, nearest
from dsl.syntax import Between, Compared, Item, Listed, Missing, One, Word
from dsl.units import said
from engine.currencies import ConditionByCurrency
from engine.formulas import Unit
from engine.model import ANY, Condition, Input, InputType, Span
from engine.money import Currency
from engine.names import fold
from engine.tiers import OVERAGE

Bound = Fraction | date

_UNITS = {
    InputType.NUMBER: Unit.NUMBER,
    InputType.DURATION: Unit.DURATION,
    InputType.MONEY: Unit.MONEY,
    InputType.REQUESTS: Unit.REQUESTS,
}
_CURLY = "“”„‟«»"
"""Quotes of word processors, which would be part of a text."""
_LIKE = {
    InputType.NUMBER: "`>= 10`, `10..20`, `150%`",
    InputType.DURATION: "`>= 4 h`, `1 h..4 h`, `90 min`",
    InputType.MONEY: "`>= $100.00`, `$100.00..$200.00`",
    InputType.DATE: "`2026-07-01..`, `2026-07-01..2026-07-31`",
    InputType.REQUESTS: "`..10 requests`, `10 requests..`",
}


@dataclass(frozen=True, slots=True)
class Group:
    """A name for several values of an input: its members, and how these are spelled."""

    label: str
    members: Condition
    spellings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """What conditions may name.

    Attributes:
        inputs: All inputs of the ruleset by folded name, for suggestions.
        constants: Folded names of constants to their values; None where one is wrong, which was reported
            there; a problem where conditions cannot compare with it.
        groups: By folded input and folded name; None for one that is wrong, which was reported there.
        all_groups: Whether every group could be read, so that a name that is none of them is an unknown value.
        every_currency: A condition on money must be said in each of the ruleset's currencies.
    """

    inputs: Mapping[str, Input]
    currencies: tuple[Currency, ...]
    constants: Mapping[str, Quantity | Problem | None]
    groups: Mapping[str, Mapping[str, Group | None]] = field(default_factory=dict)
    all_groups: bool = True
    every_currency: bool = True


class _StopError(Exception):
    def __init__(self, problem: Problem | None) -> None:
        super().__init__()
        self.problem = problem


def read_condition(text: str, of: Input, columns: Columns) -> Condition | Problem | None:
    """Read one cell of the column `of`; None where it names a constant whose fault was reported already."""
    found = _read(text, of, columns)
    if not isinstance(found, Problem):
        return found
    rewritings = of_conditions(_UNITS.get(of.type), columns.currencies, days=of.type is InputType.DATE)
    return meant(found, text, lambda other: _read(other, of, columns), rewritings)


def _read(text: str, of: Input, columns: Columns) -> Condition | Problem | None:
    tree = parse_listed("ordered" if of.type.is_ordered else "condition", text)
    if isinstance(tree, Problem):
        return tree
    if not tree.items:
        return ANY
    try:
        reading = _Reading(of, columns, text)
        if of.type is InputType.MONEY and len(columns.currencies) > 1:
            return _by_currency(tree, reading)
        return reading.condition(tree)
    except _StopError as stop:
        return stop.problem


def _by_currency(tree: Listed, reading: _Reading) -> Condition:
    """A condition on money that is said in several currencies: of each, the items that are said in it."""
    amounts = [(item, reading.codes(item)) for item in tree.items if not isinstance(item, Missing)]
    if not amounts:
        return reading.condition(tree)
    said = {
        one.code: [item for item, codes in amounts if one.code in codes] for one in reading.columns.currencies
    }  # fmt: skip
    _agree(said, reading)
    missing = tuple(item for item in tree.items if isinstance(item, Missing))
    return ConditionByCurrency(
        by_currency=tuple(
            (code, replace(reading, currency=code).condition(Listed((*items, *missing), tree.negated)))
            for code, items in said.items()
            if items
        )
    )


def _agree(said: Mapping[str, Sequence[Item]], reading: _Reading) -> None:
    """Each currency is said, and says the same but for its amounts."""
    first, items = next((code, items) for code, items in said.items() if items)
    shapes = [_shape(item) for item in items]
    lacking = [code for code, those in said.items() if not those]
    whole = (0, len(reading.text))
    if lacking and reading.columns.every_currency:
        more = ", ".join(shape.replace("#", _blank(code)) for code in lacking for shape in shapes)
        mend = f"add it behind a comma, with an amount of its own: `{reading.text}, {more}`"
        message = f"this condition is not said in {' and '.join(lacking)}"
        raise _StopError(Problem("missing-currency", message, whole, help=(mend,)))
    for code, those in said.items():
        if those and len(those) != len(items):
            message = f"this is said {_times(len(items))} in {first}, and {_times(len(those))} in {code}"
            mend = "say as many in each currency, in the same order"
            raise _StopError(Problem("duplicate-name", message, whole, help=(mend,)))
        for item, shape, wanted in zip(those, map(_shape, those), shapes, strict=False):
            if shape != wanted:
                message = f"this is another condition than the one in {first}: currencies differ in their amounts only"
                mend = f"write it like `{wanted.replace('#', _blank(code))}`"
                raise _fail("wrong-type", message, _where(item), mend)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _shape(item: Item) -> str:
    """How an item reads, with `#` for each amount."""
    match item:
        case Compared(op=op):
            return f"{op} #"
        case Between(low=low, high=high):
            return f"{'#' if low else ''}..{'#' if high else ''}"
        case _:
            return "#"


def _blank(code: str) -> str:
    return shown_price(code, "\N{HORIZONTAL ELLIPSIS}")


def _where(item: Item) -> Word | Missing | Between:
    return item.word if isinstance(item, One | Compared) else item


def constants_named(text: str, of: Input, columns: Columns) -> frozenset[str]:
    """Folded names of the constants that a cell names: a contract cannot override these."""
    if not of.type.is_ordered or not columns.constants:
        return frozenset()
    return frozenset({fold(word) for word in words_of(text, of)} & columns.constants.keys())


def words_of(text: str, of: Input) -> tuple[str, ...]:
    """The values and bounds that a cell names, as written; none where it cannot be read."""
    tree = parse_listed("ordered" if of.type.is_ordered else "condition", text)
    if isinstance(tree, Problem):
        return ()
    return tuple(word.text for item in tree.items for word in _words(item))


def spellings_of(text: str, of: Input, columns: Columns) -> dict[str, str]:
    """The values that a cell names, by their folded form as they are written; of a group, those of its members."""
    groups = columns.groups.get(of.name, {})
    found: dict[str, str] = {}
    for word in words_of(text, of):
        group = groups.get(fold(word))
        found.update(group.spellings if group is not None else {fold(word): word})
    return found


def _words(item: Item) -> tuple[Word, ...]:
    match item:
        case One(word=word) | Compared(word=word):
            return (word,)
        case Between(low=low, high=high):
            return tuple(word for word in (low, high) if word is not None)
        case Missing():
            return ()


def _fail(code: str, message: str, word: Word | Missing | Between, *mends: str, label: str = "") -> _StopError:
    return _StopError(Problem(code, message, word.at, label, mends))


@dataclass(frozen=True, slots=True)
class _Reading:
    of: Input
    columns: Columns
    text: str
    currency: str = ""
    """Whose amounts are read, where a cell says them in several currencies."""

    def codes(self, item: Item) -> frozenset[str]:
        """The currencies that the amounts of an item are said in; a constant is said in all."""
        if isinstance(item, One) and item.prefix:
            self._prefix(item.word)
        found = [frozenset(code for code, _ in self._amount(word).said()) for word in _words(item)]
        codes = frozenset[str].intersection(*found)
        if not codes:
            raise _fail("wrong-unit", "both ends of a span are in one currency", _where(item), "`$10.00..$50.00`")
        return codes

    def condition(self, tree: Listed) -> Condition:
        values: set[str | bool | Fraction | date] = set()
        prefixes: list[str] = []
        spans: list[Span] = []
        missing = False
        for item in tree.items:
            match item:
                case Missing():
                    missing = self._missing(item)
                case One(prefix=True):
                    prefixes.append(self._prefix(item.word))
                case One(word=word) if fold(word.text) in self._groups:
                    members = self._members(word)
                    values |= members.values
                    prefixes += members.prefixes
                case One():
                    values.add(self._value(item.word))
                case Compared() | Between():
                    if self.of.type.is_ordered:
                        spans.append(self._span(item))
                    else:
                        values.update(self._choices(item))
        if tree.negated and missing and len(tree.items) > 1:
            message = "`not` with `none` beside values is not clear: `not X` never fits a missing value"
            raise _StopError(Problem("syntax", message, (0, len(self.text)), help=("leave `none` out",)))
        if tree.negated:
            missing = False
        return Condition(frozenset(values), tuple(prefixes), tuple(spans), missing, tree.negated)

    @property
    def _groups(self) -> Mapping[str, Group | None]:
        return self.columns.groups.get(self.of.name, {})

    def _members(self, word: Word) -> Condition:
        group = self._groups[fold(word.text)]
        if group is None:
            raise _StopError(None)
        return group.members

    def _missing(self, item: Missing) -> bool:
        if not self.of.may_be_missing:
            message = f"`{self.of.label}` is never missing"
            mend = (
                "write `-`: every value fits"
                if self.of.type is not InputType.CHOICE
                else f'declare `none` among the values of `{self.of.label}` in `inputs`, or quote it: `"none"`'
            )
            raise _fail("unknown-value", message, item, mend)
        return True

    def _prefix(self, word: Word) -> str:
        if self.of.type is not InputType.TEXT:
            mend = (
                f"list the values: {listed(self.of.spellings.values())}"
                if self.of.spellings
                else "write the whole value"
            )
            raise _fail(
                "wrong-type",
                f"`*` stands only in columns of text, and `{self.of.label}` is {self.of.type.value}",
                word,
                mend,
            )
        return fold(word.text)

    def _value(self, word: Word) -> str | bool | Fraction | date:
        match self.of.type:
            case InputType.TEXT:
                return self._text(word)
            case InputType.CHOICE:
                return self._choice(word)
            case InputType.YES_NO:
                if fold(word.text) not in ("yes", "no"):
                    raise _fail(
                        "wrong-type", f"`{self.of.label}` is yes or no, not `{word.text}`", word, "`yes`, `no` or `-`"
                    )
                return fold(word.text) == "yes"
            case _:
                return self._bound(word)

    def _text(self, word: Word) -> str:
        if not word.quoted and word.text[:1] in _CURLY and word.text[-1:] in _CURLY:
            raise _fail("syntax", f"`{word.text[0]}` is no quote here", word, f'`"{word.text[1:-1]}"`')
        return fold(word.text)

    def _choice(self, word: Word) -> str:
        of, value = self.of, fold(word.text)
        if value in of.spellings:
            return value
        if value in self._groups:
            message = f"`{word.text}` is a group: it has no place in the order of `{of.label}`"
            raise _fail("wrong-type", message, word, "write the group alone, or compare with one of its values")
        if not self.columns.all_groups:
            raise _StopError(None)
        first, _, rest = word.text.partition(" ")
        if sorted(fold(first)) == ["n", "o", "t"] and fold(rest) in of.spellings:
            message = f"there is no {of.label} called `{word.text}`"
            raise _fail("unknown-value", message, word, label=f"did you mean `not {rest.strip()}`?")
        groups = [group.label for group in self._groups.values() if group is not None]
        near = nearest(word.text, [*of.spellings.values(), *groups])
        label = f"did you mean `{near}`?" if near else self._elsewhere(value)
        mends: list[str] = []
        if not near:
            known = listed(of.spellings.values())
            mends.append(f"the values of `{of.label}` are {known}" if known else f"`{of.label}` has no values yet")
        raise _fail("unknown-value", f"there is no {of.label} called `{word.text}`", word, *mends, label=label)

    def _elsewhere(self, value: str) -> str:
        """A label that names the column that a value, or a group, belongs to."""
        for name, groups in self.columns.groups.items():
            if name != self.of.name and value in groups and name in self.columns.inputs:
                return f"this is a group of `{self.columns.inputs[name].label}`: shifted cell?"
        return elsewhere(value, self.columns.inputs, but=self.of.name)

    def _choices(self, item: Compared | Between) -> frozenset[str]:
        """The values of a span or comparison of an ordered choice; spans include both ends."""
        of = self.of
        if of.type is not InputType.CHOICE or not of.ordered:
            at: Word | Between = item.word if isinstance(item, Compared) else item
            if of.type is InputType.CHOICE:
                order = " < ".join(list(of.spellings.values())[:4])
                mend = f"declare an order in `inputs`: `{order}`; or list the values"
            else:
                mend = "list the values: `A, B`; a value that holds `..` stands in quotes"
            raise _fail("wrong-type", f"`{of.label}` has no order", at, mend)
        if isinstance(item, Compared):
            place = of.values.index(self._choice(item.word))
            return frozenset(v for i, v in enumerate(of.values) if _COMPARE[item.op](i, place))
        low = of.values.index(self._choice(item.low)) if item.low else 0
        high = of.values.index(self._choice(item.high)) if item.high else len(of.values) - 1
        if low > high:
            raise _fail(
                "wrong-type",
                f"this span is empty: `{of.spellings[of.values[low]]}` comes after `{of.spellings[of.values[high]]}`",
                item,
                "turn its ends round",
            )
        return frozenset(of.values[low : high + 1])

    def _span(self, item: Compared | Between) -> Span:
        """A span of amounts or days; days include both ends, amounts only the start, and tiers only the end."""
        if isinstance(item, Compared):
            bound = self._bound(item.word)
            match item.op:
                case ">=":
                    return Span(bound, None)
                case ">":
                    return Span(bound, None, low_counts=False)
                case "<":
                    return Span(None, bound)
                case "<=":
                    return Span(None, bound, high_counts=True)
                case "=":
                    return Span(bound, bound, high_counts=True)
            raise _fail("syntax", f"`{item.op}` does not stand in a condition", item.word, f"`not {item.word.text}`")
        low = self._bound(item.low) if item.low else None
        high = self._bound(item.high) if item.high else None
        is_tier = self.of.name == OVERAGE
        ends_count = self.of.type is InputType.DATE
        if low is not None and high is not None and (low > high or (low == high and not ends_count)):  # type: ignore[operator]  # of one type
            held = "its end, and not its start" if is_tier else "its start, and not its end"
            message = f"this span is empty: it includes {held}" if low == high else "this span ends before it starts"
            raise _fail("wrong-type", message, item, "turn its ends round, or write one value")
        return Span(low, high, low_counts=not is_tier, high_counts=ends_count or is_tier)

    def _bound(self, word: Word) -> Bound:
        of = self.of
        if of.type is InputType.DATE:
            day = read_day(word.text)
            if isinstance(day, Problem):
                raise _StopError(_moved(day, word))
            return day
        found = self._amount(word)
        return dict(found.said()).get(self.currency, found.value)

    def _amount(self, word: Word) -> Quantity:
        found = self._quantity(word)
        wanted = _UNITS[self.of.type]
        if found.unit is not wanted:
            message = f"`{self.of.label}` is {said(wanted)}, and this is {said(found.unit)}"
            raise _fail("wrong-unit", message, word, f"write it like {_LIKE[self.of.type]}")
        return found

    def _quantity(self, word: Word) -> Quantity:
        constants = self.columns.constants
        if fold(word.text) in constants:
            value = constants[fold(word.text)]
            if isinstance(value, Problem):
                raise _StopError(replace(value, at=word.at))
            if value is None:
                raise _StopError(None)
            return value
        found = read_amount(word.text, self.columns.currencies)
        if not isinstance(found, Problem):
            return found
        if word.text[:1].isalpha():
            near = nearest(word.text, constants)
            label = (
                f"did you mean `{near}`?" if near else elsewhere(fold(word.text), self.columns.inputs, but=self.of.name)
            )
            raise _fail(
                "unknown-name",
                f"there is no constant called `{word.text}`",
                word,
                f"a cell of `{self.of.label}` is like {_LIKE[self.of.type]}",
                label=label,
            )
        raise _StopError(_moved(found, word) if self.columns.currencies else None)


_COMPARE: Mapping[str, Callable[[int, int], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}


def _moved(problem: Problem, word: Word) -> Problem:
    start = word.at[0] + problem.at[0]
    return Problem(problem.code, problem.message, (start, word.at[0] + problem.at[1]), problem.label, problem.help)
