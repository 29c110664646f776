"""Serving of the built web app."""

import gzip
import json
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from aegrid_energy.api.policy import ROUTES
from aegrid_energy.api.static_files import built_files, static_routes

PAGE = b"<!doctype html><title>Built</title>" + b" " * 600
SCRIPT = b"console.log(1);\n" * 100
FONT = bytes(range(256))


async def _api(request: Request) -> JSONResponse:
    return JSONResponse({"path": request.url.path})


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_bytes(PAGE)
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / ".stamp").write_text("hash")
    (tmp_path / "assets" / "index-1a2b.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "font-1a2b.woff2").write_bytes(FONT)
    return tmp_path


def _client(folder: Path) -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/api/energy/known", _api), *static_routes(folder)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")


@pytest.fixture
def client(built: Path) -> httpx.AsyncClient:
    return _client(built)


@pytest.mark.parametrize(
    "path", ["/", "/sign-in", "/t/demo/portfolio", "/t/demo/site/1", "/t/demo/newer/page"]
)
async def test_addresses_of_the_app_get_the_page_and_ask_again(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.content == PAGE
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/api/energy/nothing", "/ws/energy/live", "/metrics", "/index.php", "/tenant"]
)
async def test_other_addresses_never_get_the_page(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_an_asset_is_kept_for_ever(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/index-1a2b.js", headers={"accept-encoding": "identity"})
    assert answer.content == SCRIPT
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/assets/index-old.js",
        "/assets/",
        "/assets/../index.html",
        "/assets/%2e%2e/index.html",
        "/assets/..%2f.stamp",
        "/assets/%00",
        "/.stamp",
    ],
)
async def test_a_missing_asset_is_a_404_and_nothing_else(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert PAGE not in answer.content


async def test_text_travels_packed_and_fonts_as_they_are(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/assets/index-1a2b.js", headers={"accept-encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert gzip.decompress(b"".join([part async for part in answer.aiter_raw()])) == SCRIPT
    font = await client.get("/assets/font-1a2b.woff2", headers={"accept-encoding": "gzip"})
    assert font.content == FONT
    assert font.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in font.headers


async def test_an_unchanged_page_is_not_sent_again(client: httpx.AsyncClient) -> None:
    etag = (await client.get("/")).headers["etag"]
    for asked in (etag, f"W/{etag}", f'"other", {etag}'):
        answer = await client.get("/", headers={"if-none-match": asked})
        assert answer.status_code == 304
        assert answer.content == b""
        assert answer.headers["cache-control"] == "no-cache"
    assert (await client.get("/", headers={"if-none-match": '"other"'})).status_code == 200


async def test_head_tells_the_length_without_the_body(client: httpx.AsyncClient) -> None:
    answer = await client.head("/", headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert answer.headers["content-length"] == str(len(PAGE))
    assert answer.content == b""


async def test_the_page_cannot_be_posted_to(client: httpx.AsyncClient) -> None:
    assert (await client.post("/")).status_code == 405


async def test_files_beside_the_page_are_served_by_name(client: httpx.AsyncClient) -> None:
    answer = await client.get("/favicon.svg")
    assert answer.text == "<svg/>"
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        pytest.param("sw.js", "text/javascript; charset=utf-8", id="worker"),
        pytest.param("manifest.webmanifest", "application/manifest+json", id="manifest"),
        pytest.param("icon-192.png", "image/png", id="icon"),
    ],
)
async def test_what_a_phone_installs_is_asked_for_anew_each_time(
    built: Path, name: str, media_type: str
) -> None:
    (built / name).write_bytes(b"{}")
    answer = await _client(built).get(f"/{name}")
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "no-cache"


def test_every_file_that_stands_beside_the_page_has_its_policy_row() -> None:
    public = Path(__file__).parents[2] / "web" / "public"
    names = {path.name for path in public.iterdir()} | {"sw.js"}
    assert {"manifest.webmanifest", "favicon.svg"} < names
    assert {("GET", f"/{name}") for name in names} <= set(ROUTES)


async def test_without_built_pages_the_root_says_how_to_get_them(tmp_path: Path) -> None:
    assert built_files(tmp_path / "static") == {}
    client = _client(tmp_path / "static")
    answer = await client.get("/t/demo/portfolio")
    assert answer.status_code == 200
    assert "hatch_build.py build" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert (await client.get("/assets/index-1a2b.js")).status_code == 404


async def test_the_page_without_pages_runs_under_the_content_policy(tmp_path: Path) -> None:
    text = (await _client(tmp_path / "static").get("/")).text
    assert "<script" not in text
    assert "style" not in text


async def test_the_page_of_a_screen_names_the_parts_it_will_ask_for(built: Path) -> None:
    page = b"<!doctype html><head><title>Built</title></head><div></div>"
    (built / "index.html").write_bytes(page)
    screens = {"/t/:tenant/site/:site": ["assets/now-1.js", "assets/now-1.css"], "/t/:tenant/board": []}
    (built / ".preloads.json").write_text(json.dumps(screens))
    client = _client(built)
    site = await client.get("/t/demo/site/42")
    links = (
        b'<link rel="modulepreload" crossorigin href="/assets/now-1.js">'
        b'<link rel="preload" as="style" crossorigin href="/assets/now-1.css">'
    )
    assert site.content == page.replace(b"</head>", links + b"</head>")
    assert site.headers["cache-control"] == "no-cache"
    again = await client.get("/t/demo/site/42", headers={"If-None-Match": site.headers["etag"]})
    assert again.status_code == 304
    for path in ("/t/demo/board", "/t/demo/site/42/unknown", "/"):
        assert (await client.get(path)).content == page
    assert (await client.get("/.preloads.json")).status_code == 404
