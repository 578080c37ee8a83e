"""The process that checks one ruleset: `python -I -m tarifa.apart.child SECONDS MEGABYTES`.

Files come in on its standard input as JSON, the answer goes out on its standard output (`protocol`). It takes its limits
before it reads anything. Out of memory, it ends with `OUT_OF_MEMORY`; out of time, the system ends it.
"""

from __future__ import annotations

import sys

from dsl import Cache, load
from dsl.lower import digest_of_source
from tarifa.apart.protocol import OUT_OF_MEMORY, as_files, written
from tarifa.bundles import holiday_source

_ROOM = 1 << 40


def limit(seconds: int, megabytes: int) -> None:
    """Take the limits; where the system knows none, the parent's patience is the only one."""
    try:
        import resource  # not everywhere
    except ImportError:
        return
    # The hard limit is later: the first one ends the process, the second one ends it whatever it does.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1024**2, megabytes * 1024**2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main() -> None:
    """Check what comes in."""
    limit(int(sys.argv[1]), int(sys.argv[2]))
    try:
        files = as_files(sys.stdin.buffer.read())
        cache = Cache(at_most=_ROOM)
        load(files, holidays=holiday_source(), cache=cache)
        known = cache.loaded.get((digest_of_source(files), True))
        if known is not None:
            sys.stdout.buffer.write(written(*known))
            sys.stdout.buffer.flush()
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
