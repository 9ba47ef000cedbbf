"""People and drafts for the tests of the review, made through the parts that own them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.auth import service as auth
from app.auth.rules import Asker, Grant
from app.catalog.rules import Substance
from app.intake import repository
from app.intake.models import Attachment, Blob, DraftFactor, FindingRow
from app.kit.canonical import canonical_bytes, sha256_hex
from app.kit.db import snapshot, transaction
from app.kit.errors import Problem
from app.review import service
from app.review.acts import By, Outcome
from app.review.service import Opinion
from tests.catalog.releases import TEXT

DATASET = "trial-set"
ABOUT = {
    **dict.fromkeys(("name", "description", "publisher", "licence"), TEXT),
    "rights_holder": {"zh": "权利人", "en": "The rights holder"},
    "maintainer": {"zh": "维护协会", "en": "The maintaining association"},
    "contributor": {"zh": "报送企业", "en": "The contributing enterprise"},
    "reason": {"zh": "更新", "en": "update"},
}
ORGANISATIONS = {
    "maintaining-association": ("维护协会", "The maintaining association"),
    "contributing-enterprise": ("报送企业", "The contributing enterprise"),
    "university": ("大学", "A university"),
}


@dataclass
class House:
    """A database with organisations, people and drafts; acts are done one transaction each."""

    engine: AsyncEngine
    made: dict[str, By] = field(default_factory=dict)

    async def open(self) -> House:
        async with transaction(self.engine) as connection:
            for slug, (zh, en) in ORGANISATIONS.items():
                await auth.create_organisation(connection, slug, zh, en)
        return self

    async def person(
        self,
        name: str,
        *roles: str,
        at: Sequence[str | tuple[str, date | None, date | None]] = (),
        kind: str = "person",
        dataset: str = DATASET,
    ) -> By:
        """Somebody with these roles for the dataset, who works or worked `at` these organisations."""
        async with transaction(self.engine) as connection:
            made = await auth.create_principal(connection, name, kind)
            for place in at:
                slug, since, until = (place, None, None) if isinstance(place, str) else place
                await auth.add_affiliation(connection, made.row.id, slug, since, until)
        by = keyed(made.row.id, name, roles, kind=kind, dataset=dataset)
        self.made[name] = by
        return by

    async def team(self) -> None:
        """A contributor, two reviewers of whom one can be external, and a publisher."""
        await self.person("chen", "contributor", at=["contributing-enterprise"])
        await self.person("lin", "reviewer", at=["university"])
        await self.person("wang", "reviewer")
        await self.person("zhao", "publisher", "steward")

    async def draft(
        self,
        number: str,
        factors: Sequence[Substance],
        by: str = "chen",
        *,
        policy: str = "standard",
        mode: str = "full",
        about: Mapping[str, Any] = ABOUT,
        papers: Sequence[str] = ("development_report", "model"),
        findings: Sequence[tuple[str, str]] = (),
        answers: Mapping[str, str] | None = None,
    ) -> int:
        """A draft as an upload leaves it: its rows, what was found in them, and its documents."""
        principal = self.made[by].asker.principal
        async with transaction(self.engine) as connection:
            dataset = factors[0]["dataset"] if factors else DATASET
            values = {"dataset": dataset, "number": number, "policy": policy, "mode": mode}
            values |= {"created_by": principal, "answers": dict(answers or {"*": "drop"})}
            draft = await repository.insert_draft(connection, values)
            assert draft is not None
            await fill(connection, draft.id, dataset, number, factors, principal, mode, about, findings)
            for kind in papers:
                await attach(connection, draft.id, kind, principal)
        return int(draft.id)

    async def refill(self, number: str, factors: Sequence[Substance], by: str = "chen") -> None:
        """Another file for the draft."""
        async with transaction(self.engine) as connection:
            dataset = factors[0]["dataset"]
            draft = await repository.open_draft(connection, dataset, number)
            assert draft is not None
            await fill(
                connection,
                draft.id,
                dataset,
                number,
                factors,
                self.made[by].asker.principal,
                "full",
                ABOUT,
                (),
            )

    async def submit(self, number: str, who: str = "chen", **fields: Any) -> Outcome:
        async with transaction(self.engine) as connection:
            return await service.submit(connection, self.made[who], DATASET, number, **fields)

    async def approve(self, number: str, who: str, release_hash: str, **fields: Any) -> Outcome:
        async with transaction(self.engine) as connection:
            said = opinion(release_hash, **fields)
            return await service.approve(connection, self.made[who], DATASET, number, said)

    async def act(self, name: str, number: str, who: str, *words: Any) -> Outcome:
        """request_changes, reject, abandon or publish."""
        async with transaction(self.engine) as connection:
            done: Outcome = await getattr(service, name)(connection, self.made[who], DATASET, number, *words)
            return done

    async def approved(self, number: str) -> str:
        """Submit and approve by two; returns the release hash."""
        done = await self.submit(number)
        assert done.release_hash is not None
        await self.approve(number, "lin", done.release_hash, external=True)
        await self.approve(number, "wang", done.release_hash)
        return done.release_hash

    async def published(self, number: str, factors: Sequence[Substance], **fields: Any) -> Outcome:
        await self.draft(number, factors, **fields)
        await self.approved(number)
        return await self.act("publish", number, "zhao", None)

    async def state(self, number: str) -> str:
        async with snapshot(self.engine) as connection:
            draft = await repository.last_draft(connection, DATASET, number)
        assert draft is not None
        return str(draft.state)


def keyed(
    principal: str,
    name: str,
    roles: Sequence[str],
    *,
    key: str = "key-1",
    kind: str = "person",
    dataset: str = DATASET,
) -> By:
    """The person as one of their keys speaks for them."""
    grants = tuple(Grant(role, dataset=dataset) for role in roles)  # type: ignore[arg-type]
    asker = Asker(principal, name, kind, frozenset(), grants, key)
    return By(asker, {"actor": principal, "key": key})


def opinion(release_hash: str, *, external: bool = False, **fields: Any) -> Opinion:
    said: dict[str, Any] = {
        "statement": "compared with last year's figures",
        "scope": ["value", "unit"],
        "methods": ["comparison"],
        "no_relation_for_a_year": external,
    }
    return Opinion(release_hash, **{**said, **fields})


async def fill(
    connection: AsyncConnection,
    draft: int,
    dataset: str,
    number: str,
    factors: Sequence[Substance],
    principal: str,
    mode: str,
    about: Mapping[str, Any],
    findings: Sequence[tuple[str, str]],
) -> None:
    upload = str(uuid.uuid4())
    severities = [severity for severity, _ in findings]
    counts = {
        "rows": len(factors),
        "factors": len(factors),
        "faulty_rows": 0,
        "errors": severities.count("error"),
        "warnings": severities.count("warning"),
        "notes": severities.count("note"),
        "by_code": {},
        "record_types": {"lifecycle_factor": len(factors)},
    }
    await repository.insert_upload(
        connection,
        {
            "id": upload,
            "draft": draft,
            "dataset": dataset,
            "release": number,
            "mode": mode,
            "dry_run": False,
            "blob": await blob(connection, upload.encode()),
            "file_name": "factors.xlsx",
            "principal": principal,
            "state": "done",
            "counts": counts,
        },
    )
    await repository.set_upload(connection, upload, metadata=dict(about), sources={})
    rows = [
        {
            "upload": upload,
            "seq": seq,
            "key": factor["key"],
            "substance": canonical_bytes(factor),
            "substance_hash": sha256_hex(canonical_bytes(factor)),
        }
        for seq, factor in enumerate(factors)
    ]
    if rows:
        await connection.execute(insert(DraftFactor), rows)
    for seq, (severity, code) in enumerate(findings):
        texts = {"identity": code, "code": code, "text_zh": code, "text_en": code, "expected": []}
        await connection.execute(
            insert(FindingRow).values(upload=upload, seq=seq, severity=severity, **texts)
        )
    changed = await repository.change_draft(
        connection, draft, ("draft", "changes_requested"), None, upload=upload
    )
    assert changed is not None


async def attach(connection: AsyncConnection, draft: int, kind: str, principal: str) -> None:
    names = {"name": f"{kind}.pdf", "media_type": "application/pdf", "access_class": "restricted"}
    digest = await blob(connection, f"{draft} {kind}".encode())
    values = {"draft": draft, "sha256": digest, "kind": kind, "added_by": principal}
    await connection.execute(insert(Attachment).values(**values, **names))


async def blob(connection: AsyncConnection, data: bytes) -> str:
    digest = sha256_hex(data)
    await connection.execute(
        insert(Blob).values(sha256=digest, size=len(data), media_type="application/octet-stream")
    )
    return digest


async def refused(doing: Any) -> str:
    """The code of the Problem that an act ends in; empty when it went through."""
    try:
        await doing
    except Problem as problem:
        return problem.code
    return ""
