"""The records say what the reviewed SQL says."""

import inspect
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tortoise import fields
from tortoise.models import Model

from tarifa.storage import models, opened
from tarifa.storage.sqlite import Sqlite
from tests.services.installation import settings_for

RECORDS = [
    record
    for _, record in inspect.getmembers(models, inspect.isclass)
    if issubclass(record, Model) and record is not Model
]
TYPES = {
    fields.TextField: "TEXT",
    fields.CharField: "TEXT",
    fields.IntField: "INTEGER",
    fields.BigIntField: "INTEGER",
    fields.BinaryField: "BLOB",
}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
async def test_a_record_is_a_subset_of_its_migrated_table(tmp_path: Path, record: type[Model]) -> None:
    path = tmp_path / "tarifa.sqlite3"
    Sqlite(settings_for(path)).migrate(create=True)
    with closing(sqlite3.connect(path)) as connection:
        info = connection.execute(
            'SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (record._meta.db_table,)
        )
        columns = {name: (type_, bool(notnull or pk), bool(pk)) for name, type_, notnull, pk in info}
    async with opened(settings_for(path)):
        described = {
            field.source_field or name: (TYPES[type(field)], not field.null, field.pk)
            for name, field in record._meta.fields_map.items()
        }
    assert described
    assert {name: columns.get(name) for name in described} == described
