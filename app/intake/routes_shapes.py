"""Shapes of requests and answers of the intake, for checking and for the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.kit.canonical import nfc
from app.kit.grammar import KEY

Words = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]
Line = Annotated[str, StringConstraints(max_length=2000)]
AnswerKey = Annotated[str, StringConstraints(pattern=rf"^(\*|{KEY})$", max_length=319)]


class Shape(BaseModel):
    model_config = ConfigDict(extra="allow")


class Strict(BaseModel):
    """A body of a request: unknown members are refused, text is put into normal form C.

    Text that no database takes is refused: NUL characters and lone surrogates.
    """

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _normal(cls, value: Any) -> Any:
        return _nfc(value)


def _nfc(value: Any) -> Any:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise ValueError("a text holds a NUL character or a lone surrogate")
        return nfc(value)
    if isinstance(value, dict):
        return {key: _nfc(item) for key, item in value.items()}
    return [_nfc(item) for item in value] if isinstance(value, list) else value


class Bilingual(Strict):
    zh: Line
    en: Line


class Organisation(Bilingual):
    """`id`: the slug of the organisation here, where it is one."""

    id: Annotated[str, StringConstraints(max_length=125)] | None = None


class Licence(Strict):
    id: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    name: Line | None = None
    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://")] | None = None
    terms: Bilingual


class Metadata(Strict):
    """What the release says of its dataset; a member of null takes a statement back."""

    name: Bilingual | None = None
    description: Bilingual | None = None
    publisher: Bilingual | None = None
    rights_holder: Bilingual | None = None
    maintainer: Organisation | None = None
    contributor: Bilingual | None = None
    licence: Licence | None = None
    access_class: Literal["public"] | None = None
    layer: Literal["national", "regional", "sector", "enterprise", "international"] | None = None
    sector: Line | None = None
    year_rule: Literal["data_year", "edition", "validity", "timeless"] | None = None
    reason: Bilingual | None = None


class DraftPatch(Strict):
    """`answers`: what is to become of factors of the last release that the upload lacks, by key; `*`: of all
    the others. A null takes an answer back."""

    policy: Literal["standard", "panel", "transcription"] | None = None
    metadata: Metadata | None = None
    answers: dict[AnswerKey, Literal["retire", "drop", "carry_forward"] | None] | None = None


class Explained(Strict):
    finding: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    text: Words


class Explanations(Strict):
    """Single findings, or all warnings of a code with one text."""

    items: Annotated[list[Explained], Field(max_length=1000)] = []
    code: Annotated[str, StringConstraints(max_length=80)] | None = None
    text: Words | None = None

    @model_validator(mode="after")
    def _one_or_other(self) -> Explanations:
        if (self.code is None) != (self.text is None):
            raise ValueError("code and text belong together")
        if not self.items and self.code is None:
            raise ValueError("give items, or code and text")
        return self


class UploadItem(Shape):
    id: str
    dataset: str
    release: str
    mode: str
    dry_run: bool
    state: Literal["queued", "running", "done", "failed"]
    progress: dict[str, Any]
    file: dict[str, Any]
    counts: dict[str, Any] | None
    problem: dict[str, Any] | None
    links: dict[str, str | None]


class FindingItem(Shape):
    finding: str
    code: str
    severity: Literal["error", "warning", "note"]
    sheet: str | None
    cell: str | None
    row: int | None
    key: str | None
    field: str | None
    value: str | None
    expected: list[str]
    text: dict[str, str]
    explanation: str | None


class FindingList(Shape):
    items: list[FindingItem]
    next_cursor: str | None


class DraftItem(Shape):
    dataset: str
    release: str
    state: str
    revision: int
    policy: str
    mode: str
    findings: dict[str, Any]
    obstacles: list[dict[str, Any]]
    links: dict[str, str | None]


class PreviewList(Shape):
    items: list[dict[str, Any]]
    next_cursor: str | None
    counts: dict[str, int]
    unanswered: int


class AttachmentItem(Shape):
    sha256: str
    name: str
    media_type: str
    size: int
    kind: str
    access_class: str
