"""One spelling for names that people write in many ways."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return the form by which names are compared: case, runs of blanks and Unicode form do not count (D9)."""
    once = unicodedata.normalize("NFKC", " ".join(text.split())).casefold()
    return unicodedata.normalize("NFKC", once)


def as_id(text: str) -> str:
    """The form in which ids and numbers from outside are kept and compared: one Unicode form, no blanks around."""
    return unicodedata.normalize("NFC", text.strip())
