"""Record legal sellers. The same payload again is a no-op, another one a new revision: it counts from the next document on."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dsl import currency as iso_currency
from engine.names import fold
from tarifa.services.inputs import EntityInput
from tarifa.services.naming import bad_name, bad_note
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.services.sellers import NEWEST_ENTITY, read_sellers, shares_numbers
from tarifa.storage import Database, Row, Transaction
from tarifa.storage.mapping import digest, to_json, to_seconds
from tarifa.storage.outbox import Event, append_events, raise_policy

MOST_TAX_IDS = 20


async def record_entity(database: Database, entity: EntityInput, *, by: str, now: datetime) -> Recorded | Refused:
    """Record a seller; who is said to be the default is so in place of whoever was."""
    bad = _bad_fields(entity)
    if bad:
        return Refused(bad)
    entity = _trimmed(entity)
    key, at = fold(entity.key), to_seconds(now)
    async with database.writing() as transaction:
        known = await transaction.row(f"SELECT r.* FROM {NEWEST_ENTITY} WHERE e.key = ?", (key,))
        if known is not None and await _is_same(transaction, known, entity):
            return Recorded(key, Change.UNCHANGED, known["policy_seq"])
        other = await shares_numbers(transaction, key) if entity.is_default else None
        if other is not None:
            message = (
                f"`{entity.key}` has no numbers of its own, and `{other}` uses those that the default seller would"
            )
            remedy = "open a series of each kind for this seller, then make it the default"
            return Refused((Problem("no-series", message, remedy, entity.key, "isDefault"),))
        if known is None:
            columns = "key, label, recorded_by, recorded_at"
            await transaction.insert("entities", columns, [(key, entity.key, by, at)])
        seq = await raise_policy(transaction)
        await transaction.insert(
            "entity_revs",
            "entity_key, policy_seq, name, address, country, tax_ids, bank, currency, is_default, payload_hash,"
            " recorded_by, recorded_at",
            [(key, seq, entity.name, entity.address, entity.country, to_json(list(entity.tax_ids)), entity.bank,
              entity.currency, int(entity.is_default), _payload(entity), by, at)],
        )  # fmt: skip
        await append_events(transaction, [Event("entity.recorded", key, str(seq), {"key": key})], at=at)
    return Recorded(key, Change.NEW if known is None else Change.REVISED, seq)


async def _is_same(transaction: Transaction, known: Row, entity: EntityInput) -> bool:
    default = (await read_sellers(transaction)).default
    is_default = default is not None and default.key == known["entity_key"]
    return known["payload_hash"] == _payload(entity) and entity.is_default == is_default


def _trimmed(entity: EntityInput) -> EntityInput:
    return replace(
        entity,
        key=entity.key.strip(),
        name=entity.name.strip() or entity.key.strip(),
        address=_lines(entity.address),
        country=entity.country.strip().upper() if entity.country and entity.country.strip() else None,
        tax_ids=tuple(one.strip() for one in entity.tax_ids if one.strip()),
        bank=_lines(entity.bank),
        currency=entity.currency.strip().upper() if entity.currency and entity.currency.strip() else None,
    )


def _lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _payload(entity: EntityInput) -> str:
    said = (entity.name, entity.address, entity.country, list(entity.tax_ids), entity.bank, entity.currency)
    return digest([*said, entity.is_default])


def _bad_fields(entity: EntityInput) -> tuple[Problem, ...]:
    found = [bad_name(entity.key, "key"), bad_name(entity.name or "-", "name")]
    texts = {"address": entity.address, "bank": entity.bank, "taxIds": "".join(entity.tax_ids)}
    found += [bad_note(text, entity.key, field) for field, text in texts.items()]
    country = (entity.country or "").strip()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        remedy = "give the two letters of ISO 3166, such as `PT`"
        found.append(Problem("bad-country", f"`{country}` is no country's code", remedy, entity.key, "country"))
    if entity.currency and entity.currency.strip() and iso_currency(entity.currency.strip().upper()) is None:
        message = f"there is no currency `{entity.currency}`"
        found.append(Problem("unknown-currency", message, "give a code of ISO 4217", entity.key, "currency"))
    if len(entity.tax_ids) > MOST_TAX_IDS:
        message = f"a seller has at most {MOST_TAX_IDS} tax numbers"
        found.append(Problem("too-many", message, "leave the others out", entity.key, "taxIds"))
    return tuple(problem for problem in found if problem is not None)
