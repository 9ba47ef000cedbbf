"""The API page at /docs without the internet: Swagger UI from the package swagger_ui_bundle, nothing inline.

That Swagger UI (4.15) reads OpenAPI 3.0 only and shows an error for the 3.1 that the service publishes, so
the page gets /docs/openapi.json, the same document in 3.0 words. `openapi_url` stays the contract.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from swagger_ui_bundle import swagger_ui_path

from app.kit.errors import NotFound
from app.kit.http import bytes_answer
from app.kit.openapi30 import as_openapi30

ASSETS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "swagger-ui.css": "text/css; charset=utf-8",
        "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
        "favicon-32x32.png": "image/png",
        "favicon-16x16.png": "image/png",
    }
)
# Swagger UI draws its arrows from data: images in its style sheet and sets styles through the DOM, which
# style-src does not cover. Nothing may be run or loaded from elsewhere.
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_ASSET_CACHE: Final = "public, max-age=86400"
_PAGE_CACHE: Final = "public, max-age=300"


def mount_docs(app: FastAPI, openapi_url: str = "/openapi.json", title: str = "Factorbase API") -> None:
    """Serve the page and its files; none of these routes is in the OpenAPI document.

    Create the application with docs_url=None and redoc_url=None: their pages load from a public CDN.
    """
    page, init = _page(title, openapi_url).encode(), _INIT.encode()
    folder = Path(str(swagger_ui_path))

    def docs(request: Request) -> Response:
        return _answer(request, page, "text/html; charset=utf-8", _PAGE_CACHE)

    def init_script(request: Request) -> Response:
        return _answer(request, init, "text/javascript; charset=utf-8", _PAGE_CACHE)

    def openapi30(request: Request) -> Response:
        body = json.dumps(as_openapi30(app.openapi()), ensure_ascii=False).encode()
        return _answer(request, body, "application/json", _PAGE_CACHE)

    def asset(request: Request, name: str) -> Response:
        if name not in ASSETS:
            raise NotFound(
                "no_such_file",
                f"The API page has no file {name!r}.",
                f"接口页面没有文件 {name!r}。",
                valid_values=sorted(ASSETS),
            )
        return _answer(request, (folder / name).read_bytes(), ASSETS[name], _ASSET_CACHE)

    routes: tuple[tuple[str, Any], ...] = (
        ("/docs", docs),
        ("/docs/init.js", init_script),
        ("/docs/openapi.json", openapi30),
        ("/docs/assets/{name}", asset),
    )
    for path, endpoint in routes:
        app.add_api_route(path, endpoint, include_in_schema=False, response_class=Response)


def _answer(request: Request, body: bytes, media_type: str, cache: str) -> Response:
    return bytes_answer(request, body, media_type, cache=cache, headers=HEADERS)


def _page(title: str, openapi_url: str) -> str:
    """Addresses are relative to /docs, so that the page works behind a path prefix too."""
    contract = escape(openapi_url.lstrip("/"), quote=True)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
<link rel="icon" type="image/png" sizes="32x32" href="docs/assets/favicon-32x32.png">
<link rel="icon" type="image/png" sizes="16x16" href="docs/assets/favicon-16x16.png">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>This page needs JavaScript; the contract does not: <a href="{contract}">{contract}</a></noscript>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/init.js"></script>
</body>
</html>
"""


_INIT: Final = """\
"use strict";
window.ui = SwaggerUIBundle({
  url: new URL("docs/openapi.json", document.baseURI).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
});
"""
