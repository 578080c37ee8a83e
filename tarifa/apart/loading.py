"""Load a ruleset in a process of its own; the parent's part.

Two checks at most run at once, the others wait in line: an upload takes no more than a share of the machine, and none
of the threads that serve other requests. What was loaded before is known by its digest, and costs nothing.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePath

from dsl import Cache, HolidaySource
from dsl.load import Loaded, load
from tarifa.apart.limits import Limits, NotDecidedError
from tarifa.apart.protocol import OUT_OF_MEMORY, BadAnswerError, as_request, read

MOST_AT_ONCE = 2
MOST_SAID = 512 * 1024**2
log = logging.getLogger("tarifa.apart")
_checkers = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="tarifa-check")


async def load_apart(
    files: Mapping[PurePath, bytes], *, limits: Limits, holidays: HolidaySource, cache: Cache
) -> Loaded:
    """Load as `dsl.load` does, within limits, and remember it.

    Raises:
        NotDecidedError: it took too much time or memory, or more than any ruleset should.
    """
    if not cache.knows(files, holidays):
        said = await asyncio.get_running_loop().run_in_executor(_checkers, _said, files, limits)
        try:
            loaded, answers = await asyncio.to_thread(read, said)
        except BadAnswerError as error:
            log.error("the check of a ruleset said what could not be read: %s", error)
            raise NotDecidedError("more than it was given, and failed") from error
        if not cache.remember(files, loaded, answers):
            # Too large to be remembered: whoever asked for it has it, and it is asked once more for its holidays.
            cache = Cache(at_most=MOST_SAID)
            cache.remember(files, loaded, answers)
    return load(files, holidays=holidays, cache=cache)


def _said(files: Mapping[PurePath, bytes], limits: Limits) -> bytes:
    """Run the child to its end, or end it."""
    command = [sys.executable, "-I", "-m", "tarifa.apart.child", str(limits.seconds), str(limits.megabytes)]
    with subprocess.Popen(  # noqa: S603 - our own module, by our own interpreter; the files come in as data
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={}
    ) as child:
        try:
            said, complained = child.communicate(as_request(files), timeout=limits.wall_seconds)
        except subprocess.TimeoutExpired as error:
            child.kill()
            raise NotDecidedError(f"more than {limits.wall_seconds} seconds") from error
    if child.returncode == 0:
        return said
    if child.returncode == -signal.SIGXCPU or (child.returncode == -signal.SIGKILL):
        raise NotDecidedError(f"more than {limits.seconds} seconds of processor time")
    log.warning(
        "the check of a ruleset ended with %s: %s", child.returncode, complained[-2000:].decode(errors="replace")
    )
    if child.returncode == OUT_OF_MEMORY or b"MemoryError" in complained or child.returncode < 0:
        raise NotDecidedError(f"more than {limits.megabytes} MB of memory")
    raise NotDecidedError("more than it was given, and failed")
