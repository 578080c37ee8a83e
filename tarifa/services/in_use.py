"""What contracts need of a ruleset version: their plan, currency, overrides, top-ups, and their sites' calendars.

Asked from both sides: a contract that a version cannot serve is not recorded, and a version that cannot serve the
contracts in use is not activated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from dsl import read_contract_inputs, read_overrides
from engine.calendars import local_day
from engine.model import NO_PLAN, Plan, Ruleset
from engine.names import fold
from engine.periods import FOREVER
from engine.timeline import Version, pays_by
from tarifa.classes import unknown_class
from tarifa.services.inputs import ActivationInput, ActivationKind
from tarifa.services.naming import meant
from tarifa.services.results import Problem
from tarifa.services.timelines import read_timeline
from tarifa.storage import Row, Rows
from tarifa.storage.mapping import texts_from_json
from tarifa.zones import zone

SHOWN = 5
DAY = 86_400
"""Seconds: no zone's midnight is further from that of UTC."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one contract needs; `plan` and the keys of `overrides` are folded, `end` is the first day after it.

    `on` is the first day on which the version is to serve it.
    """

    number: str
    plan: str
    currency: str
    overrides: Mapping[str, str]
    class_: str
    end: date
    inputs: Mapping[str, str]
    on: date
    is_converted: bool = False  # its prices may be said in another currency


def unmet(needs: Needs, ruleset: Ruleset) -> tuple[Problem, ...]:
    """Why a version cannot serve a contract."""
    found = []
    if needs.plan not in (NO_PLAN, *ruleset.plans):
        message = f"{ruleset.title} has no plan called `{needs.plan}`"
        remedy = meant(needs.plan, (plan.label for plan in ruleset.plans.values())) or _listed(
            "its plans are", (plan.label for plan in ruleset.plans.values())
        )
        found.append(Problem("no-plan", message, remedy, needs.number, "plan"))
    elif needs.plan in ruleset.plans and ruleset.plans[needs.plan].on(needs.on) is None:
        message = f"{ruleset.title} does not sell the plan `{ruleset.plans[needs.plan].label}` on {needs.on}"
        remedy = "choose a plan that is sold then, or mend the days of its rows (`valid`)"
        found.append(Problem("plan-not-sold", message, remedy, needs.number, "plan"))
    codes = [currency.code for currency in ruleset.currencies]
    if needs.currency not in codes and (not needs.is_converted or ruleset.counts_money):
        message = f"{ruleset.title} has no prices in {needs.currency}"
        remedy = _listed("it has prices in", codes) + "; or give the contract a conversion"
        if needs.is_converted:
            remedy = _listed("it counts money of the work itself, which cannot be converted; it has prices in", codes)
        found.append(Problem("no-currency", message, remedy, needs.number, "currency"))
    strange = unknown_class(needs.class_, ruleset)
    if strange is not None and needs.plan != NO_PLAN:
        remedy = "declare the class in `inputs` of the ruleset, or choose another"
        found.append(Problem("no-class", strange, remedy, needs.number, "class"))
    plan = ruleset.plans.get(needs.plan)
    if plan is not None and plan.needs_an_end and needs.end == FOREVER:
        message = f"the plan `{plan.label}` counts by the whole contract, which has no expiry"
        remedy = "give the contract an expiry, or another plan"
        found.append(Problem("no-expiry", message, remedy, needs.number, "expiry"))
    wrong = read_overrides(ruleset, needs.overrides, plan=needs.plan, currency=ruleset.said_in(needs.currency)).problems
    found += [Problem("bad-override", message, "", needs.number, "overrides") for message in wrong]
    unread = read_contract_inputs(ruleset, needs.inputs).problems
    found += [Problem("bad-input", message, "", needs.number, "inputs") for message in unread]
    return tuple(found)


def _listed(words: str, names: Iterable[str]) -> str:
    return f"{words} {', '.join(f'`{name}`' for name in names)}"


async def in_use_problems(
    rows: Rows, ruleset_id: str, chosen: Version, activation: ActivationInput
) -> tuple[Problem, ...]:
    """Why a version cannot be activated: what contracts in use would miss, and the billed time that it would reach."""
    first, last = activation.from_date.isoformat(), (activation.until or FOREVER).isoformat()
    found: list[Problem] = []
    for row in await _contracts(rows, ruleset_id, first, last):
        overrides, end = texts_from_json(row["overrides"]), date.fromisoformat(row["end_date"])
        is_converted = row["conversion_rate"] is not None
        needs = Needs(
            row["number"],
            row["plan"],
            row["currency"],
            overrides,
            row["class"],
            end,
            texts_from_json(row["inputs"]),
            max(activation.from_date, date.fromisoformat(row["effective_from"])),
            is_converted,
        )
        found += unmet(needs, chosen.ruleset)
    found += _missing_calendars(await _calendars(rows, ruleset_id), chosen.ruleset)
    found += _missing_top_ups(await _top_ups(rows, ruleset_id, activation), chosen.ruleset)
    found += _unsold_top_ups(await _purchases(rows, ruleset_id, activation), chosen.ruleset, activation)
    found += _missing_items(await _items(rows, ruleset_id, activation), chosen.ruleset)
    found += await _other_cycle(rows, ruleset_id, chosen.ruleset)
    if activation.kind is ActivationKind.NORMAL:
        found += _billed(await _reached(rows, ruleset_id, first, last), chosen.ruleset)
    return tuple(found)


_NEWEST = "NOT EXISTS (SELECT 1 FROM amendments l WHERE l.contract_id = e.contract_id AND l.n > e.n)"
"""Of a contract's amendments `e`, the last one, which says when it ends."""


