"""The embedded server's data folder: made once, configured at every start, opened by one major version."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from aegrid_energy.domain.errors import UnavailableError
from aegrid_energy.storage.binaries import Binaries
from aegrid_energy.storage.guard import server_environment
from aegrid_energy.storage.roles import ADMIN_NAME
from aegrid_energy.storage.system_account import ROOT_UID, SystemAccount

#: An administrator's own settings, in the state folder; read after ours.
LOCAL_SETTINGS: Final = "postgresql.local.conf"
#: `sun_path` holds 104 bytes on macOS and 108 on Linux, and PostgreSQL appends `/.s.PGSQL.5432.lock`.
SOCKET_DIR_LIMIT: Final = 80

_SETTINGS: Final = """\
# Written by aegrid-energy at every start; your own settings belong into ../{local}.
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 1GB
wal_level = replica
max_wal_senders = 4
fsync = on
synchronous_commit = on
max_locks_per_transaction = 256
jit = off
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, ymd'
lc_messages = 'C'
log_checkpoints = off
log_line_prefix = '%m [%p] %q%u@%d '
cluster_name = 'aegrid-energy'
"""

# The operating system says who is at the other end of the socket; there is no password to lose.
_HBA: Final = """\
# Written by aegrid-energy at every start.
local all all peer map=aegrid
local replication all peer map=aegrid
"""


def ensure_cluster(data_dir: Path, account: SystemAccount, binaries: Binaries) -> bool:
    """Make the data folder if there is none, and check that these programs can open it.

    Returns:
        Whether it was made now.

    Raises:
        UnavailableError: `state_dir_not_reachable`, `database_of_another_version`,
            `database_not_initialised`.
    """
    blocked = account.first_unreachable(data_dir.parent)
    if blocked is not None:
        raise UnavailableError(
            "state_dir_not_reachable",
            folder=str(blocked),
            account=account.name,
            state_dir=str(data_dir.parent),
        )
    version = data_dir / "PG_VERSION"
    if data_dir.exists():
        found = version.read_text(encoding="ascii").strip() if version.exists() else "none"
        if found != (needed := str(binaries.major())):
            raise UnavailableError(
                "database_of_another_version", folder=str(data_dir), found=found, needed=needed
            )
        return False
    _initialise(data_dir, account, binaries)
    return True


def configure(data_dir: Path, account: SystemAccount) -> None:
    """Write the settings, and who may connect: the server's account and root, as our roles."""
    settings = _SETTINGS.format(local=LOCAL_SETTINGS)
    if (data_dir.parent / LOCAL_SETTINGS).exists():
        settings += f"include '../{LOCAL_SETTINGS}'\n"
    _write(data_dir / "postgresql.conf", settings, account)
    _write(data_dir / "pg_hba.conf", _HBA, account)
    root = "root"
    lines = ["# Written by aegrid-energy at every start."]
    for name in dict.fromkeys((account.name, root)):
        lines += [f'aegrid "{name}" {ADMIN_NAME}', f'aegrid "{name}" /^.+_(owner|app|jobs|backup)$']
    _write(data_dir / "pg_ident.conf", "\n".join(lines) + "\n", account)


def socket_dir(state_dir: Path, digest: str, account: SystemAccount) -> Path:
    """A folder for the socket that only the server's account enters: in the state folder if that is short.

    Raises:
        UnavailableError: `socket_dir_not_ours`: somebody else made the folder first.
    """
    folder = state_dir / "socket"
    if len(os.fsencode(folder)) > SOCKET_DIR_LIMIT:
        folder = Path("/tmp") / f"aegrid-{digest[:16]}"  # noqa: S108 - made and checked below
    try:
        folder.mkdir(mode=0o700)
        if not account.is_mine:
            os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        pass
    except OSError as error:
        raise UnavailableError("socket_dir_not_ours", folder=str(folder), why=str(error)) from error
    found = folder.lstat()
    if found.st_uid != account.uid or found.st_mode & 0o170777 != 0o040700:  # a folder, not a link, 0700
        raise UnavailableError("socket_dir_not_ours", folder=str(folder), why="owner or mode")
    return folder


def _initialise(data_dir: Path, account: SystemAccount, binaries: Binaries) -> None:
    """Run initdb beside the data folder and rename, so that an interrupted one leaves no half cluster."""
    draft = data_dir.with_name(f"{data_dir.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    said = ""
    try:
        # The builtin locale sorts alike on every system and version. The C library's character classes serve
        # text search only, and not every system has C.UTF-8.
        for character_classes in ("C.UTF-8", "C"):
            draft.mkdir(mode=0o700)
            if os.getuid() == ROOT_UID:
                os.chown(draft, account.uid, account.gid)
            done = subprocess.run(  # noqa: S603 - our own program
                [
                    str(binaries.program("initdb")),
                    f"--pgdata={draft}",
                    f"--username={ADMIN_NAME}",
                    "--auth=peer",
                    "--encoding=UTF8",
                    "--locale=C",
                    f"--lc-ctype={character_classes}",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--data-checksums",
                    "--no-instructions",
                ],
                env=server_environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                **account.spawn(),
            )
            if done.returncode == 0:
                draft.rename(data_dir)
                return
            said = done.stderr.strip() or done.stdout.strip()
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        said = str(error)
    shutil.rmtree(draft, ignore_errors=True)
    raise UnavailableError("database_not_initialised", folder=str(data_dir), why=said[-500:])


def _write(path: Path, text: str, account: SystemAccount) -> None:
    """Replace a file of the server at once, unless it reads like this already."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    if not account.is_mine:
        os.chown(draft, account.uid, account.gid)
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
