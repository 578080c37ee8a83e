"""English sentences for the steps of an explanation, and for the reasons why work waits."""

from __future__ import annotations

from collections.abc import Mapping

from engine.explain import Explanation, Step, StepKind
from engine.items import BucketKind, Held, Reason
from engine.model import OVERRIDE, RowName

_STEPS: Mapping[StepKind, str] = {
    StepKind.VERSION: "Priced by the ruleset {ruleset}, in force on {day}.",
    StepKind.CONVERSION: (
        "The ruleset says {price} {from}, which is converted: {price} x {by} = {rate} {currency} (rate of {on}, {source})."
    ),
    StepKind.TIME: "Work {work} on {day}: {minutes} min in the band {band}.",
    StepKind.ROUNDING: "Time is rounded from {minutes} to {rounded} min.",
    StepKind.COVERED: "The allowance covers {covered} of {rounded} min; {overage} min are beyond it.",
    StepKind.DRAWN: "{bucket}: {minutes} min are drawn.",
    StepKind.REQUEST_DRAWN: "{bucket}: the request is drawn.",
    StepKind.NOT_COVERED: "The plan does not cover time in the band {band}: it costs what the bill rules say.",
    StepKind.NOT_PAID: "There is allowance, which opens when its document is paid: it was not by {day}.",
    StepKind.RELEASED: "{overage} min beyond the allowance were held and released by a person: they cost what the bill rules say.",
    StepKind.RATE: "An hour costs {rate} {currency}.",
    StepKind.BEYOND: "Beyond its allowance the plan's price of an hour is {rate} {currency}.",
    StepKind.AMOUNT: "{minutes} min at {rate} {currency}/h: {minutes} / 60 x {rate} = {amount} {currency}.",
    StepKind.FEE: "The fee of the plan {label} for {from} to {to}: {price} {currency}.",
    StepKind.CONTRACT_FEE: "The fee of the plan {label} for the whole contract: {price} {currency}.",
    StepKind.CONTRACT_SHARE: "{share} of it falls on {from} to {to}, to the cent of what came before: {amount} {currency}.",
    StepKind.TOP_UP: "Top-up {label}: {price} {currency}.",
    StepKind.SURCHARGE: "A charge for work {work}: {price} {currency}.",
    StepKind.TRAVEL: "The way to work {work}: {price} {currency}.",
    StepKind.OTHER: "{label}, with work {work}: {price} {currency}.",
    StepKind.REQUEST: "A charge for request {request}: {price} {currency}.",
    StepKind.ITEM: "{quantity} x {label} for {from} to {to}, {price} {currency} each and cycle.",
    StepKind.IN_TIERS: "{overage} min beyond the allowance are priced with all of the cycle, by tiers.",
    StepKind.TIER: "Beyond the allowance {much} of the cycle fall in this tier: {much} x {rate} = {amount} {currency}.",
    StepKind.COMMITMENT: "The plan {label} commits to more than was used: {price} {currency} make it up.",
    StepKind.CAP: "The plan {label} caps what a cycle costs: {price} {currency}.",
    StepKind.SHARE: "The cycle was not whole: {share} of it = {amount} {currency}.",
    StepKind.DISCOUNT: "Less {percent} %: {discount} {currency}, which leaves {net} {currency}.",
    StepKind.CORRECTION: (
        "Corrects line {position} of {document}: billed so far {before} {currency}, should be {now} {currency}, "
        "difference {difference} {currency}."
    ),
    StepKind.BY_HAND: "By hand, on line {position} of {document}: {amount} {currency}. Reason: {reason}",
    StepKind.DOCUMENT_DISCOUNT: (
        "Its part of the discount on the document: {discount} {currency}, which leaves {net} {currency}."
    ),
    StepKind.TAX: "Tax {code}: {percent} %.",
    StepKind.TAX_ON_TAX: "Tax {code}: {percent} %, also of the taxes above it.",
    StepKind.TAX_INCLUDED: (
        "Tax {code}: {percent} %, which the price holds: {included} {currency} of the line are tax, {net} {currency} net."
    ),
}