async def _contracts(rows: Rows, ruleset_id: str, first: str, last: str) -> Sequence[Row]:
    return await rows.rows(
        "SELECT c.number, c.class, c.currency, c.conversion_rate, a.plan, a.overrides, a.inputs, a.effective_from,"
        " e.end_date"
        " FROM contracts c"
        " JOIN amendments a ON a.contract_id = c.id"
        f" JOIN amendments e ON e.contract_id = c.id AND {_NEWEST} WHERE c.ruleset_id = ?"
        " AND a.is_end_only = 0 AND a.effective_from < ? AND e.end_date > ? AND NOT EXISTS (SELECT 1 FROM amendments n"
        " WHERE n.contract_id = c.id AND n.is_end_only = 0 AND n.effective_from <= max(?, a.effective_from)"
        " AND (n.effective_from, n.n) > (a.effective_from, a.n)) ORDER BY c.number, a.n",
        (ruleset_id, last, first, first),
    )


async def _other_cycle(rows: Rows, ruleset_id: str, ruleset: Ruleset) -> list[Problem]:
    """Work that pays as it goes keeps its cycle; a version may let it wait instead."""
    every = pays_by(await read_timeline(rows, ruleset_id))
    using = await rows.row(
        "SELECT number FROM contracts WHERE ruleset_id = ? AND origin = 'without contract' ORDER BY number",
        (ruleset_id,),
    )
    if using is None or every is None or ruleset.without_contract in (None, every):
        return []
    message = f"work without a contract is billed by the {every.value}, such as that of {using['number']}"
    remedy = f"write `without contract {every.value}`, or `without contract hold`"
    return [Problem("other-cycle", message, remedy, using["number"], "version")]


async def _calendars(rows: Rows, ruleset_id: str) -> Sequence[Row]:
    return await rows.rows(
        "SELECT DISTINCT v.calendar, s.label AS site, a.label AS account FROM contracts c"
        " JOIN accounts a ON a.id = c.account_id JOIN sites s ON s.account_id = c.account_id"
        " JOIN site_revs v ON v.site_id = s.id WHERE c.ruleset_id = ? AND v.calendar IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM site_revs n WHERE n.site_id = v.site_id AND n.seq > v.seq)",
        (ruleset_id,),
    )


def _missing_calendars(sites: Sequence[Row], ruleset: Ruleset) -> list[Problem]:
    lacking = [row for row in sites if fold(row["calendar"]) not in ruleset.calendars]
    return [
        Problem(
            "no-calendar",
            f"{ruleset.title} has no calendar called `{row['calendar']}`, which the site `{row['site']}` of the "
            f"account `{row['account']}` names",
            meant(row["calendar"], (calendar.label for calendar in ruleset.calendars.values())),
            row["account"],
            "calendar",
        )
        for row in lacking[:SHOWN]
    ]


async def _top_ups(rows: Rows, ruleset_id: str, activation: ActivationInput) -> Sequence[Row]:
    return await rows.rows(
        "SELECT DISTINCT t.top_up, c.number FROM top_ups t JOIN contracts c ON c.id = t.contract_id"
        f" JOIN amendments e ON e.contract_id = c.id AND {_NEWEST} AND e.end_date > ? WHERE c.ruleset_id = ?"
        " ORDER BY c.number",
        (activation.from_date.isoformat(), ruleset_id),
    )


def _missing_top_ups(bought: Sequence[Row], ruleset: Ruleset) -> list[Problem]:
    numbers: dict[str, list[str]] = {}
    for row in bought:
        if row["top_up"] not in ruleset.top_ups:
            numbers.setdefault(row["top_up"], []).append(row["number"])
    return [
        Problem(
            "no-top-up",
            f"{ruleset.title} has no top-up called `{name}`, which is in use with {_shown(those)}",
            "add it to the ruleset and publish again",
            those[0],
            "topUp",
        )
        for name, those in numbers.items()
    ]


