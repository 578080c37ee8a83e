"""docs/language.md, taken apart: its examples and its tables. `test_language_page` compares them with the code.

`python -m tests.dsl.language_page` writes its examples in canonical form and their messages anew; the rest is by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from dsl import Loaded, load, render
from dsl.build import NAMED
from dsl.currencies import currency
from dsl.format import formatted
from engine.names import fold
from tarifa.bundles import holiday_source
from tests.dsl.texts import ABOUT_PARTS

PAGE = Path(__file__).parents[2] / "docs" / "language.md"
FIRST = "first/first.rules"
"""The complete ruleset that the shorter examples belong to."""
ONCE = frozenset({"ruleset", "pricing", "taxes", *NAMED})
"""Blocks of an example that stand in place of those of the first ruleset; others are added to it."""

DOLLAR = tuple(one for one in [currency("USD")] if one is not None)
PLAN = {"plan": "Other", "beyond": "hold"}
TAX = {"row": "T", "country": "-", "code": "vat", "rate": "5%"}

_FENCE = re.compile(r"```(\w+) ?(\S*)\n(.*?)```", re.DOTALL)
_PIPE = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Example:
    """A fenced text: its language, the file it says it is, and the message that the page shows below it, if any."""

    kind: str
    file: str
    text: str
    line: int
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of the page, under its nearest heading. Cells keep their backquotes."""

    heading: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> list[str]:
        """The cells of a column."""
        at = self.header.index(name)
        return [row[at] for row in self.rows]

    def by(self, name: str) -> dict[str, dict[str, str]]:
        """Each row by its cell of a column, backquotes taken off."""
        found = {plain(row[self.header.index(name)]): dict(zip(self.header, row, strict=True)) for row in self.rows}
        assert len(found) == len(self.rows), f"two rows of the table under `{self.heading}` have one name"
        return found


def plain(cell: str) -> str:
    """A cell without its backquotes."""
    return cell.replace("`", "").strip()


def quoted(cell: str) -> list[str]:
    """What stands in backquotes in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def page() -> str:
    """The page."""
    return PAGE.read_text(encoding="utf-8")


def examples() -> list[Example]:
    """All fenced texts; a `text` below a `rules` is its message."""
    text = page()
    found: list[Example] = []
    for match in _FENCE.finditer(text):
        kind, file, body = match.groups()
        if kind == "text":
            before = found.pop()
            assert before.kind == "rules", f"line {text.count(chr(10), 0, match.start()) + 1}: a message of no example"
            found.append(Example(before.kind, before.file, before.text, before.line, message=body))
        else:
            found.append(Example(kind, file, body, text.count("\n", 0, match.start()) + 1))
    return found


def headings() -> list[str]:
    """All headings of the page."""
    return re.findall(r"^#+ (.*)$", _FENCE.sub("", page()), re.MULTILINE)


def grids() -> list[Grid]:
    """All tables of the page that stand outside of examples."""
    text = _FENCE.sub("", page())
    found: list[Grid] = []
    heading = ""
    rows: list[tuple[str, ...]] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            cells = (cell.replace("\\|", "|").strip() for cell in _PIPE.split(line)[1:-1])
            rows.append(tuple(cells))
            continue
        if rows:
            found.append(Grid(heading, rows[0], tuple(rows[2:])))
            rows = []
        if line.startswith("#"):
            heading = line.lstrip("# ")
    return found


def grid(heading: str, first_column: str) -> Grid:
    """The table under a heading whose first column has a name."""
    fitting = [one for one in grids() if one.heading == heading and one.header[0] == first_column]
    assert len(fitting) == 1, f"under `{heading}` there are {len(fitting)} tables that begin with `{first_column}`"
    return fitting[0]


def first_ruleset() -> str:
    """The first ruleset's text."""
    return next(one.text for one in examples() if one.file == FIRST)


def framed(text: str) -> dict[PurePath, bytes]:
    """A part of a ruleset within the first ruleset, as the page says that it is read."""
    taken = {_key(line) for line in text.splitlines() if _is_heading(line) and line.split()[0] in ONCE}
    rest: list[str] = []
    keep = True
    for line in first_ruleset().splitlines():
        if _is_heading(line):
            keep = _key(line) not in taken
        if keep:
            rest.append(line)
    files = {"prices.rules": text, "rest.rules": "\n".join(rest)}
    return {PurePath(name): content.encode() for name, content in files.items()}


def read(text: str) -> Loaded:
    """Load a part of a ruleset within the first one."""
    return load(framed(text), holidays=holiday_source())


def said(text: str) -> str:
    """All that the checker says of a part of a ruleset within the first one."""
    files = framed(text)
    found = load(files, holidays=holiday_source()).diagnostics
    return render([one for one in found if one.code not in ABOUT_PARTS], files)


def meaning(text: str) -> str:
    """The meaning digest of a part of a ruleset within the first one, which must be without errors."""
    loaded = read(text)
    assert loaded.ruleset is not None, said(text)
    return loaded.ruleset.meaning_digest