_NOT_PAID = (
    "the allowance of {plan} opens when its document is paid, which it was not by then, and the plan says `hold`:"
    " {minutes} min wait"
)
_REASONS: Mapping[Reason, str] = {
    Reason.NO_RULE: "no rule of {ruleset} gives a rate for it (band {band}); add a row that fits, or an `otherwise` row",
    Reason.NO_PRICE_BEYOND: "the plan {plan} has no price for time beyond its allowance here (band {band})",
    Reason.UNKNOWN_VALUE: "{ruleset} knows no {input} called `{value}`; correct it, or declare it in `inputs`",
    Reason.MISSING_VALUE: "it has no {input}, which {ruleset} needs; fill it in, or declare `none` in `inputs`",
    Reason.OUT_OF_RANGE: "{ruleset} declares no {input} of {value}; correct it, or widen the `values` of the input",
    Reason.NEGATIVE: "the {hook} comes out below zero by {ruleset}; mend the formula",
    Reason.NOT_APPROVED: "it is not approved yet",
    Reason.NO_TIME: "it has no time to bill; correct its start and end, or its minutes",
    Reason.TOO_LONG: "it is longer than 24 hours; correct it, or record it in parts",
    Reason.IN_FUTURE: "it starts on {start} only; correct its date, or let it wait until then",
    Reason.TOO_LATE: "its cycle was billed too long ago for {contract} (work of {day}); release it, or waive it",
    Reason.SUSPENDED: "the contract {contract} was suspended on that day",
    Reason.NO_VERSION: "no ruleset is in force on {day}; activate a version from that day on",
    Reason.NO_PLAN: "{ruleset} has no plan called `{plan}`",
    Reason.PLAN_NOT_SOLD: "{ruleset} does not sell the plan `{plan}` on {day}; mend its `valid`, or change the contract",
    Reason.NO_EXPIRY: "the plan {plan} counts by the whole contract, which has no end; give the contract an expiry",
    Reason.NOT_CLOSED: "it takes over what is left of {contract}, which is not billed to its end; bill that one first",
    Reason.NO_TOP_UP: "the top-up `{top-up}` is not sold with the plan {plan}",
    Reason.NO_ITEM: "{ruleset} sells no item `{item}`, which the contract counts; add it to `items`, or count none of it",
    Reason.NO_CALENDAR: "{ruleset} has no calendar called `{calendar}`; name one of its calendars for the site",
    Reason.NO_CURRENCY: "{ruleset} has no prices in {currency}, and the contract no conversion that could be used",
    Reason.NO_CONTRACT: "no contract of the class {class} was in force for it; record one, or correct its account, site or date",
    Reason.NO_TAX: "no row of the tax table of {ruleset} fits a {line} line (country {country}); add one",
    Reason.BEFORE_BILL_FROM: "it lies before {bill from}, the day from which {contract} is billed here",
    Reason.ALLOWANCE_USED_UP: "the allowance of {plan} is used up and it says `hold`: {minutes} min wait",
    Reason.UNKNOWN_ACCOUNT: "there is no account `{account}`",
    Reason.UNKNOWN_SITE: "the account {account} has no site `{site}`",
    Reason.AMBIGUOUS_TIME: "the clock in {zone} shows {value} twice that night; write the time with its offset from UTC, such as 01:30-05:00",
    Reason.SKIPPED_TIME: "the clock in {zone} never shows {value}: it was put forward over it; correct the time",
    Reason.BAD_ROW: "`{value}` is not {expected}",
    Reason.DIVISION_BY_ZERO: "a formula of {ruleset} divides by zero for it",
}


_BUCKETS: Mapping[str, str] = {
    BucketKind.OPENING: "From what the contract brought over",
    BucketKind.CYCLE: "From the cycle's own allowance",
    BucketKind.CARRIED: "From what was carried over",
    BucketKind.TOP_UP: "From the top-up {source}",
}

_NO_TIME_IN_BAND = (
    "only its time in the band {band} counts, and there is none; correct its times, or let all of it count"
)
_NO_CALENDAR_NAMED = "{ruleset} has several calendars, and its site names none; name one for the site"

_APART: Mapping[str, str] = {
    "many-boundaries": "more boundaries are due than are billed unasked (the next is {next}); "
    "bill it with `through` if that is right",
    "over-limit": "its document of {boundary} comes to {total}, more than the run's limit of {limit}; "
    "approve it, or mend what is wrong (digest {digest})",
    "changed-too-much": "its document of {boundary} comes to {total}, the last one came to {last}: a change of more than "
    "{percent} %; approve it, or mend what is wrong (digest {digest})",
    "waiting-for-approval": "its document of {boundary}, {total}, waits until somebody approves it (digest {digest})",
    "unusable-terms": "its ruleset or its overrides cannot be read any more: {message}",
    "unexpected": "billing it failed unexpectedly; the server's log has the reason, and it is tried again by itself",
}


class _Shown(dict[str, str]):
    """What a sentence can name; a figure that was not given shows as a dash, never as an error."""

    def __missing__(self, key: str) -> str:
        return "-"


def sentences(explanation: Explanation) -> tuple[str, ...]:
    """An explanation, a sentence a step, each with the rows that decided it."""
    return tuple(sentence(step) for step in explanation.steps)


def sentence(step: Step) -> str:
    """One step of the arithmetic in words."""
    values = step.values
    if step.kind in (StepKind.DRAWN, StepKind.REQUEST_DRAWN):
        values = {**values, "bucket": _BUCKETS[values["bucket"]].format_map(_Shown(values))}
    return _STEPS[step.kind].format_map(_Shown(values)) + "".join(f" [{row_name(row)}]" for row in step.rows)


def row_name(row: RowName) -> str:
    """A row as people find it: `Hourly rate / A10, rates.rules:45`; an override as `the contract's own standard`."""
    if row.table == OVERRIDE and not row.origin.file:
        return f"the contract's own {row.row}"
    name = f"{row.table} / {row.row}"
    return f"{name}, {row.origin.file}:{row.origin.line}" if row.origin.file else name  # paying as it goes has no row


def reason(held: Held) -> str:
    """Why it waits and how to mend it, without naming what it is."""
    if held.reason is Reason.NO_CALENDAR and not held.detail.get("calendar"):
        return _NO_CALENDAR_NAMED.format_map(_Shown(held.detail))
    if held.reason is Reason.NO_TIME and "band" in held.detail:
        return _NO_TIME_IN_BAND.format_map(_Shown(held.detail))
    if held.reason is Reason.ALLOWANCE_USED_UP and "unpaid" in held.detail:
        return _NOT_PAID.format_map(_Shown(held.detail))
    return _REASONS[held.reason].format_map(_Shown(held.detail))


def why_not(row: RowName, of: str | None, value: str | None) -> str:
    """Why a row does not fit a request: the input of its first cell that does not hold, and what that is; None: it fits."""
    if of is None:
        return f"The row {row_name(row)} fits."
    return f"The row {row_name(row)} does not fit: its cell for `{of}` does not take `{value}`."


def why_apart(contract: str, code: str, detail: Mapping[str, str]) -> str:
    """Why a whole contract was set apart: a reason of the engine, or of the billing run itself."""
    if code in frozenset(Reason):
        return reason(Held("contract", contract, Reason(code), detail))
    return _APART.get(code, _APART["unexpected"]).format_map(_Shown(detail))
