"""The guard: a small process that keeps the embedded server up while it has users, and then stops it.

It runs as a script on the standard library alone (`python -I -S guard.py ORDER`), so that it starts in
milliseconds and outlives whatever happens to the application. The server is its child: it learns of its death
at once, leaves no zombie, and cannot mistake another process for it.

Users hold a shared lock on `in-use`; the kernel drops it when they die, however they die. The guard waits for
the exclusive lock and keeps it until the server is down, so that a newcomer waits for the end of the stop.
"""

import fcntl
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

#: A fast stop writes one checkpoint; after this long the server is told to drop everything. [s]
STOP_PATIENCE_S: Final = 60.0
#: Backends of a killed postmaster hold its shared memory until they notice; a new start waits this long. [s]
START_PATIENCE_S: Final = 120.0
#: A server that dies this often in a row before it is ready has a cause that another start does not cure.
FAILURES_IN_A_ROW: Final = 5
#: Words in the log of a start that failed only because an earlier server has not quite gone.
NOT_YET: Final = ("lock file", "shared memory block", "shutting down")
LOG_LIMIT_BYTES: Final = 10_000_000

#: Files of the state folder.
LOG, IN_USE, GUARDED, STARTING = "postgres.log", "in-use", "guarded", "starting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a guard is told."""

    state_dir: str
    data_dir: str
    socket_dir: str
    postgres: str
    #: The account of the server; the guard itself becomes it once its files are open.
    uid: int
    gid: int

    def text(self) -> str:
        """The order as one argument of a command line."""
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Postmaster:
    """A running server, as `postmaster.pid` tells and the process table confirms."""

    pid: int
    socket_dir: str
    is_ready: bool


def postmaster_of(data_dir: Path) -> Postmaster | None:
    """The server that runs on a data folder, or None; a stale file or a stranger with its pid is None."""
    lines = _pid_file(data_dir)
    pid = _pid_in(lines)
    if pid is None or not runs_on(pid, data_dir):
        return None
    # Lines of the file: pid, data folder, start, port, socket folder, addresses, shared memory, state.
    return Postmaster(
        pid=pid,
        socket_dir=lines[4].strip() if len(lines) > 4 else "",
        is_ready=len(lines) > 7 and lines[7].strip() == "ready",
    )


