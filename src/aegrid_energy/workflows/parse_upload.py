"""An upload is read in a child process with limits; its death is a problem, not an error."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aegrid_energy
from aegrid_energy.domain.errors import InvalidError
from aegrid_energy.domain.problems import Problem
from aegrid_energy.ingestion.archive import shown
from aegrid_energy.ingestion.choices import Choices
from aegrid_energy.ingestion.handover import packed_choices, unpacked_files
from aegrid_energy.ingestion.parsed import ParsedFile
from aegrid_energy.workflows.parse_child import LENGTH, NO_MEMORY

#: An answer larger than this is not read: the largest honest one is 17 bytes a reading. [bytes]
_MOST_ANSWER: Final = 1 << 30
_MOST_WORDS: Final = 1 << 16
_CHUNK: Final = 1 << 20
#: Threads take address space by the hundred megabytes; a parser needs one.
_ENVIRONMENT: Final = {
    "LC_ALL": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}
#: How libraries say that they got no memory (or, short of address space, no thread), in their last words.
_STARVED: Final = (
    b"memoryerror",
    b"bad_alloc",
    b"memory allocation",
    b"out of memory",
    b"cannot allocate memory",
    b"failed to map segment",
    b"resource temporarily unavailable",
)
_ROOT: Final = str(Path(aegrid_energy.__file__).resolve().parents[1])
_ENTRY: Final = (
    f"import sys; sys.path.insert(0, {_ROOT!r}); from aegrid_energy.workflows.parse_child import main; main()"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseLimits:
    """What the child may use.

    Args:
        memory_bytes: Address space. [bytes]
        cpu_s: Processor time. [s]
        wall_s: Time on the clock, for a child that waits instead of working. [s]
    """

    memory_bytes: int = 1 << 30
    cpu_s: int = 60
    wall_s: float = 180.0


async def parse_upload(
    source: bytes | Path,
    name: str,
    choices: Choices,
    limits: ParseLimits | None = None,
    by_file: Mapping[str, Choices] | None = None,
) -> list[ParsedFile]:
    """What a file from outside holds, read at arm's length.

    Args:
        source: Its bytes, or the absolute path where they lie.
        name: Its name, for messages.
        choices: What the person who loads it says about it.
        limits: What the child may use; 1 GiB and 60 s of processor time unless said.
        by_file: What is said about single files of an archive or sheets of a workbook instead.

    Returns:
        As `ingestion.read_file.read_file`; one file with the problem `parse_killed` where the child died.
    """
    limits = limits or ParseLimits()
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-c",
        _ENTRY,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_ENVIRONMENT,
        cwd="/" if sys.platform != "win32" else None,
        limit=_CHUNK,
    )
    try:
        async with asyncio.timeout(limits.wall_s):
            answer, words = await _talk(child, source, name, choices, by_file or {}, limits)
    except TimeoutError:
        return [_killed(name, "time", f"it took longer than {limits.wall_s:.0f} seconds")]
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
            await _close(child.stdin)
    if child.returncode != 0:
        return [_killed(name, *_reason(child.returncode or 0, words, limits))]
    try:
        return unpacked_files(answer)
    except InvalidError:
        return [_killed(name, "fault", "the reader's answer was damaged")]


async def _talk(
    child: asyncio.subprocess.Process,
    source: bytes | Path,
    name: str,
    choices: Choices,
    by_file: Mapping[str, Choices],
    limits: ParseLimits,
) -> tuple[bytes, bytes]:
    head = json.dumps(
        {
            "name": name,
            "path": str(source) if isinstance(source, Path) else "",
            "choices": packed_choices(choices),
            "by_file": {file: packed_choices(own) for file, own in by_file.items()},
            "memory_bytes": limits.memory_bytes,
            "cpu_s": limits.cpu_s,
        }
    ).encode()
    body = b"" if isinstance(source, Path) else source
    _, answer, words = await asyncio.gather(
        _send(child.stdin, LENGTH.pack(len(head)) + head, body),
        _receive(child.stdout, _MOST_ANSWER),
        _receive(child.stderr, _MOST_WORDS),
    )
    await child.wait()
    return answer, words


async def _send(pipe: asyncio.StreamWriter | None, *parts: bytes) -> None:
    if pipe is None:
        return
    try:
        for part in parts:
            for start in range(0, len(part), _CHUNK):
                pipe.write(part[start : start + _CHUNK])
                await pipe.drain()
    except (BrokenPipeError, ConnectionResetError):  # it died while it was being told; its exit code says why
        pass
    await _close(pipe)


async def _close(pipe: asyncio.StreamWriter | None) -> None:
    """Close a pipe to the child, after its death too: an end nobody awaits is logged by old Pythons."""
    if pipe is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        pipe.close()
        await pipe.wait_closed()


async def _receive(pipe: asyncio.StreamReader | None, most: int) -> bytes:
    """All that comes, the first `most` bytes of it kept."""
    parts: list[bytes] = []
    size = 0
    while pipe is not None and (part := await pipe.read(_CHUNK)):
        if size < most:
            parts.append(part)
        size += len(part)
    return b"".join(parts)


def _reason(code: int, words: bytes, limits: ParseLimits) -> tuple[str, str]:
    spoken = words.lower()
    is_starved = any(sign in spoken for sign in _STARVED)
    if code == NO_MEMORY or is_starved:
        return "memory", f"it needed more than {limits.memory_bytes >> 20} MiB of memory"
    if code == -getattr(signal, "SIGXCPU", 24):
        return "time", f"it used more than {limits.cpu_s} seconds of processor time"
    if code < 0:
        return "signal", f"its reader was ended by signal {-code}"
    return "fault", "its reader failed"


def _killed(name: str, reason: str, words: str) -> ParsedFile:
    file = shown(name)
    problem = Problem(
        file=file,
        line=0,
        column=0,
        code="parse_killed",
        text=f"The file could not be read ({reason}): {words}. Send it in smaller parts.",
        refused="the whole file",
    )
    return ParsedFile(file=file, format="unknown", problems=(problem,))
