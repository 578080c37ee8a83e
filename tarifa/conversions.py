"""Whether a contract's conversion of prices can be used: of files, and of the database."""

from __future__ import annotations

from dsl import currency
from engine.facts import Conversion
from engine.model import Ruleset


def bad_conversion(ruleset: Ruleset, code: str, conversion: Conversion | None) -> tuple[str, str] | None:
    """Why a contract in the currency `code` cannot be converted as agreed, and what to do; None where all is well.

    A currency without prices and without conversion is not looked at: that is a lack of prices.
    """
    if conversion is None:
        return None
    if conversion.rate <= 0:
        return f"a conversion at {conversion.rate} is none", "give a rate above 0"
    if not conversion.source.strip():
        return "the conversion does not say where its rate is from", "name a source, such as `ECB`"
    if currency(code) is None:
        return f"`{code}` is no currency", "write a code such as `USD`"
    if ruleset.said_in(code) == code:
        return f"{ruleset.title} says its prices in {code}, and converts none", "leave the conversion out"
    if ruleset.counts_money:
        inputs = ", ".join(f"`{of.label}`" for of in ruleset.inputs.values() if of.type.value == "money")
        message = f"{ruleset.title} counts money of the work itself ({inputs}), which cannot be converted"
        return message, f"list {code} among its currencies, and say prices in it"
    return None