def runs_on(pid: int, data_dir: Path) -> bool:
    """Whether the process is a PostgreSQL whose data folder is this one: by executable and by path."""
    process = Path(f"/proc/{pid}")
    if Path("/proc/self").exists():
        try:
            executable = Path(str((process / "exe").readlink()).removesuffix(" (deleted)"))
            return executable.name == "postgres" and (process / "cwd").samefile(data_dir)
        except OSError:
            return False
    command = subprocess.run(  # noqa: S603 - a fixed command and a number
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    program, _, rest = command.partition(" ")
    return Path(program).name == "postgres" and f"-D {data_dir}" in rest


def fast_stop(pid: int, data_dir: Path, has_gone: Callable[[float], bool]) -> bool:
    """Stop the server and wait for its end.

    Args:
        pid: Its process.
        data_dir: Its data folder; a process that is not a PostgreSQL on it is never signalled.
        has_gone: Waits at most so many seconds and says whether the process has ended. [s]

    Returns:
        Whether it has ended.
    """
    started = time.monotonic()
    told: signal.Signals | None = None
    while not has_gone(0.05):
        waited_s = time.monotonic() - started
        # SIGINT: roll back, checkpoint, end. SIGQUIT: end now, recover at the next start.
        wish = signal.SIGINT if waited_s < STOP_PATIENCE_S else signal.SIGQUIT
        if wish is not told and send(pid, wish, data_dir):
            told = wish
        if waited_s > STOP_PATIENCE_S + 10:
            return False
    return True


def send(pid: int, wish: signal.Signals, data_dir: Path) -> bool:
    """Signal the server, and only the server: the check and the signal concern one process."""
    try:
        if not hasattr(os, "pidfd_open"):
            if runs_on(pid, data_dir):
                os.kill(pid, wish)
                return True
            return False
        handle = os.pidfd_open(pid)
    except OSError:
        return False
    try:
        # A handle stays with its process, so a pid that is given to another after the check is harmless.
        if not runs_on(pid, data_dir):
            return False
        signal.pidfd_send_signal(handle, wish)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(handle)


def await_stranger(pid: int, data_dir: Path, within_s: float) -> bool:
    """Wait for the end of a server that is not our child; whether it has ended."""
    if not runs_on(pid, data_dir):
        return True
    if hasattr(os, "pidfd_open"):
        try:
            handle = os.pidfd_open(pid)
        except OSError:
            return True
        try:
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            if runs_on(pid, data_dir):
                poll.poll(within_s * 1000)
        finally:
            os.close(handle)
    else:
        time.sleep(min(within_s, 0.2))
    return not runs_on(pid, data_dir)


def make_way(data_dir: Path) -> None:
    """Clear what a killed server left behind and PostgreSQL itself does not; none may run on the folder.

    It refuses to start while backends of the dead server are at work, and some notice its death only when
    they wait for something: they are told to end. It also refuses when the pid in `postmaster.pid` now is a
    bystander's of the same account: that file is removed. Its second lock, the shared memory that is named
    after the data folder, stays in force.
    """
    for entry in Path("/proc").glob("[0-9]*"):
        if runs_on(int(entry.name), data_dir):
            send(int(entry.name), signal.SIGQUIT, data_dir)
    pid = _pid_in(_pid_file(data_dir))
    if pid is None:
        return
    try:
        os.kill(pid, 0)
    except OSError:
        return  # nobody, or another account's: PostgreSQL knows the file is stale
    if not runs_on(pid, data_dir):
        (data_dir / "postmaster.pid").unlink(missing_ok=True)


def _pid_in(lines: list[str]) -> int | None:
    # A single-user server writes its pid negative.
    text = lines[0].strip().removeprefix("-") if lines else ""
    return int(text) if text.isdecimal() and text.isascii() else None


def _pid_file(data_dir: Path) -> list[str]:
    try:
        return (data_dir / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []


class _Server:
    """One run of the server, ours or found running, watched by a thread of its own."""

    def __init__(self, pid: int, data_dir: Path, *, is_child: bool, news: "queue.SimpleQueue[None]") -> None:
        self.pid = pid
        self.gone = threading.Event()
        #: As `os.waitpid` gives it; unknown (0) for a server that another process started.
        self.status = 0
        self._data_dir = data_dir
        self._is_child = is_child
        self._news = news
        threading.Thread(target=self._watch, daemon=True).start()

    @property
    def refused_to_run(self) -> bool:
        """It ended by itself with an error; it was neither killed nor stopped."""
        return os.WIFEXITED(self.status) and os.WEXITSTATUS(self.status) != 0

    def _watch(self) -> None:
        if self._is_child:
            _, self.status = os.waitpid(self.pid, 0)
        else:
            while not await_stranger(self.pid, self._data_dir, 3600):
                pass
        self.gone.set()
        self._news.put(None)


class _Guard:
    """The server of a state folder, for as long as it has users."""

    def __init__(self, order: Order, in_use: int, log: int) -> None:
        self._order = order
        self._data_dir = Path(order.data_dir)
        self._log = log
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._unused = threading.Event()
        threading.Thread(target=self._await_unused, args=(in_use,), daemon=True).start()

    def run(self) -> int:
        """Keep the server up until nobody uses it; the exit code."""
        failures, first_failure_at = 0, 0.0
        while True:
            log_at = os.fstat(self._log).st_size
            server = self._adopt_or_launch()
            self._news.get()
            if self._unused.is_set():
                return 0 if fast_stop(server.pid, self._data_dir, server.gone.wait) else 1
            said = os.pread(self._log, 100_000, log_at).decode("utf-8", "replace")
            if "ready to accept connections" in said:
                failures, first_failure_at = 0, 0.0
                continue
            first_failure_at = first_failure_at or time.monotonic()
            failures += 1
            if any(words in said for words in NOT_YET):  # only an earlier server has not quite gone
                if time.monotonic() - first_failure_at > START_PATIENCE_S:
                    return 1
            elif server.refused_to_run or failures > FAILURES_IN_A_ROW:
                return 1
            # Not a wait for anything in particular: the backends of the dead server have to notice.
            self._unused.wait(0.2)

    def _adopt_or_launch(self) -> _Server:
        running = postmaster_of(self._data_dir)
        if running is not None:
            return _Server(running.pid, self._data_dir, is_child=False, news=self._news)
        make_way(self._data_dir)
        pid = os.posix_spawn(
            self._order.postgres,
            [self._order.postgres, "-D", self._order.data_dir, "-k", self._order.socket_dir],
            server_environment(),
            setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE],
        )
        return _Server(pid, self._data_dir, is_child=True, news=self._news)

    def _await_unused(self, in_use: int) -> None:
        fcntl.flock(in_use, fcntl.LOCK_EX)  # kept until this process ends
        self._unused.set()
        self._news.put(None)


def server_environment() -> dict[str, str]:
    """The environment of the server's programs: no PG* variable of the caller reaches them."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _is_the_only_guard(guarded: int) -> bool:
    """Take the lock of the guards, for good; false if one has it."""
    deadline = time.monotonic() + 1
    while True:
        try:
            fcntl.flock(guarded, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Users who look whether there is a guard hold the lock for a moment.
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        else:
            return True


def main(text: str) -> int:
    """Guard by order; the exit code: 0 nobody uses the server any more, 1 it cannot be kept up."""
    # Whatever the application left inheritable (a listening socket) must not outlive it here.
    os.closerange(3, min(os.sysconf("SC_OPEN_MAX"), 65_536))
    order = Order(**json.loads(text))
    state_dir = Path(order.state_dir)
    if not _is_the_only_guard(os.open(state_dir / GUARDED, os.O_RDWR)):
        return 0
    in_use = os.open(state_dir / IN_USE, os.O_RDWR)
    log = os.open(state_dir / LOG, os.O_RDONLY)
    # Ends with its users, not with a terminal or a session; postgres is told through its own signals.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.chdir("/")
    if os.getuid() != order.uid:
        os.setgroups([])
        os.setgid(order.gid)
        os.setuid(order.uid)
    return _Guard(order, in_use, log).run()


if __name__ == "__main__":
    # Threads may still wait in the kernel; there is nothing to tidy up.
    os._exit(main(sys.argv[1]))
