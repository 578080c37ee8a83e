"""From a file's text to its blocks. Every line that cannot be one is reported, and the rest is read all the same.

A table row is one token of the page grammar. Its cells are cut by hand here, because a tree of every cell costs more
than everything else that is done to a large price list.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from dsl.diagnostics import Report
from dsl.source import Source, Span
from dsl.syntax import Block, Cell, Line, Setting, pipes

MAX_LINE = 20_000
"""Characters of one line; a longer one is no price list's."""

WORDS = (
    "ruleset",
    "inputs",
    "groups",
    "constants",
    "calendar",
    "table",
    "pricing",
    "plans",
    "top-ups",
    "items",
    "taxes",
    "tests",
)
"""The blocks that there are."""

_DASHES = re.compile(r"[-|:+\s]*--[-|:+\s]*$")


@cache
def _grammar() -> Lark:
    text = Path(__file__).with_name("page.lark").read_text(encoding="utf-8")
    return Lark(text, start="page", parser="lalr", propagate_positions=False, maybe_placeholders=False)


def parse_page(source: Source, report: Report) -> tuple[Block, ...]:
    """Read the blocks of one file."""
    if any(len(line) > MAX_LINE for line in source.text.split("\n")):
        return _refuse_long_line(source, report)
    mending = _Mending(source, report)
    tree = _grammar().parse(source.text + "\n", on_error=mending)
    return _Blocks(source, mending.strays, report).transform(tree)  # type: ignore[no-any-return]  # Lark's transformers are untyped


def _refuse_long_line(source: Source, report: Report) -> tuple[Block, ...]:
    report.unsure |= {*WORDS}
    for number, start in enumerate(source.line_starts, start=1):
        length = len(source.line(number))
        if length > MAX_LINE:
            message = f"line {number} has {length:,} characters; {MAX_LINE:,} are the most that a line may have"
            report.error("too-large", message, Span(source.file, start, start + 1))
    return ()


class _Mending:
    """Reports a line that does not fit where it stands, and lets the parser go on after it.

    Of lines without a block that stand together, the first is reported.
    """

    def __init__(self, source: Source, report: Report) -> None:
        self._source = source
        self._report = report
        self.strays: set[int] = set()
        """Numbers of lines that belong to no block."""

    def __call__(self, error: UnexpectedInput) -> bool:
        """Whether the parser can go on."""
        if isinstance(error, UnexpectedCharacters):  # cannot begin a line of any kind
            at = error.pos_in_stream or 0
            self._report.error("syntax", "this line cannot be read", Span(self._source.file, at, at + 1))
            return True
        if not isinstance(error, UnexpectedToken):
            return False
        token = error.token
        if "RULE" in error.expected:
            self._report_no_dashes(token)
            error.interactive_parser.feed_token(Token("RULE", ""))
            if token.type == "SETTING":
                self._report_stray(token, in_table=True)
            elif token.type != "$END":
                error.interactive_parser.feed_token(token)
            return True
        if token.type == "$END":
            return False
        self._report_stray(token, in_table="ROW" in error.expected)
        return True

    def _report_stray(self, token: Token, *, in_table: bool) -> None:
        self._report.unsure |= {*WORDS}
        number = token.line or 1
        self.strays.add(number)
        if number - 1 in self.strays:
            return
        words = unicodedata.normalize("NFKC", str(token)).split()
        if token.type == "SETTING" and words and words[0].rstrip(":").casefold() in WORDS and words[-1] != "|":
            message = "a heading stands at the left edge"
            mends = [f"`{' '.join(words)}`"]
        elif token.type == "SETTING" and len(words) > 1 and words[-1] == "|":
            message = "a row of a table begins with `|`"
            mends = [f"`| {' '.join(words).lstrip('| ')}`"]
        elif token.type == "SETTING" and in_table:
            message = "a setting stands above its block's table"
            mends = [
                "move this line up, right below its heading",
                "if another block begins here, put its heading above",
            ]
        else:
            message = "this line belongs to no block"
            mends = ["a block begins with its heading at the left edge, such as `constants`"]
        self._report.error("syntax", message, _span(token, self._source), help=mends)

    def _report_no_dashes(self, token: Token) -> None:
        if token.type == "$END":
            end = len(self._source.text.rstrip())
            span = Span(self._source.file, max(end - 1, 0), max(end, 1))
        else:
            span = _span(token, self._source)
        message = "a line of dashes goes between a table's header and its rows"
        self._report.error("syntax", message, span, help=("put a line such as `|-----|-----|` below the header",))


def _span(token: Token, source: Source) -> Span:
    """The place of a line, without the blanks around it."""
    start = token.start_pos or 0
    first = start + len(token) - len(token.lstrip())
    return Span(source.file, first, max(start + len(token.rstrip()), first + 1))


