"""Writes the OpenAPI document that the web client is generated from; socket messages stand in it too.

`python -m aegrid_energy.api.export_openapi FILE`
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from aegrid_energy.api.application import ROUTERS, make_application
from aegrid_energy.api.context import Context
from aegrid_energy.api.document import document_of
from aegrid_energy.api.limits import Limiter
from aegrid_energy.api.messages import ClientMessage, ServerMessage
from aegrid_energy.storage.pool import build_pool


def openapi_document() -> dict[str, Any]:
    """The document of the product; no database is asked."""
    context = Context(
        pool=build_pool("dbname=none", name="none"),
        now=lambda: datetime.now(UTC),  # nothing asks: no request is served
        pepper=b"",
        allowed_origins=frozenset(),
        is_tls=False,
        demo=False,
        limiter=Limiter(),
    )
    document = document_of(make_application(context, ROUTERS))
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name, adapter in (
        ("ClientMessage", TypeAdapter(ClientMessage)),
        ("ServerMessage", TypeAdapter(ServerMessage)),
    ):
        schema = adapter.json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
    document.setdefault("info", {}).pop("version", None)
    document["info"]["version"] = "1"  # a release alone does not make the client stale
    return document


def main(path: Path) -> None:
    """Write the document."""
    path.write_text(json.dumps(openapi_document(), indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
