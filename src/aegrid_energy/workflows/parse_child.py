"""The child that reads one upload: limits first, then the file, then the result on its standard output.

Run by `workflows.parse_upload` only. It is handed `length, head, bytes` on standard input and knows nothing
else: no environment, no settings, no network, no files but the one it may be told the path of.
"""

import json
import os
import struct
import sys
from pathlib import Path
from typing import Any, Final

LENGTH: Final = struct.Struct("<Q")
#: Exit codes that say what happened; anything else is a crash.
NO_MEMORY: Final = 3
_GRACE_S: Final = 2


def main() -> None:
    """Read the request, obey its limits, answer."""
    # Whatever a library prints must not get into the answer.
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    stdin = sys.stdin.buffer
    (length,) = LENGTH.unpack(stdin.read(LENGTH.size))
    head: dict[str, Any] = json.loads(stdin.read(length))
    _limit(int(head["memory_bytes"]), int(head["cpu_s"]))
    try:
        result = _parsed(head)
    except MemoryError:
        os._exit(NO_MEMORY)
    answer.write(result)
    answer.close()


def _parsed(head: dict[str, Any]) -> bytes:
    from aegrid_energy.ingestion.handover import packed_files, unpacked_choices  # noqa: PLC0415
    from aegrid_energy.ingestion.read_file import read_file  # noqa: PLC0415

    data = Path(head["path"]).read_bytes() if head["path"] else sys.stdin.buffer.read()
    by_file = {file: unpacked_choices(facts) for file, facts in head["by_file"].items()}
    return packed_files(read_file(data, head["name"], unpacked_choices(head["choices"]), by_file))


def _limit(memory_bytes: int, cpu_s: int) -> None:
    try:
        import resource  # noqa: PLC0415
    except ImportError:  # Windows has none of this; the parent's clock still holds there
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # The soft limit ends the process by a signal that says why; the hard one cannot be caught.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + _GRACE_S))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


if __name__ == "__main__":
    main()