def codes(text: str) -> set[str]:
    """The codes of what the checker says of a part of a ruleset within the first one."""
    return {one.code for one in read(text).diagnostics} - ABOUT_PARTS


def told(text: str) -> set[str]:
    """What the help of the message about `Xyzzy` lists; it must not be cut short."""
    messages = [one for one in read(text).diagnostics if "Xyzzy" in one.message]
    assert len(messages) == 1
    told = " ".join(messages[0].help).split(";")[0]
    assert " more" not in told
    return set(quoted(told))


def block(heading: str, settings: Mapping[str, str], rows: Sequence[Mapping[str, str]], *, divider: str = "") -> str:
    """A block's text; `divider` is the first column right of `||`."""

    def line(cells: Mapping[str, str], blank: str = " ") -> str:
        parts = (f"{'|' if name == divider else ''}{blank}{cell}{blank}|" for name, cell in cells.items())
        return "  |" + "".join(parts)

    header = {name: name for name in rows[0]}
    dashes = dict.fromkeys(rows[0], "---")
    said_first = [f"  {key} {value}" for key, value in settings.items()]
    return "\n".join([heading, *said_first, line(header), line(dashes, "-"), *(line(row) for row in rows), ""])


def bonus(conditions: Mapping[str, str], outcome: str) -> str:
    return block("table Bonus", {}, [{"row": "1", **conditions, "bonus": outcome}], divider="bonus")


def with_setting(word: str, settings: Mapping[str, str]) -> str:
    match word:
        case "ruleset":
            said_anyway = {"version": "1", "currency": "USD", "timezone": "UTC"}
            return "\n".join(
                ["ruleset First", *(f"  {key} {value}" for key, value in {**said_anyway, **settings}.items()), ""]
            )
        case "calendar":
            return block("calendar office", settings, [{"days": "-", "hours": "-", "band": "operational"}])
        case "table":
            return block("table Bonus", settings, [{"row": "1", "account": "-", "bonus": "$1.00"}], divider="bonus")
        case "taxes":
            return block("taxes", settings, [TAX], divider="code")
        case _:
            raise AssertionError(f"`{word}` has settings that no test knows")


def with_column(word: str, column: str) -> str:
    match word:
        case "constants":
            return block("constants", {}, [{"name": "fair", "value": "$1.00/h", column: "-"}])
        case "plans":
            return block("plans", {}, [{**PLAN, column: "-"}])
        case "top-ups":
            return block("top-ups", {}, [{"top-up": "More", "price": "$1.00", "adds": "1 h", column: "-"}])
        case "items":
            return block("items", {}, [{"item": "Seat", "price": "$1.00", column: "-"}])
        case "taxes":
            place = {"row": "T", column: "-"} if column == "valid" else {}
            return block("taxes", {}, [{**place, **TAX, column: "-"}], divider="code")
        case "table":
            return bonus({column: "-"}, "-")
        case _:
            raise AssertionError(f"`{word}` has columns that no test knows")


def using(kind: str, name: str, owner: str) -> str:
    """A part of a ruleset that uses something of a kind; `owner` is the block that it belongs to."""
    match kind:
        case "block":
            return f"{name}\n"
        case "setting":
            return with_setting(owner, {name: "no"})
        case "value":
            setting, _, word = owner.partition(" of ")
            return with_setting(word, {setting: name})
        case "column":
            return with_column(owner, name)
        case "hook":
            return block("pricing", {}, [{"name": name, "formula": "-"}])
        case "input":
            return bonus({name: "-"}, "-")
        case "outcome":
            return bonus({"account": "-"}, name)
        case "amount":
            return block("plans", {}, [{**PLAN, "fee" if name.startswith("$") else "allowance": name}])
        case "condition":
            inputs = block("inputs", {}, [{"name": "spent", "of": "request", "type": "money"}])
            return with_setting("ruleset", {"currency": "USD, EUR"}) + inputs + bonus({"spent": name}, "-")
        case _:
            raise AssertionError(f"no test knows how to use a {kind}")


def _is_heading(line: str) -> bool:
    return bool(line) and not line[0].isspace() and line[0] != "#"


def _key(line: str) -> tuple[str, str]:
    word, _, name = line.partition(" ")
    return word, "" if word == "ruleset" else fold(name)


def _fresh(text: str) -> str:
    """The page, its examples in canonical form, the message below each as the checker words it now."""
    example = re.compile(r"(```rules[^\n]*\n)((?:(?!```).)*?)(```\n(?:\n```text\n(?:(?!```).)*?```)?)", re.DOTALL)

    def written(match: re.Match[str]) -> str:
        start, body, end = match.groups()
        body = formatted(body)
        return start + body + ("```\n" if end == "```\n" else f"```\n\n```text\n{said(body)}```")

    return example.sub(written, text)


if __name__ == "__main__":
    PAGE.write_text(_fresh(page()), encoding="utf-8")
