"""Names that come from outside: what they may be, and what was probably meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from engine.names import fold
from tarifa.services.results import Problem
from tarifa.zones import zone, zone_names

MAX_NAME = 200
MAX_NOTE = 2000
FIRST_INSTANT = 0  # 1970, UTC
LAST_INSTANT = 32_472_144_000  # 2999, UTC: every zone can show it, and the days around it
_SOURCE = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)


def meant(name: str, known: Iterable[str]) -> str:
    """`Did you mean `X`?`, or nothing."""
    labels = {fold(label): label for label in known}
    close = get_close_matches(fold(name), labels, n=1)
    return f"did you mean `{labels[close[0]]}`?" if close else ""


def unknown_fact(names: Iterable[str], facts: Mapping[str, str], *, subject: str) -> Problem | None:
    """The first name that is none of `facts` (folded name to label): left out in silence, it would change a price."""
    for name in names:
        if facts and fold(name) not in facts:
            remedy = meant(name, facts.values()) or "leave it out, or activate a ruleset that declares it in `inputs`"
            message = f"no ruleset in force has an input `{name}` that work or its request tells"
            return Problem("unknown-input", message, remedy, subject, "fields")
    return None


def bad_name(name: str, what: str, *, index: int | None = None) -> Problem | None:
    """Why `name` cannot be a key, a number or an external id."""
    if not name.strip():
        return Problem("blank-name", f"{what} is blank", "give it one", "", what, index)
    if len(name) > MAX_NAME:
        return Problem(
            "long-name", f"{what} has {len(name)} characters, at most {MAX_NAME} are kept", "", name[:40], what, index
        )
    if name.isascii() and name.isprintable():  # as most are, and told in a twentieth of the time
        return None
    unseen = next((character for character in name if _is_unseen(character)), None)
    if unseen is not None:
        said = f"U+{ord(unseen):04X}{f' ({called})' if (called := unicodedata.name(unseen, '').lower()) else ''}"
        message = f"{what} holds a character that nobody sees, {said}: a line break, a control or a turn of direction"
        return Problem("control-character", message, "leave it out, or type the text anew", ascii(name), what, index)
    return None


_UNSEEN = frozenset("\u00ad\u061c\u200b\u200e\u200f\u2060\ufeff") | {
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
"""Marks that nobody sees and no script needs: blanks of no width, soft hyphens, and what turns the direction of text."""


def _is_unseen(character: str) -> bool:
    return character in _UNSEEN or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def bad_note(text: str, subject: str, field: str) -> Problem | None:
    """Why `text` cannot be kept as a note for people; a blank one can."""
    if len(text) <= MAX_NOTE and not any(ord(character) < 32 and character not in "\t\n\r" for character in text):
        return None
    message = f"a note has at most {MAX_NOTE} characters, and no control characters"
    return Problem("bad-note", message, "shorten it, and keep the rest where it is", subject, field)


def bad_source(source: str) -> Problem | None:
    """Why `source` cannot name where worklogs come from."""
    if _SOURCE.fullmatch(source):
        return None
    message = f"`{source}` cannot name a source: it takes small letters, digits and `-`, at most 40"
    return Problem("bad-source", message, "use a name such as `service-desk`", source, "source")


def bad_zone(name: str | None, *, subject: str, index: int | None = None) -> Problem | None:
    """Why `name` is no time zone; None is fine, it means the ruleset's."""
    if name is None or zone(name) is not None:
        return None
    remedy = meant(name, zone_names()) or "use an IANA name such as `America/Chicago`"
    return Problem("unknown-zone", f"there is no time zone called `{name}`", remedy, subject, "zone", index)


def bad_instant(at: int, *, subject: str, field: str) -> Problem | None:
    """Why a UTC second is no time that work can be done at."""
    if FIRST_INSTANT <= at < LAST_INSTANT:
        return None
    message = "it lies before 1970 or after 2998, which is no time that anything is billed for"
    return Problem("bad-time", message, "correct the year", subject, field)
