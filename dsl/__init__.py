"""The rules language: text in, a checked ruleset or diagnostics out. Read `load` for the way of the data."""

from dsl.allow import Allowed
from dsl.currencies import currency
from dsl.diagnostics import Diagnostic, Label, Severity
from dsl.holiday_source import HolidaySource, UnknownHolidaysError
from dsl.load import Cache, Loaded, load
from dsl.render import render
from dsl.source import Span
from dsl.values import (
    BadValue,
    ContractInputs,
    Overrides,
    contract_inputs,
    read_contract_inputs,
    read_discounts,
    read_overrides,
    read_units,
    read_value,
)

__all__ = [
    "Allowed",
    "BadValue",
    "Cache",
    "ContractInputs",
    "Diagnostic",
    "HolidaySource",
    "Label",
    "Loaded",
    "Overrides",
    "Severity",
    "Span",
    "UnknownHolidaysError",
    "contract_inputs",
    "currency",
    "load",
    "read_contract_inputs",
    "read_discounts",
    "read_overrides",
    "read_units",
    "read_value",
    "render",
]