async def _purchases(rows: Rows, ruleset_id: str, activation: ActivationInput) -> Sequence[Row]:
    """Purchases about the days of the activation, each with the plans that its contract was ever on."""
    return await rows.rows(
        "SELECT t.top_up, t.at, c.number, c.zone, a.plan, a.effective_from FROM top_ups t"
        " JOIN contracts c ON c.id = t.contract_id JOIN amendments a ON a.contract_id = c.id AND a.is_end_only = 0"
        f" WHERE c.ruleset_id = ? AND t.at >= unixepoch(?) - {DAY} ORDER BY c.number, t.id, a.effective_from, a.n",
        (ruleset_id, activation.from_date.isoformat()),
    )


def _unsold_top_ups(purchases: Sequence[Row], ruleset: Ruleset, activation: ActivationInput) -> list[Problem]:
    """Top-ups bought in the days of the activation that their contract's plan would sell no more."""
    plans: dict[tuple[str, str, date], str] = {}
    for row in purchases:
        clock = zone(row["zone"])
        day = local_day(row["at"], clock) if clock is not None else activation.from_date
        if activation.from_date <= day < (activation.until or FOREVER) and row["effective_from"] <= day.isoformat():
            plans[row["number"], row["top_up"], day] = row["plan"]  # the last one that is effective by then
    numbers: dict[tuple[str, str], list[str]] = {}
    for (number, name, day), plan in plans.items():
        terms = ruleset.plans[plan].on(day) if plan in ruleset.plans else None
        if terms is not None and name in ruleset.top_ups and name not in _on_sale(terms, ruleset, day):
            numbers.setdefault((plan, name), []).append(number)
    return [
        Problem(
            "top-up-not-sold",
            f"the plan `{ruleset.plans[plan].label}` of {ruleset.title} does not sell the top-up "
            f"`{ruleset.top_ups[name].label}`, which was bought with {_shown(sorted(set(those)))}",
            "let the plan sell it, or activate the version from a day after the purchase",
            those[0],
            "topUp",
        )
        for (plan, name), those in numbers.items()
    ]


def _on_sale(plan: Plan, ruleset: Ruleset, day: date) -> set[str]:
    """The top-ups that a plan sells on a day."""
    return {name for name in plan.top_ups if name in ruleset.top_ups and ruleset.top_ups[name].on(day) is not None}


async def _items(rows: Rows, ruleset_id: str, activation: ActivationInput) -> Sequence[Row]:
    return await rows.rows(
        "SELECT DISTINCT q.item, c.number FROM quantities q JOIN contracts c ON c.id = q.contract_id"
        f" JOIN amendments e ON e.contract_id = c.id AND {_NEWEST} AND e.end_date > ? WHERE c.ruleset_id = ?"
        " ORDER BY c.number",
        (activation.from_date.isoformat(), ruleset_id),
    )


def _missing_items(counted: Sequence[Row], ruleset: Ruleset) -> list[Problem]:
    numbers: dict[str, list[str]] = {}
    for row in counted:
        if row["item"] not in ruleset.items:
            numbers.setdefault(row["item"], []).append(row["number"])
    return [
        Problem(
            "no-item",
            f"{ruleset.title} has no recurring item called `{name}`, which is in use with {_shown(those)}",
            "add it to the ruleset and publish again",
            those[0],
            "item",
        )
        for name, those in numbers.items()
    ]


async def _reached(rows: Rows, ruleset_id: str, first: str, last: str) -> Sequence[Row]:
    """Contracts with a closed cycle, or a fee in advance, that begins or goes on in the days of the activation."""
    return await rows.rows(
        "SELECT c.number FROM contracts c WHERE c.ruleset_id = ? AND (EXISTS (SELECT 1 FROM closings l"
        " WHERE l.contract_id = c.id AND l.end_date > ? AND l.start < ?) OR EXISTS (SELECT 1 FROM items i"
        " WHERE i.contract_id = c.id AND i.due_no = i.cycle_no AND i.service_from >= ? AND i.service_from < ?))"
        " ORDER BY c.number",
        (ruleset_id, first, last, first, last),
    )


def _billed(contracts: Sequence[Row], ruleset: Ruleset) -> list[Problem]:
    if not contracts:
        return []
    message = (
        f"{ruleset.title} would change days that are billed already, of {_shown([r['number'] for r in contracts])}"
    )
    remedy = "activate it from a later day, or declare the activation a repair, which corrects what was billed"
    return [Problem("billed-time", message, remedy, contracts[0]["number"], "fromDate")]


def _shown(numbers: Sequence[str]) -> str:
    more = f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    return f"contract {', '.join(numbers[:SHOWN])}{more}"
