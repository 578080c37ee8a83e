"""The catalogue of diagnostics: every code, what it means, how it is mended. The pages under `docs/diagnostics` show it.

A code is stable: it is never renamed and never means something else.
"""

from __future__ import annotations

from dataclasses import dataclass

from dsl.diagnostics import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem: its code, severity, meaning, and what an admin does about it."""

    code: str
    meaning: str
    mend: str
    severity: Severity = Severity.ERROR


CODES: tuple[Code, ...] = (
    Code(
        "always-held",
        "A plan includes nothing, sells no top-ups, and lets what is beyond its allowance wait: under it, all work"
        " waits for a person.",
        "Write what is included under `allowance`, or a price under `beyond`.",
        Severity.WARNING,
    ),
    Code(
        "bad-text",
        "The file is not plain UTF-8 text: a byte cannot be read, or there is a control character in it, or one that"
        " turns the direction of writing round, so that a reader would see something else than is calculated.",
        "Save the file as UTF-8, and type the line again.",
    ),
    Code(
        "can-be-negative",
        "A price, a duration or a number comes to less than nothing for some request. The search is exact over the"
        " values that `inputs` declares, over the rows that such a request comes to, and over work of up to 24 hours.",
        "Let the formula stop at nothing, as the help shows; or declare how much an input can be; or mend the amounts.",
        Severity.WARNING,
    ),
    Code(
        "circular-import",
        "A file imports itself, perhaps by way of others.",
        "Leave one of the imports out. What one file imports, all files of the ruleset have.",
    ),
    Code(
        "circular-name",
        "A constant, a table or a group is defined in terms of itself, perhaps by way of others.",
        "Give one of those that the message shows a value of its own.",
    ),
    Code(
        "dead-row",
        "No request comes to a row: others that stand before it fit all of its cases, one alone or several together,"
        " and the message names them. The search is exact over all declared values. Of `hit merge`, also a row all"
        " of whose outcomes are `inherit`; of a calendar, a row none of whose time is left to it.",
        "Take the row out. If it is the exception, move it above those that hide it.",
        Severity.WARNING,
    ),
    Code(
        "duplicate-name",
        "Two things of one kind have the same name. Case, blanks and Unicode form do not tell two names apart. A name"
        " that the language has already, such as `band` or `rate`, cannot be given again either.",
        "Rename one of the two, or take one out.",
    ),
    Code(
        "empty-cell",
        "A cell has nothing in it. Only the cells behind `otherwise`, and the column `why`, may be blank.",
        "Write `-` where any value fits, or where there is nothing to charge; otherwise write what belongs there.",
    ),
    Code(
        "gap",
        "There is a case that no row decides: work like it could not be billed. The search is exact over all declared"
        " values, and the message shows one such request. Of a calendar, it is a time of the week without a band.",
        "Add a row for the case, or a last row that says `otherwise`; its outcome may be `-`.",
    ),
    Code(
        "hole-in-valid",
        "A name has rows for some days (`valid`), and none for others: a constant has no value there, a plan or an item"
        " is not sold between two of its rows.",
        "Let the rows meet. Both ends of a span count: `..2026-06-30` and `2026-07-01..` leave no day out.",
    ),
    Code(
        "joinable-rows",
        "Rows say the same and differ in one condition only, and one row can say it for all of them: nothing that"
        " stands between them decides otherwise. Columns of text are left alone, because they name customers and"
        " places.",
        "Write the condition that the help shows into the first of them, and take the others out.",
        Severity.WARNING,
    ),
    Code(
        "masked-in-part",
        "Two rows of `hit first` look at the same columns and say different things, some cases fit both, and neither"
        " is the exception to the other: the upper one decides what both fit, which is easy to overlook. Rows that"
        " look at different columns are left alone, because price books are ordered by them.",
        "Let their values not overlap, or let all that one row asks for lie within the other's.",
        Severity.WARNING,
    ),
    Code(
        "missing-block",
        "A block, a setting, a column or a name that the ruleset cannot do without is not there.",
        "Add what the message names; its help can be pasted.",
    ),
    Code(
        "missing-currency",
        "The ruleset lists several currencies, and a price is not said in all of them. Nothing is converted in silence.",
        "Say the price in each currency, behind a comma: `$95.00/h, 88.00 EUR/h`.",
    ),
    Code(
        "missing-percent",
        "The price of an hour or of a request is multiplied by a number of 20 or more, written there or in a constant, or"
        " `burn` lets a minute use ten or more, as if the `%` of a percentage, or a decimal point, had been forgotten.",
        "Write the `%`. If the price is meant to be so many times as high, allow it with a comment that says why.",
        Severity.WARNING,
    ),
    Code(
        "missing-taxes",
        "There is no block `taxes`, so that every document is issued without tax.",
        "Add the block. One row that says `0%` for every case makes the absence of tax a decision.",
        Severity.WARNING,
    ),
    Code(
        "outside-bundle",
        "An import names no rules file of the bundle, which is the folder that holds the ruleset's folder: it leads"
        " further out, or has the form of another system's paths.",
        "Put what is shared into a folder beside the ruleset's, and write its path with `/`: `../shared/bands.rules`.",
    ),
    Code(
        "outside-domain",
        "A row asks for a value that its input never has, by what `inputs` declares, so that no request comes to it.",
        "Take the row out, or mend the cell; or declare that the input can be more.",
        Severity.WARNING,
    ),
    Code(
        "outside-valid",
        "A row holds on days on which the ruleset does not: none of its days lie within the `valid` of `ruleset`, so that"
        " it can never count.",
        "Take the row out, or mend its days, or those of the ruleset.",
    ),
    Code(
        "overlap",
        "A table says `hit unique`, and two of its rows fit the same case; or it says `hit any`, and two that do say"
        " different things. The search is exact, and the message shows such a request.",
        "Let one row exclude the other's case, or write `hit first`: then the first row that fits decides.",
    ),
    Code(
        "overlapping-valid",
        "Two rows hold on one day where only one may: rows of one name, or two rows of a table that say `otherwise`.",
        "Let the days of one end before those of the other begin. Both ends of a span count:"
        " `..2026-06-30` and `2026-07-01..` meet without a gap.",
    ),
    Code(
        "redundant-row",
        "A row of `hit first` says what the rows below it say of each of its cases: without it, everything is"
        " decided alike.",
        "Take the row out. If it is to stay because it is to change, allow it, with that reason.",
        Severity.WARNING,
    ),
    Code(
        "similar-value",
        "A column of text says a word that is one slip away from the name of a group, or from what several other rows"
        " say: to the ruleset it is a customer, or a place, of its own.",
        "Mend the word. If it is another one indeed, allow it with a comment that says so.",
        Severity.WARNING,
    ),
    Code(
        "suspicious-zero",
        "A formula always comes to nothing, and no amount in it says so; or a price of an hour is nothing once it is"
        " rounded.",
        "What is meant to be free costs `$0.00/h`, written like this. Otherwise mend the factor, or the decimal point.",
        Severity.WARNING,
    ),
    Code(
        "syntax",
        "A line or a cell cannot be read: it does not have the shape that its place wants.",
        "The message marks where it stops making sense, and its help shows the shape.",
    ),
    Code(
        "taxed-twice",
        "Two rows of `taxes` fit the same line and have the same code: every row that fits applies, so that the line is"
        " charged that tax twice, or is taxed and exempt at once. The search is exact, and the message shows such a line.",
        "Let one row exclude the other's cases. If both taxes are due, give each a code of its own.",
        Severity.WARNING,
    ),
    Code(
        "too-large",
        "A number, a cell, a formula, a line or the whole ruleset is beyond what can be billed from in bounded time.",
        "Shorten it; name parts of a long formula in `constants`.",
    ),
    Code(
        "undecided-case",
        "Whether every case is decided, or whether rows overlap, could not be found out within the limit of steps."
        " What is not known to be right is not published.",
        "Add a last row that says `otherwise`, write `hit first`, or part the table in two.",
    ),
    Code(
        "unfinished-search",
        "A question about what could be left out of a table could not be answered within the limit of steps: there"
        " may be more to say than was said.",
        "Part the table in two, if its rows are to be looked through.",
        Severity.WARNING,
    ),
    Code(
        "unknown-account",
        "A row, a group or a test names an account that is not on the list of accounts that `tarifa check --accounts` was"
        " given, or not in the database to which the ruleset is published: no work of anybody comes to it.",
        "Write the key of the account, as the list has it. If the account is yet to come, allow it with a comment.",
        Severity.WARNING,
    ),
    Code(
        "unknown-block",
        "A line at the left edge begins a block, and there is no block of that name.",
        "Mend the word, or indent the line if it belongs to the block above.",
    ),
    Code(
        "unknown-column",
        "A column of a table has a name that the block does not know; in a decision table, one that is no input.",
        "Mend the name, or declare the input in `inputs`.",
    ),
    Code(
        "unknown-file",
        "An import names a file that is not there; or a file from outside of the ruleset's folder came along, and no file"
        " imports it.",
        "Mend the path. It is said from the folder of the file that says it, in the very letters of the file's name.",
    ),
    Code(
        "unknown-name",
        "A formula, or a cell that names something, names what is not declared: a constant, an input, a table, an"
        " outcome, a hook, a top-up, a setting.",
        "Mend the name, or declare what it means.",
    ),
    Code(
        "unknown-site",
        "A row, a group or a test names a site that no account has, by the list that `tarifa check --sites` was given.",
        "Write the key of the site, as the list has it. If the site is yet to come, allow it with a comment.",
        Severity.WARNING,
    ),
    Code(
        "unknown-value",
        "A cell has a value that its column does not have. If another column has it, the cells may have shifted.",
        "Mend the value, or declare it: values of an input in `inputs`, groups in `groups`, plans in `plans`, bands in a calendar.",
    ),
    Code(
        "unsold-top-up",
        "No plan sells a top-up, so that nobody can buy it.",
        "Name it under `top-ups` of a plan, or take it out.",
        Severity.WARNING,
    ),
    Code(
        "unused-allow",
        "A comment `# allow code: reason` silences nothing: there is no such warning in the row or block below it, the"
        " code is that of an error or of no diagnostic, or the reason is missing.",
        "Take the comment out, or mend it. It stands right above the row, or above the heading for the whole block.",
        Severity.WARNING,
    ),
    Code(
        "unused-allowance",
        "A plan has an allowance, and the hook `covered` says `no` to all of its work: the allowance can never be"
        " used.",
        "Let a row of the table say `yes` for the plan, or take the allowance out.",
        Severity.WARNING,
    ),
    Code(
        "unused-calendar",
        "The hook `calendar` always names a calendar, and never this one.",
        "Name it there, or write `-` for work whose site names its calendar; or take the calendar out.",
        Severity.WARNING,
    ),
    Code(
        "unused-constant",
        "No formula and no condition names a constant.",
        "Take it out, or name it where its value is written now.",
        Severity.WARNING,
    ),
    Code(
        "unused-group",
        "No cell names a group.",
        "Take it out, or name it in place of its members.",
        Severity.WARNING,
    ),
    Code(
        "unused-input",
        "No row and no formula looks at an input that is declared.",
        "Take it out, or add a column for it to the table that should depend on it.",
        Severity.WARNING,
    ),
    Code(
        "unused-outcome",
        "A table decides an outcome that nothing asks for.",
        "Name it in `pricing`, or take the column out.",
        Severity.WARNING,
    ),
    Code(
        "unused-table",
        "Nothing asks a table: neither `pricing`, nor plans, top-ups, items or taxes, nor a table that these ask.",
        "Name an outcome of it in `pricing`, or take the table out.",
        Severity.WARNING,
    ),
    Code(
        "useless-carry",
        "A plan says what happens to allowance that is left, and there is none: it carries or shares without an"
        " allowance, or says for how long it carries and carries nothing.",
        "Write `-`, or say what there is to carry.",
        Severity.WARNING,
    ),
    Code(
        "useless-column",
        "A column of conditions tells no two requests apart: without it, every case is decided alike. The search is"
        " exact for `hit first`, `unique` and `any`; of other tables, it is a column whose every cell holds for"
        " every value.",
        "Take the column out.",
        Severity.WARNING,
    ),
    Code(
        "useless-condition",
        "A cell holds for every value that its input can have, and does not say so.",
        "Write `-`.",
        Severity.WARNING,
    ),
    Code(
        "wrong-level",
        "Something is decided before what it looks at is known: the time rounding of a whole worklog cannot depend on"
        " the band of a part of it.",
        "Take the input out of the table, or bind the table to a hook that is decided later.",
    ),
    Code(
        "wrong-type",
        "A cell has a value of another type than its column, or one that can make no sense there.",
        "Write a value of the column's type, as the help shows.",
    ),
    Code(
        "wrong-unit",
        "Units do not agree: money is added to a price of an hour, or a duration stands where a price is wanted.",
        "Give the amount its right unit: `$95.00/h`, `$45.00`, `30 min`, `150%`.",
    ),
    Code(
        "zero-divisor",
        "A formula divides by zero, or rounds to multiples of zero, for some request: an outcome or a constant that it"
        " divides by says nothing but zero there.",
        "Let what is divided by be more than nothing in every row.",
        Severity.WARNING,
    ),
)

CODE_BY_NAME = {one.code: one for one in CODES}