class _Blocks(Transformer[Token, Any]):
    """Turns the page's tree into blocks."""

    def __init__(self, source: Source, strays: set[int], report: Report) -> None:
        super().__init__()
        self._source = source
        self._strays = strays
        self._report = report

    def page(self, blocks: list[Block]) -> tuple[Block, ...]:
        return tuple(blocks)

    def table(self, children: list[Token]) -> tuple[Line, int | None, tuple[Line, ...]]:
        header = _divide(self._line(children[0]))
        if header.open:
            self._report_end(header, "a header ends with `|`", "put a `|` at its end")
        if not header.texts:
            span = Span(self._source.file, header.start, header.start + 1)
            self._report.error(
                "syntax", "this header has no columns", span, help=("name them between pipes: `| name | value |`",)
            )
            return header, None, ()
        rows = [self._line(token) for token in self._rows(children[2:])]
        divider = header.divider if header.divider is not None else self._report_undivided(header, rows)
        return header, divider, tuple([self._fit(row, header, divider) for row in rows])

    def _report_undivided(self, header: Line, rows: Sequence[Line]) -> int | None:
        """Where the rows of a table have their `||`, though its header has none."""
        found = Counter(_divide(row).divider for row in rows if len(row.texts) == len(header.texts) + 1)
        divider = found.most_common(1)[0][0] if found else None
        if divider is not None:
            labels = header.texts
            mend = f"`| {' | '.join(labels[:divider])} || {' | '.join(labels[divider:])} |`"
            last = header.cells[-1]
            span = Span(self._source.file, header.start, last.start + len(last.text))
            self._report.error("syntax", "the header lacks the `||` that its rows have", span, help=(mend,))
        return divider

    def _rows(self, tokens: list[Token]) -> list[Token]:
        """The rows, up to a second line of dashes: that is below the header of a block whose heading is lost."""
        for index, token in enumerate(tokens):
            if _DASHES.match(token):
                header = (token.line or 1) - 1
                if header - 1 not in self._strays:  # else its settings were reported
                    self._report_lost(token)
                return tokens[: max(index - 1, 0)]
        return tokens

    def _report_end(self, row: Line, message: str, mend: str) -> None:
        self._report.error("syntax", message, row.cells[-1].span(self._source.file), help=(mend,))

    def _report_lost(self, token: Token) -> None:
        self._report.unsure |= {*WORDS}
        mend = "if another block begins above it, put its heading there, at the left edge"
        message = "a table has one line of dashes, below its header"
        self._report.error("syntax", message, _span(token, self._source), help=(mend,))

    def block(self, children: list[Any]) -> Block:
        heading: Token = children[0]
        table = children[-1] if isinstance(children[-1], tuple) else None
        settings = tuple(
            Setting(_cell(token, token.start_pos or 0), self._number(token))
            for token in children[1:]
            if isinstance(token, Token)
        )
        start = heading.start_pos or 0
        word = re.match(r"\S+", heading)
        length = word.end() if word else 0
        header, divider, rows = table if table is not None else (None, None, ())
        return Block(
            file=self._source.file,
            word=Cell(heading[:length], start),
            name=_cell(heading[length:], start + length),
            number=self._number(heading),
            settings=settings,
            header=header,
            divider=divider,
            rows=rows,
        )

    def _number(self, token: Token) -> int:
        return token.line or 1

    def _line(self, token: Token) -> Line:
        """Cut a row at its pipes; a `||` leaves an empty cell between its two."""
        text = token.lstrip()
        parts = _parts(text)
        is_open = bool(parts[-1])
        start = (token.start_pos or 0) + len(token) - len(text)
        return Line(tuple(parts if is_open else parts[:-1]), text, start, self._number(token), open=is_open)

    def _fit(self, row: Line, header: Line, divider: int | None) -> Line:
        """Take the `||` out of a row and see that it has a cell for each column."""
        columns = len(header.texts)
        if row.open and len(row.texts) - (divider is not None) > columns:
            message = "nothing stands behind the last `|` of a row"
            self._report_end(row, message, "a comment is a line of its own: `# agreed in May`")
            row = row._replace(texts=row.texts[:-1])
        elif row.open:
            self._report_end(row, "a row ends with `|`", f"`{row.texts[-1]} |`")
        found = len(row.texts) - (divider is not None)
        if found == columns:
            if divider is None:
                return row
            if not row.texts[divider]:
                return _divided(row, divider)
        if not row.open:
            self._report_unfit(row, columns, divider)
        first = (*row.texts, "")[:1]
        return row._replace(texts=first + ("",) * (columns - 1), bad=True)

    def _report_unfit(self, row: Line, columns: int, divider: int | None) -> None:
        """Say why the cells of a row do not fit its header."""
        found = len(row.texts) - (divider is not None)
        last = row.cells[-1] if row.texts else Cell("", row.start)
        span = Span(self._source.file, row.start, max(last.start + len(last.text), row.start + 1))
        mend = "write `||` where the header has it"
        if divider is not None and len(row.texts) == columns and "||" not in self._source.text[span.start : span.end]:
            message = "this row lacks the `||` between conditions and outcomes"
            texts = row.texts
            mend = f"`| {' | '.join(texts[:divider])} || {' | '.join(texts[divider:])} |`"
        elif found == columns:
            message = "the `||` of this row stands elsewhere than in the header"
        else:
            message = f"this row has {found} cells, its header has {columns}"
            mend = 'every column has a cell; a value that holds `|` stands in quotes: `"a | b"`'
        self._report.error("syntax", message, span, help=(mend,))


def _parts(row: str) -> list[str]:
    """What stands behind each pipe of a row; the last is empty where the row ends with its pipe."""
    if '"' not in row:
        return [part.strip() for part in row.split("|")[1:]]
    cuts = [*pipes(row), len(row)]
    return [row[before + 1 : after].strip() for before, after in itertools.pairwise(cuts)]


def _divide(header: Line) -> Line:
    """Find the `||` of a header and take it out."""
    for index, (left, right) in enumerate(itertools.pairwise(pipes(header.written))):
        if right == left + 1:
            return _divided(header, index)
    return header


def _divided(line: Line, divider: int) -> Line:
    return line._replace(texts=line.texts[:divider] + line.texts[divider + 1 :], divider=divider)


def _cell(text: str, start: int) -> Cell:
    stripped = text.strip()
    return Cell(stripped, start + (text.index(stripped[0]) if stripped else 0))
