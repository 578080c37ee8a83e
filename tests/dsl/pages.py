"""The pages under `docs/diagnostics`, written from the catalogue and the golden examples.

`python -m tests.dsl.pages` writes them; a test asserts that they are fresh.
"""

from __future__ import annotations

from pathlib import Path

from dsl.codes import CODES, Code
from tests.dsl.texts import GOLDEN

LONG = 60
"""Lines of an example that are shown."""
FOLDER = Path(__file__).parents[2] / "docs" / "diagnostics"


def page(code: Code) -> str:
    """The page of one code: what it means, an example, what is said of it, the example mended."""
    bad = (GOLDEN / "bad" / code.code / "example.rules").read_bytes().decode("utf-8", errors="replace")
    said = (GOLDEN / "bad" / code.code / "example.txt").read_text(encoding="utf-8")
    mended = (GOLDEN / "good" / "mended" / f"{code.code}.rules").read_text(encoding="utf-8")
    fence = "```"
    return "\n".join(
        [
            f"# {code.code}",
            "",
            f"Severity: {code.severity.value}.",
            "",
            code.meaning,
            "",
            "## Example",
            "",
            f"{fence}text",
            _shortened(bad, f"tests/golden/bad/{code.code}/example.rules"),
            fence,
            "",
            f"{fence}text",
            said.rstrip("\n"),
            fence,
            "",
            "## Mend",
            "",
            code.mend,
            "",
            f"{fence}text",
            mended.rstrip("\n"),
            fence,
            "",
        ]
    )


def _shortened(text: str, path: str) -> str:
    """A long example without its middle."""
    lines = text.rstrip("\n").split("\n")
    if len(lines) <= LONG:
        return "\n".join(lines)
    left_out = f"# ... {len(lines) - LONG} more lines, in {path}"
    return "\n".join([*lines[: LONG - 8], left_out, *lines[-8:]])


def contents() -> str:
    """The list of all codes."""
    rows = [f"| [`{code.code}`]({code.code}.md) | {code.severity.value} | {code.meaning} |" for code in CODES]
    head = ["# Diagnostics", "", "What `tarifa check` can say. Codes are stable.", "", "| code | severity | meaning |"]
    return "\n".join([*head, "| --- | --- | --- |", *rows, ""])


def pages() -> dict[str, str]:
    """File name to text of every page."""
    return {"README.md": contents(), **{f"{code.code}.md": page(code) for code in CODES}}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
