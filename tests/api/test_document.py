"""The OpenAPI document says of errors what the answers are."""

from access_world import World


async def test_errors_are_documented_as_problems_and_answers_as_json(world: World) -> None:
    async with world.client() as client:
        document = (await client.get("/api/energy/openapi.json")).json()
    assert document == world.app.openapi()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                kinds = set(answer.get("content", {}))
                expected = {"application/problem+json"} if int(status) >= 400 else {"application/json"}
                assert kinds <= expected, (path, status)
    assert "ProblemAnswer" in document["components"]["schemas"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
