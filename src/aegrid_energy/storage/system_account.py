"""The operating-system account that the embedded server runs as; PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

from aegrid_energy.domain.errors import UnavailableError

ROOT_UID: Final = 0
#: Who runs the server when the administrator starts the program and no folder names somebody better.
UNPRIVILEGED: Final = "nobody"


class SpawnAs(TypedDict, total=False):
    """Arguments of `subprocess` that make a child another account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemAccount:
    """An account by name and number."""

    name: str
    uid: int
    gid: int

    @property
    def is_mine(self) -> bool:
        """Whether this process runs as it."""
        return self.uid == os.getuid()

    def spawn(self) -> SpawnAs:
        """What `subprocess` needs to start a child as this account."""
        return {} if self.is_mine else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def first_unreachable(self, path: Path) -> Path | None:
        """The outermost of the path and its folders that the account may not enter or run, or None.

        Asked of the kernel by a child of that account, so that access lists and mounts count too.
        """
        steps = [str(step) for step in (*reversed(path.parents), path)]
        script = 'for step in "$@"; do [ -x "$step" ] || { printf %s "$step"; exit 1; }; done'
        answer = subprocess.run(  # noqa: S603 - a fixed script, the paths are arguments
            ["/bin/sh", "-c", script, "sh", *steps],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **self.spawn(),
        )
        return Path(answer.stdout) if answer.returncode else None


def account_of(uid: int) -> SystemAccount:
    """The account with a number.

    Raises:
        UnavailableError: `account_without_name`: PostgreSQL needs one.
    """
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise UnavailableError("account_without_name", uid=uid) from None
    return SystemAccount(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def server_account(state_dir: Path, data_dir: Path) -> SystemAccount:
    """Who runs the server: the owner of the data; for new data as root the folder's owner, else `nobody`.

    Raises:
        UnavailableError: `data_of_another_account`, `no_unprivileged_account`, `account_without_name`.
    """
    me = os.getuid()
    if data_dir.exists():
        owner = data_dir.stat().st_uid
        if me not in (ROOT_UID, owner):
            raise UnavailableError("data_of_another_account", folder=str(data_dir), uid=owner)
        if owner == ROOT_UID:
            raise UnavailableError("data_of_root", folder=str(data_dir))
        return account_of(owner)
    if me != ROOT_UID:
        return account_of(me)
    if (owner := state_dir.stat().st_uid) != ROOT_UID:
        return account_of(owner)
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise UnavailableError("no_unprivileged_account", account=UNPRIVILEGED) from None
    return SystemAccount(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)
