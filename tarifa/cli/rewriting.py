"""Files of rules written anew, by `fmt` and `check --fix`: what would change, and the change in one step."""

from __future__ import annotations

import difflib
import errno
import os
import stat
import tempfile
from pathlib import Path


def diff_of(path: Path, before: bytes, after: bytes, *, what: str) -> str:
    """What would change in a file, as a unified diff; `what` says how its second side came to be."""
    lines = difflib.unified_diff(
        _lines(before.decode("utf-8")), _lines(after.decode("utf-8")), f"{path}", f"{path} ({what})", n=2
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Lines with their ends; only a line feed ends one."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return [line for line in lines if line]


def replace_file(path: Path, content: bytes) -> None:
    """Put new text in a file's place in one step: whoever reads it sees all of the old or all of the new.

    Raises:
        OSError: the folder or the file cannot be written; the file is as it was.
    """
    target = path.resolve()  # a link stays a link
    mode = stat.S_IMODE(target.stat().st_mode)
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(mode)
            temporary.replace(target)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
