"""`/openapi.json` says all that the service does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from openapi_spec_validator import validate

from .house import House

IIIF = "/iiif/3/{id}/{region}/{size}/{rotation}/{quality}.{format}"
Operation = tuple[str, dict[str, Any]]
NEED_A_KEY = {("/images", "post"), ("/images/{id}", "patch"), ("/images/{id}", "delete"),
              ("/keys/self", "get")}  # fmt: skip


@pytest.fixture(scope="module")
def document(house: House) -> dict[str, Any]:
    answer = house.get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for operation in item.values():
            yield path, operation


def reading(document: dict[str, Any]) -> Iterator[Operation]:
    """Those that need no key."""
    for path, item in document["paths"].items():
        if "get" in item and (path, "get") not in NEED_A_KEY:
            yield path, item["get"]


def test_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_has_every_route(document: dict[str, Any]) -> None:
    assert set(document["paths"]) == {
        "/image/{query}", "/search", "/i/{id}", "/i/{id}/original", "/images/{id}",
        "/healthz", "/readyz", "/metrics",
        "/iiif/3/{id}", "/iiif/3/{id}/info.json", IIIF,
        "/images", "/keys/self",
    }  # fmt: skip


def test_every_parameter_is_described_and_has_an_example(document: dict[str, Any]) -> None:
    for path, operation in operations(document):
        for parameter in operation.get("parameters", []):
            where = (path, parameter["name"])
            assert parameter["description"], where
            assert parameter["example"] not in (None, ""), where


def test_every_example_is_within_its_own_bounds(document: dict[str, Any]) -> None:
    for _, operation in operations(document):
        for parameter in operation.get("parameters", []):
            Draft202012Validator(parameter["schema"]).validate(parameter["example"])


def test_every_example_is_accepted(house: House, document: dict[str, Any]) -> None:
    """All but the cursor's, which belongs to another catalog."""
    id = house.image("hoodies/red.png").id
    for path, operation in reading(document):
        url = path.replace("{id}", id).replace("{query}", "hoodie")
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                url = url.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "query" and parameter["name"] != "cursor":
                example = str(parameter["example"])
                answer = house.get(url, params={parameter["name"]: example})
                assert answer.status_code in (200, 404), (path, parameter["name"], answer.text)
        assert house.get(url).status_code in (200, 303), url


def test_every_operation_has_a_name_and_a_summary(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert names == [
        "image", "rendition", "original", "record", "edit", "remove",
        "iiif_base", "iiif_info", "iiif_image",
        "search", "upload", "own_key", "healthz", "readyz", "metrics",
    ]  # fmt: skip
    for path, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path


def test_every_problem_is_a_problem_document(document: dict[str, Any]) -> None:
    for path, operation in operations(document):
        for status, response in operation["responses"].items():
            if (path, status) == ("/images", "422"):
                continue  # one for each file
            if int(status) >= 400:
                schema = response["content"]["application/problem+json"]["schema"]
                assert set(schema["required"]) == {"type", "title", "status", "detail", "code"}
                assert list(response["content"]) == ["application/problem+json"], (path, status)


EXPECTED = {
    "/image/{query}": {"200", "304", "400", "403", "404", "422", "503"},
    "/i/{id}": {"200", "304", "400", "403", "404", "422", "503"},
    "/i/{id}/original": {"200", "206", "304", "400", "403", "404", "416", "422", "503"},
    "/images/{id}": {"200", "304", "404", "503"},
    "/keys/self": {"200", "401", "503"},
    "/search": {"200", "304", "400", "503"},
    "/iiif/3/{id}": {"303", "404", "503"},
    "/iiif/3/{id}/info.json": {"200", "304", "400", "404", "503"},
    IIIF: {"200", "304", "400", "403", "404", "422", "501", "503"},
    "/healthz": {"200"},
    "/readyz": {"200", "503"},
    "/metrics": {"200"},
}


@pytest.mark.parametrize("path", EXPECTED)
def test_every_status_is_documented(document: dict[str, Any], path: str) -> None:
    assert set(document["paths"][path]["get"]["responses"]) == EXPECTED[path]


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/search", "/search?q=hoodie"),
        ("/search", "/search?q=zzzz"),
        ("/images/{id}", None),
        ("/iiif/3/{id}/info.json", None),
        ("/healthz", "/healthz"),
        ("/readyz", "/readyz"),
    ],
)
def test_answers_are_as_documented(
    house: House, document: dict[str, Any], path: str, url: str | None
) -> None:
    url = url or path.replace("{id}", house.image("tokyo.jpg").id)
    operation = document["paths"][path]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    whole = {**schema, "components": document["components"]}
    Draft202012Validator(whole).validate(house.get(url).json())


CHANGING = {
    ("/images", "post"): {"200", "201", "400", "401", "403", "408", "413", "415", "422", "503"},
    ("/images/{id}", "patch"): {"200", "400", "401", "403", "404", "408", "412", "413", "415",
                                "503"},
    ("/images/{id}", "delete"): {"204", "400", "401", "403", "404", "412", "503"},
}  # fmt: skip


@pytest.mark.parametrize(("path", "method"), CHANGING)
def test_every_status_of_a_change_is_documented(
    document: dict[str, Any], path: str, method: str
) -> None:
    assert set(document["paths"][path][method]["responses"]) == CHANGING[path, method]


def test_what_needs_a_key_says_so(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    secured = {
        (path, method)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if operation.get("security") == [{"key": []}]
    }
    assert secured == NEED_A_KEY
