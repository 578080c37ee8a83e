"""From a cell's text to its tree. Equal cells are parsed once; every failure is one `Problem` inside the cell.

The start symbol is chosen by the column's type: `condition` (words), `ordered` (amounts, days), `choices` (the values
of an input) or `formula`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from dsl.diagnostics import Problem
from dsl.syntax import (
    Amount,
    At,
    Between,
    Binary,
    Choices,
    Compared,
    FormulaTree,
    FunctionCall,
    Item,
    Listed,
    Member,
    Missing,
    Name,
    One,
    PriceList,
    Word,
)
from engine.names import fold

MAX_CELL = 2_000
"""Characters of one cell; no cell that people read is longer."""
MAX_DEPTH = 64
"""How deep a formula, with the constants and tables that it names, may be."""

_KEYWORD = re.compile(r"(?:not|none|otherwise|inherit)(?!\S)|[<>=+]", re.IGNORECASE)
_COMMA = re.compile(r"\s*,\s*")
_SECOND_PRICE = re.compile(r",\s*[^,]*(?:[^\W\d_]{0,4}[$€£¥]\s?[0-9]|[0-9]\s?[A-Z]{3}\b)")
"""What follows a formula as if it were the same price in another currency."""
_NOT = re.compile(r"not\s+", re.IGNORECASE)
_WORD = r"[^\W\d_][\w'&-]*(?: [\w'&-]+)*"
_QUOTED = r'"(?:[^"]|"")*"'
_AMOUNT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[$€£¥]?[0-9]+(?:,[0-9]{3}(?![0-9]))*(?:\.[0-9]+)?(?:%| ?[^\W\d_]+)?"
_NAME = r"[^\W\d_]\w*(?: \w+)*"
_PLAIN_FORMULA = re.compile(rf"({_NAME})(?:\.({_NAME})|(?:\s*([*/+])\s*|\s+(-)\s+)(?=\S))?")


def _plain_item(atoms: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<op><=|>=|<|>|=)?\s*(?:(?P<low>{atoms})(?P<star>\*)?)?(?P<dots>\s*\.\.\s*)?(?P<high>{atoms})?"
    )


_PLAIN_ITEM = {
    "condition": _plain_item(f"{_QUOTED}|{_WORD}"),
    "ordered": _plain_item(f"{_QUOTED}|{_AMOUNT}|{_WORD}"),
}
_GROUP = re.compile(r"(?<=[0-9]),[0-9]{3}(?![0-9])")
"""What the grammar reads on as one number, whatever stands before it."""


@cache
def _grammar() -> Lark:
    text = Path(__file__).with_name("cell.lark").read_text(encoding="utf-8")
    starts = ["condition", "ordered", "choices", "formula"]
    return Lark(text, start=starts, parser="lalr", transformer=_Trees(), maybe_placeholders=False)


@lru_cache(maxsize=65_536)
def parse_listed(start: str, text: str) -> Listed | Problem:
    """Read a cell of conditions, or of names and days: `start` is `condition` or `ordered`."""
    short = _parse_plain(start, text)
    if short is not None:
        return short
    tree = cast("Listed | Problem", _parse(start, text))
    if isinstance(tree, Listed):
        for item in tree.items:
            if isinstance(item, One) and not item.word.quoted and _KEYWORD.match(item.word.text):
                return _quote_it(item.word)
        return tree
    return tree


@lru_cache(maxsize=4_096)
def parse_choices(text: str) -> Choices | Problem:
    """Read the cell `values` of an input that is a choice."""
    tree = cast("Choices | Problem", _parse("choices", text))
    if isinstance(tree, Choices) and tree.mixed:
        message = "these values are half a list and half an order"
        words = [text[word.at[0] : word.at[1]] for word in tree.words]
        mends = tuple(
            f"`{joint.join(words)}`{what}" for joint, what in ((" < ", ", an order"), (", ", ", without one"))
        )
        return Problem("syntax", message, (0, len(text)), help=mends)
    return tree


@lru_cache(maxsize=65_536)
def parse_formula(text: str) -> FormulaTree | Problem:
    """Read a formula or a list of prices."""
    tree = _parse_amounts(text) or _parse_product(text) or cast("FormulaTree | Problem", _parse("formula", text))
    if not isinstance(tree, Problem) and tree.depth > MAX_DEPTH:
        return Problem(
            "too-large",
            f"this formula is nested more than {MAX_DEPTH} deep",
            (0, len(text)),
            help=("name a part of it in `constants`",),
        )
    return tree


def _parse_plain(start: str, text: str) -> Listed | None:
    """Words, amounts, comparisons and spans between commas, perhaps behind `not`: nearly every condition of a price list.

    The grammar says the same, slower; what is not as plain as this is left to it.
    """
    negation = _NOT.match(text)
    at = negation.end() if negation is not None else 0
    items: list[Item] = []
    pattern = _PLAIN_ITEM[start]
    while True:
        found = pattern.match(text, at)
        item = _plain(found) if found is not None else None
        if found is None or item is None:
            return None
        items.append(item)
        if found.end() == len(text) <= MAX_CELL:
            return Listed(tuple(items), negated=negation is not None)
        comma = _COMMA.match(text, found.end())
        if comma is None or _GROUP.match(text, found.end()):
            return None
        at = comma.end()


def _plain(found: re.Match[str]) -> Item | None:
    """What a plain item is; None where only the grammar knows."""
    low, high = _plain_word(found, "low"), _plain_word(found, "high")
    op, star, dots = found["op"], found["star"], found["dots"]
    if dots is None:
        if low is None or found["high"] is not None or (op and star):
            return None
        return Compared(op, low) if op else One(low, prefix=star is not None)
    if op or star:
        return None
    if low is not None and high is not None:
        return Between(low, high, (low.at[0], high.at[1]))
    if low is not None and found["high"] is None:
        return Between(low, None, (low.at[0], low.at[1] + 2))
    if high is not None and found["low"] is None:
        return Between(None, high, (max(high.at[0] - 2, 0), high.at[1]))
    return None


def _plain_word(found: re.Match[str], part: str) -> Word | None:
    text = found[part]
    if text is None:
        return None
    if text[0] == '"':
        return Word(unquoted(text), found.span(part), quoted=True)
    return None if _KEYWORD.match(text) else Word(text, found.span(part))


def _parse_product(text: str) -> FormulaTree | None:
    """A name, an outcome of a table, or a name and an amount with a sign between them. The grammar says the same."""
    found = _PLAIN_FORMULA.match(text)
    if found is None or len(text) > MAX_CELL:
        return None
    name, outcome, op = found[1], found[2], found[3] or found[4]
    left = Name(name, found.span(1))
    if found.end() == len(text):
        return Member(left, Name(outcome, found.span(2)), found.span()) if outcome else None if op else left
    literal = _literal().match(text, found.end()) if op else None
    if literal is None or literal.end() < len(text):
        return None
    right = Amount(literal.group(), literal.span())
    return Binary(op, left, right, (0, len(text)), 2)


@cache
def _literal() -> re.Pattern[str]:
    return re.compile(_grammar().get_terminal("LITERAL").pattern.to_regexp())


def _parse_amounts(text: str) -> Amount | PriceList | None:
    """An amount, or prices between commas: nearly every outcome of a price list. The grammar says the same."""
    amounts: list[Amount] = []
    found = _literal().match(text)
    while found is not None:
        amounts.append(Amount(found.group(), found.span()))
        if found.end() == len(text) <= MAX_CELL:
            return PriceList(tuple(amounts), (0, len(text))) if len(amounts) > 1 else amounts[0]
        comma = _COMMA.match(text, found.end())
        found = _literal().match(text, comma.end()) if comma is not None else None
    return None


def unquoted(text: str) -> str:
    """A name or a value, its quotes taken off."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text


