"""An OpenAPI 3.1 document in the words of 3.0.3, as far as FastAPI and pydantic use 3.1. Pure.

Differences: OpenAPI 3.0.3, "Schema Object", against JSON Schema 2020-12. Only for display: what 3.0 has no
word for (`if`, `contentMediaType`, tuples item by item) is left out or widened, never made stricter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_UNKNOWN: Final = frozenset(
    {
        "$schema", "$id", "$defs", "$comment", "contentMediaType", "contentEncoding", "if", "then", "else",
        "patternProperties", "propertyNames", "unevaluatedProperties", "unevaluatedItems", "contains",
        "minContains", "maxContains", "dependentRequired", "dependentSchemas", "prefixItems",
    }
)  # fmt: skip
_SCHEMAS: Final = frozenset({"schema", "items", "additionalProperties", "not"})
_LISTS: Final = frozenset({"anyOf", "oneOf", "allOf"})
_MAPS: Final = frozenset({"properties", "schemas"})
_NULL: Final = {"type": "null"}


def as_openapi30(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with `openapi: 3.0.3` and every schema in 3.0 words; the argument is left as it is."""
    translated: dict[str, Any] = _walk(document)
    translated["openapi"] = "3.0.3"
    translated.pop("jsonSchemaDialect", None)
    translated.pop("webhooks", None)
    translated.get("info", {}).pop("summary", None)
    return translated


def _walk(node: Any) -> Any:
    """Anything outside a schema: only what lies under `schema` and `schemas` is one."""
    if isinstance(node, list):
        return [_walk(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    walked: dict[str, Any] = {}
    for name, value in node.items():
        if name == "schema" and isinstance(value, Mapping):
            walked[name] = schema30(value)
        elif name == "schemas" and isinstance(value, Mapping):
            walked[name] = {key: schema30(item) for key, item in value.items()}
        else:
            walked[name] = value if name in ("example", "examples", "default") else _walk(value)
    return walked


def schema30(schema: Any) -> Any:
    """One JSON Schema 2020-12 as an OpenAPI 3.0 schema."""
    if not isinstance(schema, Mapping):
        return schema
    inner = {name: _inner(name, value) for name, value in schema.items() if name not in _UNKNOWN}
    if "prefixItems" in schema and "items" not in inner:
        inner["items"] = {}
    return _reference(_nullable(_limits(_values(inner))))


def _inner(name: str, value: Any) -> Any:
    if name in _SCHEMAS:
        return schema30(value)
    if name in _LISTS:
        return [schema30(item) for item in value]
    if name in _MAPS:
        return {key: schema30(item) for key, item in value.items()}
    return value


def _values(schema: dict[str, Any]) -> dict[str, Any]:
    """`const` is an enum of one; of `examples` the first is shown."""
    if "const" in schema:
        schema["enum"] = [schema.pop("const")]
    examples = schema.pop("examples", None)
    if isinstance(examples, list) and examples:
        schema.setdefault("example", examples[0])
    return schema


def _limits(schema: dict[str, Any]) -> dict[str, Any]:
    """An exclusive limit is a number in 3.1 and a flag beside the limit in 3.0."""
    for exclusive, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        value = schema.get(exclusive)
        if value is not None and not isinstance(value, bool):
            schema |= {limit: value, exclusive: True}
    return schema


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The type `null`, alone, in a list of types or among alternatives, is the word `nullable`."""
    types = schema.get("type")
    if isinstance(types, list):
        others = [name for name in types if name != "null"]
        schema.pop("type")
        if len(others) == 1:
            schema["type"] = others[0]
        elif others:
            schema["anyOf"] = [{"type": name} for name in others]
        schema |= {"nullable": True} if "null" in types else {}
    for name in _LISTS & schema.keys():
        others = [item for item in schema[name] if item not in (_NULL, {"nullable": True})]
        if len(others) < len(schema[name]) and name != "allOf":
            schema |= {name: others, "nullable": True}
    if schema.get("type") == "null":
        schema.pop("type")
        schema["nullable"] = True
    return schema


def _reference(schema: dict[str, Any]) -> dict[str, Any]:
    """3.0 ignores whatever stands beside a $ref; inside allOf both count."""
    if "$ref" in schema and len(schema) > 1:
        reference = {"$ref": schema.pop("$ref")}
        return {**schema, "allOf": [reference, *schema.get("allOf", [])]}
    return schema
