from __future__ import annotations

import copy
import re
from enum import StrEnum
from html.parser import HTMLParser
from pathlib import Path
from typing import Annotated, Any

import httpx
import jsonschema_rs
import pytest
from fastapi import FastAPI, Query
from pydantic import BaseModel, Field
from schemathesis.specs.openapi.definitions import OPENAPI_30
from swagger_ui_bundle import swagger_ui_path

from app.kit import problems
from app.kit.apidocs import ASSETS, mount_docs
from app.kit.openapi30 import as_openapi30, schema30


class Colour(StrEnum):
    RED = "red"


class Thing(BaseModel):
    name: str | None = Field(default=None, examples=["a"])
    size: int = Field(gt=0, lt=10)
    pair: tuple[int, str]
    kind: Annotated[Colour | None, Field(description="which")] = None
    constant: dict[str, Any] | list[str] | None = None


def application() -> FastAPI:
    app = FastAPI(title="T", docs_url=None, redoc_url=None)
    problems.install(app)
    mount_docs(app, title="Factors & <more>")

    @app.get("/v1/things", response_model=Thing)
    def things(limit: Annotated[int | None, Query(gt=0)] = None) -> Any:
        return None

    return app


async def get(path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(application())
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.get(path, headers=headers)


def bundled(name: str) -> bytes:
    return Path(str(swagger_ui_path), name).read_bytes()


class Page(HTMLParser):
    """Addresses that a page loads, and whether anything stands inline."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag in ("script", "style")
        for name, value in attrs:
            if name in ("src", "href") and value:
                self.addresses.append(value)
            if name == "style" or name.startswith("on"):
                self.inline.append(f"{tag} {name}")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.inline.append(data)


async def test_the_page_loads_only_files_of_this_service_and_they_are_all_there() -> None:
    answer = await get("/docs")
    page = Page(answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Factors &amp; &lt;more&gt;</title>" in answer.text
    assert page.inline == []
    assert len(page.addresses) == 6
    for address in page.addresses:
        assert not re.match(r"[a-z]+:|//", address)
        assert (await get(f"/{address}")).status_code == 200


async def test_the_security_policy_allows_nothing_from_elsewhere_and_nothing_inline() -> None:
    for path in ("/docs", "/docs/init.js", "/docs/assets/swagger-ui.css"):
        headers = (await get(path)).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", sorted(ASSETS))
async def test_every_listed_file_is_served_from_the_package_with_its_type(name: str) -> None:
    answer = await get(f"/docs/assets/{name}")
    assert answer.content == bundled(name)
    assert answer.headers["content-type"] == ASSETS[name]
    assert "max-age=86400" in answer.headers["cache-control"]
    again = await get(f"/docs/assets/{name}", **{"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/docs/assets/index.html",
        "/docs/assets/oauth2-redirect.html",
        "/docs/assets/swagger-ui-bundle.js.map",
        "/docs/assets/..%2f..%2f__init__.py",
        "/docs/assets/%2e%2e%2f%2e%2e%2f__init__.py",
        "/docs/assets/..%5c..%5c__init__.py",
        "/docs/assets/%00",
        "/docs/assets/%2fetc%2fpasswd",
        "/docs/assets/",
    ],
)
async def test_nothing_else_is_served_whatever_the_path_says(path: str) -> None:
    assert (await get(path)).status_code == 404


async def test_an_unknown_file_is_answered_with_the_files_there_are() -> None:
    body = (await get("/docs/assets/nothing.js")).json()
    assert (body["code"], body["valid_values"]) == ("no_such_file", sorted(ASSETS))


async def test_the_start_script_asks_no_validator_on_the_internet() -> None:
    script = (await get("/docs/init.js")).text
    assert "validatorUrl: null" in script
    assert "http" not in script.replace("href", "")


def test_the_page_is_not_part_of_the_contract() -> None:
    assert list(application().openapi()["paths"]) == ["/v1/things"]


def test_the_bundled_page_reads_openapi_30_only_so_the_translation_is_still_needed() -> None:
    assert b"openapi: 3.0.n" in bundled("swagger-ui-bundle.js")
    assert application().openapi()["openapi"].startswith("3.1")


async def test_the_page_gets_the_contract_as_a_valid_openapi_30_document() -> None:
    document = (await get("/docs/openapi.json")).json()
    assert document["openapi"] == "3.0.3"
    validator = jsonschema_rs.validator_for(OPENAPI_30)
    assert [error.message for error in validator.iter_errors(document)] == []
    thing = document["components"]["schemas"]["Thing"]["properties"]
    assert thing["name"]["nullable"] is True
    assert (thing["size"]["minimum"], thing["size"]["exclusiveMinimum"]) == (0, True)


def test_translating_leaves_the_contract_itself_as_it_is() -> None:
    contract = application().openapi()
    before = copy.deepcopy(contract)
    as_openapi30(contract)
    assert contract == before


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ({"const": "x"}, {"enum": ["x"]}),
        ({"examples": [1, 2]}, {"example": 1}),
        (
            {"exclusiveMaximum": 5, "type": "integer"},
            {"maximum": 5, "exclusiveMaximum": True, "type": "integer"},
        ),
        ({"type": "null"}, {"nullable": True}),
        (
            {"anyOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]},
            {"anyOf": [{"$ref": "#/components/schemas/A"}], "nullable": True},
        ),
        (
            {"$ref": "#/components/schemas/A", "description": "d"},
            {"allOf": [{"$ref": "#/components/schemas/A"}], "description": "d"},
        ),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}], "minItems": 1},
            {"type": "array", "items": {}, "minItems": 1},
        ),
        (
            {"properties": {"const": {"const": 1}, "examples": {"type": "string"}}},
            {"properties": {"const": {"enum": [1]}, "examples": {"type": "string"}}},
        ),
        (True, True),
    ],
)
def test_the_words_of_31_become_the_words_of_30(new: Any, old: Any) -> None:
    assert schema30(new) == old