def _parse(start: str, text: str) -> object:
    if len(text) > MAX_CELL:
        return Problem("too-large", f"this cell has {len(text):,} characters; {MAX_CELL:,} are the most", (0, 1))
    try:
        return _grammar().parse(text, start=start)
    except UnexpectedInput as error:
        return _problem(start, text, error)


def _quote_it(word: Word) -> Problem:
    quoted = '"' + word.text.replace('"', '""') + '"'
    keyword = word.text.split()[0].casefold()
    mends = {
        "not": "`not` stands once, before the whole list: `not Network, Server`",
        "otherwise": "`otherwise` stands in the first condition of the last row",
        "none": "`none` stands between commas, on its own",
        "inherit": "`inherit` stands for an outcome",
    }
    also = (mends[keyword],) if keyword in mends else ()
    message = f"`{word.text}` begins with a word or sign of the language"
    return Problem("syntax", message, word.at, help=(*also, f"if it is a value, put it in quotes: `{quoted}`"))


def _problem(start: str, text: str, error: UnexpectedInput) -> Problem:
    """Say where a cell stops making sense, and what is usually meant by it."""
    at = len(text)
    end = at
    if isinstance(error, UnexpectedToken):
        if error.token.type != "$END":
            at = error.token.start_pos or 0
            end = error.token.end_pos or at + 1
    elif isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        end = at + 1
    rest = text[at:]
    if start == "formula":
        return _formula_problem(text, at, end)
    if not rest:
        return Problem(
            "syntax",
            "something is missing at the end of this cell",
            _tail(text),
            help=("write a value after the last sign or comma",),
        )
    if rest[0] == '"':
        return Problem(
            "syntax",
            "this quote is not closed, or stands inside a value",
            (at, end),
            help=('close it; a `"` inside a value is doubled: `"5"" disk"`',),
        )
    if rest[0] == "-":
        message = "`-` stands alone in a cell, where it means every value"
        return Problem(
            "syntax", message, (at, end), help=(f'a value that starts with it stands in quotes: `"{rest}"`',)
        )
    message = f"`{rest[: end - at]}` does not fit here"
    return Problem(
        "syntax",
        message,
        (at, end),
        help=(f'if it is part of a value, put the value in quotes: `"{_value_around(text, at)}"`',),
    )


