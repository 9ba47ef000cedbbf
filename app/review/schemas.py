"""Bodies and answers of the review's routes."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.catalog.mapping import Relation, Successor
from app.catalog.rules import ErrataClass
from app.catalog.schemas import StatusBlock
from app.catalog.withdrawing_rules import Withdrawal
from app.review.correspondence import Remark
from app.review.service import Opinion

Scope = Literal["value", "unit", "source", "boundary", "method"]
Method = Literal["balance", "comparison", "literature", "site_visit"]


def _clean(text: str) -> str:
    """Normalised as documents are; a NUL byte cannot be stored."""
    if "\x00" in text:
        raise ValueError("holds a NUL byte")
    return unicodedata.normalize("NFC", text)


Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), AfterValidator(_clean)
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400), AfterValidator(_clean)
]


def _when(value: Any) -> datetime:
    """RFC 3339 with an offset, or a bare date, which means its beginning in UTC."""
    if not isinstance(value, str):
        raise ValueError("is not a text")
    if len(value) == 10:
        found = datetime.combine(date.fromisoformat(value), time(), tzinfo=UTC)
    else:
        found = datetime.fromisoformat(value)
    if found.tzinfo is None:
        raise ValueError("has no offset from UTC")
    if not 1900 <= found.year < 3000:
        raise ValueError("lies out of reach")
    return found


When = Annotated[datetime, BeforeValidator(_when)]
Hash = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Reason(Body):
    """Why, in both languages."""

    zh: Words
    en: Words


class CorrectionBody(Body):
    """The new version corrects an error of the one before, which is recalled when this one is published."""

    errata_class: ErrataClass
    reason: Reason | None = Field(default=None, description="As the release's reason where it is left out.")


class SubmitBody(Body):
    note: Words | None = None
    corrections: dict[Name, CorrectionBody] = Field(
        default_factory=dict, max_length=100_000, description="By key of the factor."
    )


class ReasonBody(Body):
    reason: Words


class NoteBody(Body):
    """A remark for the record; it may be left out."""

    reason: Words | None = None


class Sample(Body):
    """Which factors of a large release were looked at."""

    size: int = Field(ge=1, le=10_000_000)
    how: Words
    keys: list[Name] = Field(default_factory=list, max_length=10_000)


class ApproveBody(Body):
    """An approval of exactly the bytes with this hash."""

    release_hash: Hash
    statement: Words
    scope: list[Scope] = Field(min_length=1, max_length=5, description="What was looked at.")
    methods: list[Method] = Field(min_length=1, max_length=4, description="How it was checked.")
    affiliations: list[Name] = Field(
        max_length=50,
        description="Organisations that you belong to or depend on, by id or name; may be empty.",
    )
    no_relation_for_a_year: bool = Field(
        description="You declare no financial or legal relation to those with a part in this release for a year."
    )
    chair: bool = Field(default=False, description="You chair the panel.")
    sample: Sample | None = None

    def opinion(self) -> Opinion:
        return Opinion(
            release_hash=self.release_hash,
            statement=self.statement,
            scope=sorted(set(self.scope)),
            methods=sorted(set(self.methods)),
            affiliations=self.affiliations,
            no_relation_for_a_year=self.no_relation_for_a_year,
            chair=self.chair,
            sample=None if self.sample is None else self.sample.model_dump(),
        )


class WithdrawBody(Body):
    """`effective_from` may lie ahead; a bare date means its beginning in UTC."""

    reason: Reason
    effective_from: When | None = None
    successor: Name | None = Field(
        default=None, description="`dataset/key@n` or `dataset/key`; for a release the number of another."
    )

    def withdrawal(self, status: str) -> Withdrawal:
        return Withdrawal(status, self.reason.model_dump(), self.effective_from, self.successor)


class RecallBody(Body):
    """A recall is final and takes effect at once."""

    reason: Reason
    errata_class: ErrataClass
    successor: Name | None = Field(default=None, description="The corrected version.")

    def withdrawal(self) -> Withdrawal:
        return Withdrawal(
            "recalled", self.reason.model_dump(), successor=self.successor, errata_class=self.errata_class
        )


class CommentBody(Body):
    """A comment, or with `parent` a reply, which is about what its thread is about."""

    text: Words
    target: Literal["release", "factor", "field"] = "release"
    key: Name | None = None
    field: Name | None = Field(default=None, description="JSON pointer into the document, as `/value`.")
    parent: int | None = Field(default=None, ge=1, lt=2**63)

    def remark(self) -> Remark:
        return Remark(self.text, self.target, self.key, self.field, self.parent)


class ResolveBody(Body):
    note: Words | None = None


class SuccessorBody(Body):
    ref: Name
    relation: Relation
    note: Reason | None = None


class MapBody(Body):
    """What took the place of the factor; an empty list takes an earlier map back."""

    successors: list[SuccessorBody] = Field(max_length=100)

    def chosen(self) -> list[Successor]:
        return [
            Successor(item.ref, item.relation, None if item.note is None else item.note.model_dump())
            for item in self.successors
        ]


class Shape(BaseModel):
    model_config = ConfigDict(extra="allow")


class ActDone(Shape):
    """How an act left a release."""

    dataset: str
    release: str
    state: str
    round: int
    release_hash: str | None
    basis: int


class VersionStanding(Shape):
    ref: str
    version: int
    status: StatusBlock
    basis: int


class ReleaseStanding(Shape):
    dataset: str
    release: str
    status: StatusBlock
    basis: int


class ReviewItem(Shape):
    dataset: str
    release: str
    state: str
    policy: str
    round: int
    release_hash: str | None
    age_hours: int
    my_roles: list[str]
    actions: list[str]
    links: dict[str, str]


class ReviewList(Shape):
    items: list[ReviewItem]
    next_cursor: str | None


class CommentItem(Shape):
    id: int
    round: int
    parent: int | None
    target: str
    key: str | None
    field: str | None
    text: str
    by: str
    at: str
    resolved: dict[str, Any] | None


class CommentList(Shape):
    items: list[CommentItem]
    next_cursor: str | None


class ClaimItem(Shape):
    principal: str
    until: str


class Record(Shape):
    dataset: str
    release: str
    state: str
    rounds: list[dict[str, Any]]
    items: list[dict[str, Any]]
    next_cursor: None


class MapDone(Shape):
    ref: str
    successors: list[dict[str, Any]]
    basis: int
