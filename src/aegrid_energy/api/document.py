"""The OpenAPI document, as the answers are: errors are problem documents there too."""

from typing import Any, Final, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_PROBLEM: Final = "#/components/schemas/ProblemAnswer"


def document_of(app: FastAPI) -> dict[str, Any]:
    """The document of an app, made once; FastAPI knows one media type for each route, ours has two."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        for path in document.get("paths", {}).values():
            for operation in path.values():
                for answer in operation.get("responses", {}).values():
                    _as_problem(cast("dict[str, Any]", answer))
        app.openapi_schema = document
    return app.openapi_schema


def _as_problem(answer: dict[str, Any]) -> None:
    content = answer.get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if schema.get("$ref") == _PROBLEM:
        content["application/problem+json"] = content.pop("application/json")
