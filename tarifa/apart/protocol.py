"""What parent and child say: files as JSON; a mark, and a loaded ruleset as a pickle that names nothing but values.

A pickle can call whatever it names. This one is made by our own code, but by code that has read a stranger's text: so
the parent finds only dataclasses and enumerations of the engine and the language, and the few types that they hold.
"""

from __future__ import annotations

import base64
import io
import json
import pickle
import sys
from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import Enum
from pathlib import PurePath, PurePosixPath
from typing import Any

from dsl.cache import Answers
from dsl.load import Loaded

MARK = b"tarifa apart 1\n"
_TYPES = {
    ("builtins", "frozenset"),
    ("builtins", "set"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("fractions", "Fraction"),
    ("decimal", "Decimal"),
    ("pathlib", "PurePosixPath"),
}
_OURS = ("engine.", "dsl.")
OUT_OF_MEMORY = 3
"""How the child ends that has none left."""


class BadAnswerError(Exception):
    """The child said something that no child of ours says."""


def as_request(files: Mapping[PurePath, bytes]) -> bytes:
    """The files as the child reads them."""
    return json.dumps(
        [[path.as_posix(), base64.b64encode(text).decode("ascii")] for path, text in files.items()]
    ).encode()


def as_files(said: bytes) -> Mapping[PurePath, bytes]:
    """Read `as_request` back."""
    return {PurePosixPath(path): base64.b64decode(text) for path, text in json.loads(said)}


def written(loaded: Loaded, answers: Answers) -> bytes:
    """A loaded ruleset, and what was asked about public holidays."""
    plain = {asked: dict(said) if said is not None else None for asked, said in answers.items()}
    return MARK + pickle.dumps((loaded, plain), protocol=5)


def read(said: bytes) -> tuple[Loaded, Answers]:
    """Read `written` back.

    Raises:
        BadAnswerError: it is something else.
    """
    if not said.startswith(MARK):
        raise BadAnswerError("no mark")
    try:
        loaded, answers = _Reader(io.BytesIO(said[len(MARK) :])).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, IndexError, TypeError, ValueError) as error:
        raise BadAnswerError(str(error)) from error
    if not isinstance(loaded, Loaded) or not isinstance(answers, dict):
        raise BadAnswerError("no ruleset")
    return loaded, answers


class _Reader(pickle.Unpickler):
    """Finds values of the language, and nothing that does anything."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as the standard library has it
        if (module, name) in _TYPES:
            return super().find_class(module, name)
        if module.startswith(_OURS) and module in sys.modules and "." not in name:
            found = getattr(sys.modules[module], name, None)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, Enum)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no value of a ruleset")
