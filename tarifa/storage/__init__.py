"""The only place that knows the database's rows. Everything above speaks in values and in `Database`."""

from tarifa.storage.database import Database, Health, Row, Rows, Transaction, health, marks, opened
from tarifa.storage.errors import (
    CannotOpenError,
    CannotWriteError,
    DatabaseLockedError,
    NewerDatabaseError,
    NoDatabaseError,
    NotTarifaError,
    UnusableDatabaseError,
)
from tarifa.storage.past import Past, Pins, Waiting

__all__ = [
    "CannotOpenError",
    "CannotWriteError",
    "Database",
    "DatabaseLockedError",
    "Health",
    "NewerDatabaseError",
    "NoDatabaseError",
    "NotTarifaError",
    "Past",
    "Pins",
    "Row",
    "Rows",
    "Transaction",
    "UnusableDatabaseError",
    "Waiting",
    "health",
    "marks",
    "opened",
]