def _value_around(text: str, at: int) -> str:
    """The value of a list in which something does not fit, without quotes of its own."""
    start, comma = text.rfind(",", 0, at) + 1, text.find(",", at + 1)
    value = text[start : comma if comma > 0 else len(text)].replace('"', "").strip()
    return _NOT.sub("", value, count=1) if start == 0 and _NOT.match(value) else value


def _formula_problem(text: str, at: int, end: int) -> Problem:
    rest = text[at:]
    if not rest:
        if text.count("(") > text.count(")"):
            return Problem("syntax", "a `)` is missing", _tail(text), help=(f"`{text})`",))
        return Problem(
            "syntax",
            "this formula ends too early",
            _tail(text),
            help=("write a price, an amount or a name after the last sign",),
        )
    if rest[0] == "-":
        if at == 0 or text[:at].rstrip()[-1:] in ("", "(", ",", "*", "/", "+"):
            return Problem(
                "syntax",
                "an amount is never negative",
                (at, end),
                help=("subtract it from something: `standard - $10.00/h`",),
            )
        left, right = text[:at].rstrip(), rest[1:].strip()
        return Problem("syntax", "a minus has blanks around it", (at, end), help=(f"`{left} - {right}`",))
    if rest[0] == '"':
        return Problem(
            "syntax",
            "a formula has no quotes",
            (at, end),
            help=("rename what it names: letters, digits, blanks, `-`, `'`, `&`",),
        )
    if rest[0] in "<>=":
        return Problem(
            "syntax", "a comparison stands only in `if`", (at, end), help=("`if(hours > 4 h, expert, standard)`",)
        )
    if _SECOND_PRICE.match(rest) and text[:at].rstrip()[-1:].isalnum():
        return Problem(
            "syntax",
            "a price in several currencies stands alone in its cell",
            (at, max(end, at + 1)),
            help=("give it a name in `constants`, such as `a mile`, and count with that: `distance * a mile`",),
        )
    message = f"`{rest[: max(end - at, 1)]}` does not fit here"
    return Problem(
        "syntax", message, (at, max(end, at + 1)), help=("between two amounts or names stands `+`, ` - `, `*` or `/`",)
    )


