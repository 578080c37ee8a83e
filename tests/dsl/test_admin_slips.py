"""What an admin gets wrong by hand in a real price book: one message each, at its place, whose help mends it.

Every help is applied as a person would paste it: over what is marked, over its cell, or over its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

import pytest

from dsl import Diagnostic, load
from tarifa.bundles import holiday_source
from tests.dsl.texts import INPUTS, book, only, pricing, problems, table
from tests.gates.sources import ROOT

FILES = {PurePath(path.name): path.read_text(encoding="utf-8") for path in (ROOT / "rulesets/zylker").glob("*.rules")}

A10, A11, A20 = "| Harbor Dental    | Security        | >= High  |", "| Harbor Dental    | -               | -        |", "| Network, Server | -        |"  # fmt: skip
V11, C20 = "| On-site   | -               | Urgent   |", "| not Security || yes"
PLAIN, PLANT = "$118.00/h", "| Mon..Fri  | 05:00..23:00 |"
M1 = "| >= High  || 30 min "
T1 = "2026-03-06 09:05"

SLIPS = {
    "a word of a plan, two letters turned round": ("| hold ", "| hodl "),
    "a setting, two letters turned round": ("table Call-out\n  hit first", "table Call-out\n  hti first"),
    "a setting of two words": ("  timezone ", "  time zone "),
    "not, turned round": ("| not operational |", "| nto operational |"),
    "not, in English": (C20, "| except Security || yes"),
    "not, as in other languages": (C20, "| != Security || yes"),
    "not, as in SQL": (C20, "| <> Security || yes"),
    "not, as a mark": (C20, "| !Security || yes"),
    "a value, a letter left out": (A20, "| Netwrk, Server | -        |"),
    "a value, two letters turned round": (A20, "| Netwrok, Server | -        |"),
    "an ordered value": (A10, A10.replace("High", "Hgih")),
    "an order, its sign turned round": (A10, A10.replace(">=", "=>")),
    "an order, as in mathematics": (A10, A10.replace(">=", "≥")),
    "an order, as people write it": (A10, A10.replace(">= High ", "High+ ")),
    "an order, in words": (A10, A10.replace(">= High ", "High or higher ")),
    "a span, its ends turned round": (A10, A10.replace(">= High ", "Urgent..High ")),
    "a span with a hyphen": (A10, A10.replace(">= High ", "High-Urgent ")),
    "a span with a dash": (A10, A10.replace(">= High ", "High – Urgent ")),
    "a span with one point too many": (A10, A10.replace(">= High ", "High…Urgent ")),
    "a list with semicolons": (A20, "| Network; Server | -        |"),
    "a list with a stroke": (A20, "| Network/Server | -        |"),
    "a list in words": (A20, "| Network and Server | -        |"),
    "a list without commas": (A20, "| Network Server | -        |"),
    "a list with a comma behind": (A20, "| Network, Server, | -        |"),
    "any, in words": (V11, V11.replace("| -  ", "| any")),
    "any, as a star": (V11, V11.replace("| -  ", "| *  ")),
    "any, as a dash": (V11, V11.replace("| -  ", "| –  ")),
    "any, as a minus": (V11, V11.replace("| -  ", "| −  ")),
    "any, twice": (V11, V11.replace("| -  ", "| -- ")),
    "any, in quotes": (V11, V11.replace("| -  ", '| "-"')),
    "a quote that is not closed": (A11, A11.replace("Harbor Dental ", '"Harbor Dental')),
    "curly quotes": (A11, A11.replace("Harbor Dental  ", "“Harbor Dental”")),
    "single quotes": (A20, "| 'Network', Server | -        |"),
    "otherwise, misspelt": ("| V99 | otherwise |", "| V99 | oterwise |"),
    "otherwise, misspelt where any text may stand": ("| P99 | otherwise  ", "| P99 | otherwhise "),
    "a constant": ("standard * 130%", "standrd * 130%"),
    "a table in pricing": ("Rounding.minimum ", "Roundng.minimum "),
    "an outcome in pricing": ("| Rounding.round up to |", "| Rounding.round upto |"),
    "a hook": ("| round up to | Rounding", "| roundup to | Rounding"),
    "a heading's word": ("table Rounding", "tabel Rounding"),
    "a heading's word, in the singular": ("constants\n", "constant\n"),
    "a heading's word, cut off": ("taxes\n", "tax\n"),
    "a heading with a colon": ("table Call-out", "table Call-out:"),
    "a heading that is indented": ("table Call-out", "  table Call-out"),
    "a setting that is not indented": ("  hit first\n  across", "hit first\n  across"),
    "a setting with an equals sign": ("  version   2026.1", "  version = 2026.1"),
    "a setting with a colon": ("  currency  USD", "  currency: USD"),
    "a time zone": ("America/Chicago", "America/Chigaco"),
    "a currency": ("currency  USD", "currency  USDD"),
    "a row without its first pipe": ("  | V12 |", "  V12 |"),
    "a row without its last pipe": ("| -        ||  $45.00 |", "| -        ||  $45.00"),
    "a row that begins with a full-width pipe": ("  | V12 |", "  ｜ V12 |"),
    "a row without its double pipe": ("| -        || $120.00 |", "| -        | $120.00 |"),
    "a header without its double pipe": ("| priority || charge  |", "| priority | charge  |"),
    "a column across, without its stroke": ("| rate / operational |", "| rate operational |"),
    "a column": ("| measure |", "| mesure |"),
    "a column of tests": ("|| billed |", "|| biled |"),
    "a decimal comma": (PLAIN, "$118,00/h"),
    "points and comma turned round": ("$2,650.00", "$2.650,00"),
    "a blank between thousands": ("$2,650.00", "$2 650.00"),
    "a price without cents": (PLAIN, "$118/h"),
    "a price without its currency": (PLAIN, "118.00/h"),
    "a price without its hour": (PLAIN, "$118.00"),
    "a number for a price": (PLAIN, "118"),
    "a price with its code before it": (PLAIN, "USD 118.00/h"),
    "a price with its sign behind it": (PLAIN, "118.00$/h"),
    "a price per hour, in words": (PLAIN, "$118.00 per hour"),
    "a price per hr": (PLAIN, "$118.00/hr"),
    "a price per hour in capitals": (PLAIN, "$118.00/H"),
    "a price in full-width digits": (PLAIN, "$１１８.00/h"),
    "another currency's sign": (PLAIN, "€118.00/h"),
    "a percentage without its sign": ("| 8.25%  |", "| 8.25   |"),
    "a minus without blanks": ("senior + $15.00/h", "senior -$15.00/h"),
    "a product with an x": ("security * 120%", "security x 120%"),
    "a product as in mathematics": ("security * 120%", "security × 120%"),
    "a product with two stars": ("security * 120%", "security ** 120%"),
    "a percentage of": ("security * 120%", "120% of security"),
    "a percentage that is added": ("senior + $15.00/h", "senior + 15%"),
    "a bracket that is not closed": ("security * 120%", "(security * 120%"),
    "a formula as in a spreadsheet": ("security * 120%", "=security*120%"),
    "a duration in hrs": ("| 30 h      |", "| 30 hrs    |"),
    "a duration in mins": (M1, "| >= High  || 30 mins "),
    "a duration as on a clock": (M1, "| >= High  || 0:30 "),
    "a duration without a unit": (M1, "| >= High  || 30 "),
    "an allowance without a unit": ("| 30 h      |", "| 30        |"),
    "hours past midnight": (PLANT, "| Mon..Fri  | 05:00..25:00 |"),
    "hours with a hyphen": (PLANT, "| Mon..Fri  | 05:00-23:00 |"),
    "hours with points": (PLANT, "| Mon..Fri  | 05.00..23.00 |"),
    "hours of twelve": (PLANT, "| Mon..Fri  | 5am..11pm |"),
    "hours without a colon": (PLANT, "| Mon..Fri  | 0500..2300 |"),
    "days with a hyphen": (PLANT, "| Mon-Fri | 05:00..23:00 |"),
    "days with a dash": (PLANT, "| Mon – Fri | 05:00..23:00 |"),
    "days with an ampersand": ("| Sat, Sun  |", "| Sat & Sun |"),
    "the weekend": ("| Sat, Sun  |", "| weekend   |"),
    "the 13th month": ("  2026-01-01..", "  2026-13-01.."),
    "a date without noughts": ("  2026-01-01..", "  2026-1-1.."),
    "a date with points": ("  2026-01-01..", "  01.01.2026.."),
    "a date with strokes": ("  2026-01-01..", "  01/01/2026.."),
    "a day where a span is wanted": ("  2026-01-01..", "  2026-01-01"),
    "a span of dates in words": ("  2026-01-01..", "  2026-01-01 to 2026-12-31"),
    "a span of dates that ends before it starts": ("  2026-01-01..", "  2026-12-31..2026-01-01"),
    "a row in a test": ("| P30 |                                         |", "| P03 | |"),
    "a band in a test": ("| -        | holiday         ||", "| -        | holidays        ||"),
    "a price in a test": ("$220.00/h  | P30", "$220.00  | P30"),
    "a table in a heading of tests": ("tests Rounding", "tests Roundings"),
    "an order that is half a list": ("Low < Normal < High < Urgent", "Low < Normal, High < Urgent"),
    "a value that is listed twice": ("Desktop, Network, Server, Cloud", "Desktop, Network, Server, Network, Cloud"),
}
"""What stands in the price book, and what an admin wrote in its place."""

FORGIVEN = {
    "a comparison without a blank": (A10, A10.replace(">= High ", ">=High  ")),
    "a non-breaking blank in a list": (A20, "| Network,\u00a0Server | -        |"),
    "a full-width letter": (A20, "| Ｎetwork, Server | -        |"),
    "capitals": (A10, A10.replace("Security", "SECURITY")),
    "tabs": ("| V12 | On-site   |", "|\tV12\t|\tOn-site\t|"),
    "a row at the left edge": ("  | V12 |", "| V12 |"),
    "an hour of one digit": ("05:00..23:00", "5:00..23:00"),
    "an hour of one digit in a test": (T1, "2026-03-06 9:05"),
    "long names of days": ("| Mon..Fri  | 05:00", "| Monday..Friday | 05:00"),
    "no blank before a unit": ("| 30 h      |", "| 30h       |"),
    "no blanks around a stroke": ("| rate / operational |", "| rate/operational |"),
}  # fmt: skip
"""What means the same, and is no mistake."""


def written(slip: tuple[str, str]) -> dict[PurePath, str]:
    before, after = slip
    file = next(file for file, text in FILES.items() if before in text)
    return {**FILES, file: FILES[file].replace(before, after, 1)}


def told(files: dict[PurePath, str]) -> tuple[Diagnostic, ...]:
    return load({file: text.encode() for file, text in files.items()}, holidays=holiday_source()).diagnostics


def offered(found: Diagnostic) -> list[str]:
    label = found.primary.text if found.primary is not None else ""
    return [piece for text in (label, *found.help) for piece in re.findall(r"`([^`]+)`", text)]


def pasted(text: str, found: Diagnostic, piece: str) -> Iterator[str]:
    """The file with a piece of help over what is marked, over the cell that it is in, and over its line."""
    assert found.primary is not None
    start, end = found.primary.span.start, found.primary.span.end
    yield text[:start] + piece + text[end:]
    left = max(text.rfind(sign, 0, start) for sign in "|\n") + 1
    right = min(at for at in (text.find("|", end), text.find("\n", end)) if at >= 0)
    yield f"{text[:left]} {piece} {text[right:]}"
    left, right = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    yield text[:left] + piece + text[right:]
    yield text[:left] + "  " + piece + text[right:]


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
def test_a_slip_is_one_message_and_what_it_offers_mends_it(slip: tuple[str, str]) -> None:
    files = written(slip)
    (found,) = told(files)
    assert found.primary is not None
    file = PurePath(found.primary.span.file)

    changed = next(one for one in FILES if files[one] != FILES[one])
    first, last = FILES[changed].count("\n", 0, FILES[changed].index(slip[0])), slip[1].count("\n")
    line = files[file].count("\n", 0, found.primary.span.start)
    assert (file, first <= line <= first + last) == (changed, True), "told at its place"

    mends = [text for piece in offered(found) for text in pasted(files[file], found, piece)]
    assert any(told({**files, file: text}) == () for text in mends), (found.message, offered(found))


@pytest.mark.parametrize("slip", FORGIVEN.values(), ids=FORGIVEN)
def test_what_means_the_same_is_no_mistake(slip: tuple[str, str]) -> None:
    def meaning(files: dict[PurePath, str]) -> str:
        ruleset = load({file: text.encode() for file, text in files.items()}, holidays=holiday_source()).ruleset
        assert ruleset is not None
        return ruleset.meaning_digest

    assert meaning(written(slip)) == meaning(FILES)


@pytest.mark.parametrize(
    ("slip", "message", "said"),
    [
        ((A10, A10.replace("Security", "Urgent  ")), "there is no category called `Urgent`", "this is a priority: shifted cell?"),
        (("| V12 | On-site   |", "| V12 | On-site    "), "this row has 4 cells, its header has 5", ""),
        (("||  $85.00 |", "||  $85.00 | nice |"), "this row has 6 cells, its header has 5", ""),
        ((A20, "| Net\u200bwork, Server | -        |"), "the character U+200B does not belong in a ruleset", ""),
        (("| -        ||  $45.00 |", "| -        ||  $45.00 | # agreed"), "nothing stands behind the last `|` of a row", ""),
        (("| start band      | priority ||", "|                 | priority ||"), "this column has no name", ""),
        ((V11, V11.replace("| - ", "|   ")), "this cell is empty", ""),
        ((A20, "| >= Network | -        |"), "`category` has no order", ""),
        ((A20, "| none | -        |"), "`category` is never missing", ""),
        ((PLAIN, "-$118.00/h"), "an amount is never negative", ""),
        (("senior + $15.00/h", "senior + $15.00"), "`+` wants like units, but this is money per hour and money", ""),
        (("  2026-01-01..", "  2026-02-30.."), "there is no day `2026-02-30` in the calendar", ""),
        ((T1, "2026-03-06 08:05"), "this work ends before it starts", ""),
        (("  version   2026.1\n", ""), "the ruleset says no `version`", ""),
        (("rate / holiday  |", "rate / weekend  |"), "there are two columns `rate / weekend`", ""),
    ],
)  # fmt: skip
def test_what_only_the_admin_can_know_is_one_message_all_the_same(
    slip: tuple[str, str], message: str, said: str
) -> None:
    (found,) = told(written(slip))

    assert found.primary is not None
    assert (found.message, found.primary.text) == (message, said)


def test_two_cells_that_stand_in_each_others_place_are_told_together() -> None:
    text = book(
        INPUTS,
        table("priority | hours || rate", ">= 2 h | High || $95.00/h", "otherwise | || $85.00/h"),
        pricing("rate | Rates.rate"),
    )
    found = only(text)

    assert found.message == "the cells under `priority` and `hours` stand in each other's place"
    assert found.help == ("write `High` under `priority`, and `>= 2 h` under `hours`",)
    assert [text[label.span.start : label.span.end] for label in found.secondary] == ["High"]


def test_two_cells_that_are_wrong_each_by_itself_are_told_apart() -> None:
    text = book(
        INPUTS,
        table("priority | hours || rate", "Hihg | 2 hx || $95.00/h", "otherwise | || $85.00/h"),
        pricing("rate | Rates.rate"),
    )

    assert [code for code, _ in problems(text)] == ["unknown-value", "wrong-unit"]
