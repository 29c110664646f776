"""The built web app: assets that never change, a page that is asked for anew, and nothing in between.

The whole UI is under a megabyte, so it is read into memory once: no request touches the disk, and no
address can name a file that was not built. The policy that pages run under is put on every answer by
`security_headers.py`.
"""

import gzip
import hashlib
import json
import mimetypes
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

#: Addresses that the app itself reads; `web/src/app/routes.ts` has the screens under `/t/`.
APP_PATHS: Final = ("/", "/sign-in", "/t/{rest:path}")

_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_COMPRESSIBLE: Final = frozenset(
    {
        "text/html",
        "text/css",
        "text/javascript",
        "image/svg+xml",
        "application/json",
        "application/manifest+json",
    }
)
#: Platforms disagree: a Windows registry may call JavaScript plain text, and nosniff then blanks the page.
_TYPES: Final[Mapping[str, str]] = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}

#: Which parts each screen needs, by its path: written by the build, hidden, so never served.
_PRELOADS: Final = ".preloads.json"
_HEAD_ENDS: Final = b"</head>"

_WITHOUT_UI: Final = b"""<!doctype html>
<html lang="en-AU">
<meta charset="utf-8">
<title>Aegrid Energy</title>
<h1>The server runs; its web pages are not built</h1>
<p>This is a source checkout whose pages were left out (AEGRID_SKIP_UI=1).</p>
<p>To get them, either</p>
<ul>
<li>run <code>make demo</code> in the checkout, or</li>
<li>run <code>python hatch_build.py build</code> in the checkout, or</li>
<li>install the released package: <code>pip install aegrid-energy</code>.</li>
</ul>
<p>Then start the server again. Programs can use <code>/api/energy</code> without them.</p>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFile:
    """One file of the built app, ready to send.

    Args:
        body: As built.
        packed: The same with gzip, where that is smaller.
        media_type: With its character set where it is text.
        etag: Strong, of the body.
    """

    body: bytes
    packed: bytes | None
    media_type: str
    etag: str


def built_files(folder: Traversable | None = None) -> dict[str, BuiltFile]:
    """The files of the built app by their path (`index.html`, `assets/...`); empty where it is not built."""
    root = _static(folder)
    if not (root / "index.html").is_file():
        return {}
    return {path: _built(path, entry.read_bytes()) for path, entry in _walk(root, "")}


def static_routes(folder: Traversable | None = None) -> list[BaseRoute]:
    """Routes of the built app, to stand after every route of the API.

    Args:
        folder: Where the built files are; the package's own `static` by default.
    """
    built = built_files(folder)
    index = built.get("index.html")
    screens = [] if index is None else pages_of_screens(index, folder)

    async def page(request: Request) -> Response:
        if index is None:
            return Response(_WITHOUT_UI, media_type="text/html", headers={"Cache-Control": "no-store"})
        path = request.url.path
        found = next((file for pattern, file in screens if pattern.fullmatch(path)), index)
        return _answer(request, found, _ASK_AGAIN)

    async def asset(request: Request) -> Response:
        # A missing asset is a 404, never the page: a browser that runs HTML as a script shows nothing at all.
        found = built.get(f"assets/{request.path_params['name']}")
        if found is None:
            raise HTTPException(404)
        return _answer(request, found, _IMMUTABLE)

    def root_file(name: str, file: BuiltFile) -> Route:
        async def serve(request: Request) -> Response:
            return _answer(request, file, _ASK_AGAIN)

        return Route(f"/{name}", serve, methods=["GET", "HEAD"], include_in_schema=False)

    routes: list[BaseRoute] = [
        Route("/assets/{name:path}", asset, methods=["GET", "HEAD"], include_in_schema=False),
        *(Route(path, page, methods=["GET", "HEAD"], include_in_schema=False) for path in APP_PATHS),
    ]
    at_root = (name for name in built if "/" not in name and name != "index.html")
    routes.extend(root_file(name, built[name]) for name in at_root)
    return routes


def pages_of_screens(
    index: BuiltFile, folder: Traversable | None = None
) -> list[tuple[re.Pattern[str], BuiltFile]]:
    """The page as each screen gets it, with the pattern of its address: the parts it will ask for are named.

    A browser then fetches them beside the entry; without, it hears of them when the entry has run, which a
    phone pays for with a round trip or two.
    """
    listed = _static(folder) / _PRELOADS
    if not listed.is_file():
        return []
    screens: dict[str, list[str]] = json.loads(listed.read_bytes())
    return [
        (
            re.compile(re.sub(r":\w+", "[^/]+", path)),
            _built("index.html", index.body.replace(_HEAD_ENDS, _links(parts) + _HEAD_ENDS, 1)),
        )
        for path, parts in screens.items()
    ]


def _links(parts: Sequence[str]) -> bytes:
    return "".join(
        f'<link rel="modulepreload" crossorigin href="/{part}">'
        if part.endswith(".js")
        else f'<link rel="preload" as="style" crossorigin href="/{part}">'
        for part in parts
    ).encode()


def _static(folder: Traversable | None) -> Traversable:
    return files("aegrid_energy") / "static" if folder is None else folder


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        # The build leaves its stamp as a hidden file; nothing hidden is served.
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry


def _built(path: str, body: bytes) -> BuiltFile:
    suffix = path[path.rfind(".") :]
    media_type = _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    packed = gzip.compress(body, 9, mtime=0) if media_type in _COMPRESSIBLE else None
    return BuiltFile(
        body=body,
        packed=packed if packed is not None and len(packed) < len(body) else None,
        media_type=f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type,
        etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
    )


def _answer(request: Request, file: BuiltFile, cache: str) -> Response:
    headers = {
        "Cache-Control": cache,
        "ETag": file.etag,
        "Vary": "Accept-Encoding",
    }
    asked = request.headers.get("if-none-match", "")
    if file.etag in {tag.strip().removeprefix("W/") for tag in asked.split(",")}:
        return Response(status_code=304, headers=headers)
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            file.packed, media_type=file.media_type, headers={**headers, "Content-Encoding": "gzip"}
        )
    return Response(file.body, media_type=file.media_type, headers=headers)
