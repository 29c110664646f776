"""The OpenAPI document that the web client is generated from is that of the server."""

import json
from pathlib import Path

from aegrid_energy.api.export_openapi import openapi_document

ROOT = Path(__file__).resolve().parents[2]


def test_the_document_of_the_client_is_that_of_the_server() -> None:
    held = json.loads((ROOT / "web" / "openapi.json").read_text())
    assert held == json.loads(json.dumps(openapi_document())), "run `make client`"
