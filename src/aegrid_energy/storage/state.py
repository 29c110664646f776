"""The state folder: where it lies, the locks in it, and how full its disk is."""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from aegrid_energy.domain.errors import UnavailableError
from aegrid_energy.storage.system_account import ROOT_UID

#: Below this free share of the disk, ingestion answers 503: PostgreSQL stops hard on a full disk.
FREE_NEEDED: Final = 0.05
_FOLDER: Final = "aegrid-energy"


def default_state_dir(environ: Mapping[str, str]) -> Path:
    """Where the state lies: AEGRID_STATE_DIR, else the system's folder for root, else the user's."""
    if given := environ.get("AEGRID_STATE_DIR"):
        return Path(given).expanduser()
    if os.getuid() == ROOT_UID:
        return Path("/var/lib") / _FOLDER
    if given := environ.get("XDG_STATE_HOME"):
        return Path(given) / _FOLDER
    return Path.home() / ".local" / "state" / _FOLDER


def make_state_dir(state_dir: Path) -> Path:
    """Make the folder if it is missing; one that exists keeps its rights, whatever they are.

    Returns:
        Its real path.

    Raises:
        UnavailableError: `state_dir_not_writable`.
    """
    try:
        if not state_dir.is_dir():
            state_dir.parent.mkdir(parents=True, exist_ok=True)
            state_dir.mkdir(exist_ok=True)
            # Another account has to pass through it when the administrator starts the program.
            state_dir.chmod(0o755 if os.getuid() == ROOT_UID else 0o700)
        real = state_dir.resolve(strict=True)
    except OSError as error:
        raise UnavailableError(
            "state_dir_not_writable", folder=str(state_dir), why=error.strerror or ""
        ) from error
    if not os.access(real, os.W_OK | os.X_OK):
        raise UnavailableError("state_dir_not_writable", folder=str(real), why="no right to write")
    return real


def free_share(folder: Path) -> float:
    """The share of the folder's disk that is free for us, 0 to 1."""
    usage = shutil.disk_usage(folder)
    return usage.free / (usage.total or 1)


def refuse_full_disk(folder: Path, *, needed: float = FREE_NEEDED) -> None:
    """Refuse to store when the disk is nearly full.

    Args:
        folder: A folder on the disk.
        needed: Share that must be free, 0 to 1.

    Raises:
        UnavailableError: `disk_nearly_full`.
    """
    free = free_share(folder)
    if free < needed:
        raise UnavailableError("disk_nearly_full", folder=str(folder), free_percent=round(free * 100, 1))


class Lock:
    """An advisory lock on a file of the state folder; the kernel drops it when its holder dies."""

    def __init__(self, path: Path) -> None:
        """Open the file, and make it if it is missing, for the owner of the folder."""
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            if os.getuid() == ROOT_UID:
                owner = path.parent.stat()
                os.fchown(self._fd, owner.st_uid, owner.st_gid)
        except OSError as error:
            raise UnavailableError(
                "state_dir_not_writable", folder=str(path.parent), why=error.strerror or ""
            ) from error

    def take(self, *, is_shared: bool) -> bool:
        """Take it if it is free at once; whether it was."""
        try:
            fcntl.flock(self._fd, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def await_(self, *, is_shared: bool, deadline: float, progress: Callable[[], None]) -> None:
        """Take it, waiting for others.

        Args:
            is_shared: Together with other sharers.
            deadline: On the monotonic clock. [s]
            progress: Called while it waits.

        Raises:
            UnavailableError: `database_busy_starting`.
        """
        while not self.take(is_shared=is_shared):
            if time.monotonic() > deadline:
                raise UnavailableError("database_busy_starting")
            progress()
            time.sleep(0.01)

    def drop(self) -> None:
        """Let go of it and close the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def is_taken(path: Path) -> bool:
    """Whether somebody holds the lock, shared or not; it is held for a moment to find out."""
    lock = Lock(path)
    try:
        return not lock.take(is_shared=False)
    finally:
        lock.drop()