def _tail(text: str) -> At:
    return max(len(text) - 1, 0), max(len(text), 1)


def _at(token: Token) -> At:
    start = token.start_pos or 0
    return start, start + len(token)


class _Trees(Transformer[Token, Any]):
    """Builds the trees while the cell is parsed."""

    def anything(self, _: list[Token]) -> Listed:
        return Listed(())

    def listed(self, items: list[Any]) -> Listed:
        return Listed(tuple(items))

    def excluded(self, items: list[Any]) -> Listed:
        return Listed(tuple(items[1:]), negated=True)

    def _word(self, tokens: list[Token]) -> Word:
        token = tokens[0]
        if token.type == "QUOTED":
            return Word(unquoted(str(token)), _at(token), quoted=True)
        return Word(str(token), _at(token))

    words = amount = member = _word

    def one(self, parts: list[Word]) -> One:
        return One(parts[0])

    def prefix(self, parts: list[Word]) -> One:
        return One(parts[0], prefix=True)

    def compared(self, parts: list[Any]) -> Compared:
        return Compared(str(parts[0]), parts[1])

    def between(self, parts: list[Word]) -> Between:
        return Between(parts[0], parts[1], (parts[0].at[0], parts[1].at[1]))

    def since(self, parts: list[Word]) -> Between:
        return Between(parts[0], None, (parts[0].at[0], parts[0].at[1] + 2))

    def until(self, parts: list[Word]) -> Between:
        return Between(None, parts[0], (max(parts[0].at[0] - 2, 0), parts[0].at[1]))

    def missing(self, tokens: list[Token]) -> Missing:
        return Missing(_at(tokens[0]))

    def no_choices(self, _: list[Token]) -> Choices:
        return Choices(())

    def choice(self, members: list[Word]) -> list[Word]:
        return members

    def choices(self, parts: list[Any]) -> Choices:
        chains = [part for part in parts if isinstance(part, list)]
        missing = any(isinstance(part, Missing) for part in parts)
        ordered = len(chains) == 1 and len(chains[0]) > 1
        mixed = len(chains) > 1 and any(len(chain) > 1 for chain in chains)
        words = tuple(word for chain in chains for word in chain)
        return Choices(words, ordered=ordered, missing=missing, mixed=mixed)

    def literal(self, tokens: list[Token]) -> Amount:
        return Amount(str(tokens[0]), _at(tokens[0]))

    def name(self, tokens: list[Token]) -> Name:
        return Name(str(tokens[0]), _at(tokens[0]))

    def dotted(self, tokens: list[Token]) -> Member:
        table, outcome = self.name(tokens[:1]), self.name(tokens[1:])
        return Member(table, outcome, (table.at[0], outcome.at[1]))

    def binary(self, parts: list[Any]) -> Binary:
        left, op, right = parts
        return Binary(str(op), left, right, (left.at[0], right.at[1]), 1 + max(left.depth, right.depth))

    def call(self, parts: list[Any]) -> FunctionCall:
        head: Token = parts[0]
        arguments = tuple(parts[1:])
        at = ((head.start_pos or 0), arguments[-1].at[1] + 1)
        return FunctionCall(fold(head[:-1]), arguments, at, 1 + max(a.depth for a in arguments))

    def group(self, parts: list[Any]) -> FormulaTree:
        return parts[0]  # type: ignore[no-any-return]  # Lark's children are untyped

    def prices(self, tokens: list[Token]) -> PriceList:
        amounts = tuple(self.literal([token]) for token in tokens)
        return PriceList(amounts, (amounts[0].at[0], amounts[-1].at[1]))

    def formula(self, parts: list[FormulaTree]) -> FormulaTree:
        return parts[0]
