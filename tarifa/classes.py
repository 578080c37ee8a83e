"""The classes of contracts that a ruleset has (D4.12)."""

from __future__ import annotations

from dsl.suggest import listed, nearest
from engine.coverage import MAIN
from engine.model import InputType, Ruleset
from engine.names import fold


def unknown_class(class_: str, ruleset: Ruleset) -> str | None:
    """Why a contract cannot have a class: the ruleset gives no work to it; None where it can."""
    declared = ruleset.inputs["class"]
    known = declared.spellings if declared.type is InputType.CHOICE else {MAIN: MAIN}
    if fold(class_) in known:
        return None
    near = nearest(class_, known.values())
    mend = f"did you mean `{near}`?" if near else f"its classes are {listed(known.values())}"
    return f"{ruleset.title} has no class `{class_}`; {mend}"
