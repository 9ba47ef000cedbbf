"""Statements on uploads, their findings and their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.intake.models import Draft, DraftFactor, Explanation, FindingRow, Upload
from app.kit.db import driver

FINDING_COLUMNS = tuple(column.name for column in FindingRow.__table__.columns)
FACTOR_COLUMNS = tuple(column.name for column in DraftFactor.__table__.columns)
UPLOAD_COLUMNS = [column for column in Upload.__table__.columns if column.name not in ("metadata", "sources")]


async def insert_upload(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    await connection.execute(insert(Upload).values(**values))


async def upload(connection: AsyncConnection, upload_id: str, *, lock: bool = False) -> Any | None:
    """The upload without its `metadata` and `sources`, which may be long; `lock`: until the act is over."""
    query = select(*UPLOAD_COLUMNS).where(Upload.id == upload_id)
    return (await connection.execute(query.with_for_update() if lock else query)).first()


async def about(connection: AsyncConnection, upload_id: str) -> Any:
    """What the upload says of its dataset and cites: `metadata`, `sources`, `model`."""
    query = select(Upload.metadata_, Upload.sources, Upload.model).where(Upload.id == upload_id)
    return (await connection.execute(query)).one()


async def set_upload(connection: AsyncConnection, upload_id: str, **values: Any) -> None:
    columns = {Upload.metadata_ if name == "metadata" else name: value for name, value in values.items()}
    await connection.execute(update(Upload).where(Upload.id == upload_id).values(columns))


async def claim(connection: AsyncConnection, upload_id: str) -> Any | None:
    """Mark the upload as running, one attempt more; None when it is over already."""
    query = (
        update(Upload)
        .where(Upload.id == upload_id, Upload.state.in_(("queued", "running")))
        .values(state="running", attempt=Upload.attempt + 1, phase="reading", progress=0)
        .returning(*UPLOAD_COLUMNS)
    )
    return (await connection.execute(query)).first()


async def give_back(connection: AsyncConnection, upload_id: str, attempt: int) -> None:
    """Undo a claim whose worker stops in good order."""
    query = update(Upload).where(Upload.id == upload_id, Upload.attempt == attempt, Upload.state == "running")
    await connection.execute(query.values(state="queued", attempt=attempt - 1, phase="waiting"))


async def progress(
    connection: AsyncConnection, upload_id: str, attempt: int, phase: str, done: int, total: int | None
) -> None:
    """Note how far attempt number `attempt` is; one that was given up says nothing any more."""
    await connection.execute(
        update(Upload)
        .where(Upload.id == upload_id, Upload.state == "running", Upload.attempt == attempt)
        .values(phase=phase, progress=done, progress_total=total)
    )


async def same_bytes(
    connection: AsyncConnection, draft: Any | None, sha256: str, mode: str, *, dry_run: bool
) -> Any | None:
    """The upload of these bytes that the draft holds now, or that is under way for it."""
    if draft is None or dry_run:
        return None
    standing = (Upload.id == draft.upload) | Upload.state.in_(("queued", "running"))
    query = (
        select(*UPLOAD_COLUMNS)
        .where(Upload.draft == draft.id, Upload.blob == sha256, Upload.mode == mode)
        .where(~Upload.dry_run, standing)
        .order_by(Upload.created_at.desc())
        .limit(1)
    )
    return (await connection.execute(query)).first()


async def copy_findings(connection: AsyncConnection, file: Path) -> None:
    """COPY the findings that the checking wrote, in the form of uploads_copy and the order of the columns."""
    raw = await driver(connection)
    await raw.copy_to_table("finding", source=file, columns=FINDING_COLUMNS, format="binary")


async def copy_factors(connection: AsyncConnection, file: Path) -> None:
    raw = await driver(connection)
    await raw.copy_to_table("draft_factor", source=file, columns=FACTOR_COLUMNS, format="binary")


async def findings_page(
    connection: AsyncConnection, upload_id: str, filters: Mapping[str, str | None], after: int, limit: int
) -> list[Any]:
    """The next findings in the order in which they were found; `filters`: severity, code, sheet."""
    query = select(FindingRow).where(FindingRow.upload == upload_id, FindingRow.seq > after)
    for name, value in filters.items():
        if value is not None:
            query = query.where(getattr(FindingRow, name) == value)
    return list((await connection.execute(query.order_by(FindingRow.seq).limit(limit))).all())


async def faulty_rows(
    connection: AsyncConnection, upload_id: str, after: int = -1, limit: int | None = None
) -> list[Any]:
    """The rows against which errors stand: (seq, sheet, row, key)."""
    query = (
        select(DraftFactor.seq, DraftFactor.sheet, DraftFactor.row, DraftFactor.key)
        .where(DraftFactor.upload == upload_id, DraftFactor.substance.is_(None), DraftFactor.seq > after)
        .order_by(DraftFactor.seq)
    )
    return list((await connection.execute(query if limit is None else query.limit(limit))).all())


async def errors_beyond_rows(connection: AsyncConnection, upload_id: str) -> int:
    """How many error-level findings stand against the file as a whole, not against one of its faulty rows."""
    faulty = (
        select(DraftFactor.seq)
        .where(DraftFactor.upload == upload_id, DraftFactor.substance.is_(None))
        .where(DraftFactor.sheet == FindingRow.sheet, DraftFactor.row == FindingRow.row)
    )
    keyed = (
        select(DraftFactor.seq)
        .where(DraftFactor.upload == upload_id, DraftFactor.substance.is_(None))
        .where(DraftFactor.key == FindingRow.key)
    )
    query = select(func.count()).where(
        FindingRow.upload == upload_id,
        FindingRow.severity == "error",
        ~faulty.exists(),
        ~keyed.exists(),
    )
    found: int = (await connection.execute(query)).scalar_one()
    return found


def _unexplained(draft: Any) -> ColumnElement[bool]:
    known = select(Explanation.identity).where(
        Explanation.draft == draft.id, Explanation.identity == FindingRow.identity
    )
    return ~known.exists()


async def unexplained(connection: AsyncConnection, draft: Any) -> int:
    """How many warnings of the draft's upload nobody has explained."""
    query = select(func.count()).where(
        FindingRow.upload == draft.upload, FindingRow.severity == "warning", _unexplained(draft)
    )
    found: int = (await connection.execute(query)).scalar_one()
    return found


async def explain(
    connection: AsyncConnection, draft: Any, identities: Sequence[str], code: str | None, words: str, by: str
) -> int:
    """Explain the warnings with these identities, or all of one code; returns how many identities that were."""
    warnings = select(FindingRow.identity).where(
        FindingRow.upload == draft.upload, FindingRow.severity == "warning"
    )
    if code is not None:
        warnings = warnings.where(FindingRow.code == code)
    else:
        warnings = warnings.where(FindingRow.identity == func.any(list(identities)))
    chosen = warnings.distinct().subquery()
    rows = select(
        literal(draft.id, BigInteger), chosen.c.identity, literal(words), literal(by), func.clock_timestamp()
    )
    columns = ["draft", "identity", "text", "explained_by", "explained_at"]
    statement = insert(Explanation).from_select(columns, rows)
    changed = {name: statement.excluded[name] for name in ("text", "explained_by", "explained_at")}
    done = await connection.execute(
        statement.on_conflict_do_update(index_elements=["draft", "identity"], set_=changed)
    )
    return done.rowcount


async def explanations(connection: AsyncConnection, draft: Any) -> list[Any]:
    """The explanations of warnings that the draft's upload has, in the order of their identities."""
    standing = select(FindingRow.identity).where(
        FindingRow.upload == draft.upload, FindingRow.severity == "warning"
    )
    query = (
        select(Explanation)
        .where(Explanation.draft == draft.id, Explanation.identity.in_(standing))
        .order_by(Explanation.identity)
    )
    return list((await connection.execute(query)).all())


async def factor_hashes(connection: AsyncConnection, upload_id: str) -> list[tuple[str, str]]:
    """(key, substance hash) of the factors of an upload, in the order of their keys."""
    query = (
        select(DraftFactor.key, DraftFactor.substance_hash)
        .where(DraftFactor.upload == upload_id, DraftFactor.substance.is_not(None))
        .order_by(DraftFactor.key)
    )
    return [(row[0] or "", row[1] or "") for row in await connection.execute(query)]


async def substances(connection: AsyncConnection, upload_id: str, keys: Sequence[str]) -> dict[str, bytes]:
    """The substances of these keys in an upload."""
    query = select(DraftFactor.key, DraftFactor.substance).where(
        DraftFactor.upload == upload_id,
        DraftFactor.key == func.any(list(keys)),
        DraftFactor.substance.is_not(None),
    )
    return {row[0] or "": row[1] or b"" for row in await connection.execute(query)}


async def substances_after(
    connection: AsyncConnection, upload_id: str, after: str, limit: int
) -> list[tuple[str, bytes]]:
    """The next substances in the order of their keys."""
    query = (
        select(DraftFactor.key, DraftFactor.substance)
        .where(DraftFactor.upload == upload_id, DraftFactor.substance.is_not(None), DraftFactor.key > after)
        .order_by(DraftFactor.key)
        .limit(limit)
    )
    return [(row[0] or "", row[1] or b"") for row in await connection.execute(query)]


async def open_draft(connection: AsyncConnection, dataset: str, number: str) -> Any | None:
    """The draft that holds this release number now."""
    closed = ("rejected", "abandoned")
    query = select(Draft).where(Draft.dataset == dataset, Draft.number == number, Draft.state.not_in(closed))
    return (await connection.execute(query)).first()


async def last_draft(connection: AsyncConnection, dataset: str, number: str) -> Any | None:
    """The newest draft of this release, whatever became of it."""
    query = select(Draft).where(Draft.dataset == dataset, Draft.number == number)
    return (await connection.execute(query.order_by(Draft.id.desc()).limit(1))).first()


async def draft_by_id(connection: AsyncConnection, draft_id: int) -> Any:
    return (await connection.execute(select(Draft).where(Draft.id == draft_id))).one()


async def insert_draft(connection: AsyncConnection, values: Mapping[str, Any]) -> Any | None:
    """The new draft; None when another one holds the number."""
    statement = insert(Draft).values(**values).on_conflict_do_nothing().returning(*Draft.__table__.columns)
    return (await connection.execute(statement)).first()


async def change_draft(
    connection: AsyncConnection,
    draft_id: int,
    states: Sequence[str],
    revision: int | None,
    by: str | None = None,
    **values: Any,
) -> Any | None:
    """Compare and set: the changed draft with its revision one higher, or None where it is not as expected.

    `by` has a hand in the draft from then on.
    """
    query = update(Draft).where(Draft.id == draft_id, Draft.state.in_(list(states)))
    if revision is not None:
        query = query.where(Draft.revision == revision)
    columns = {Draft.metadata_ if name == "metadata" else name: value for name, value in values.items()}
    columns |= {"revision": Draft.revision + 1, "changed_at": func.clock_timestamp()}
    if by is not None:
        others = func.array_remove(Draft.hands, by)
        columns["hands"] = func.array_append(others, by)
    return (await connection.execute(query.values(columns).returning(*Draft.__table__.columns))).first()


async def note_release(
    connection: AsyncConnection, draft_id: int, release_id: int | None, release_hash: str | None
) -> None:
    """Which frozen release the draft has; not a change of the draft, so its revision stays."""
    query = update(Draft).where(Draft.id == draft_id)
    await connection.execute(query.values(release_id=release_id, release_hash=release_hash))


async def under_way(connection: AsyncConnection, draft_id: int) -> bool:
    """Whether an upload for the draft waits or is being checked."""
    query = select(Upload.id).where(
        Upload.draft == draft_id, ~Upload.dry_run, Upload.state.in_(("queued", "running"))
    )
    return (await connection.execute(query.limit(1))).first() is not None


async def explained(connection: AsyncConnection, upload: Any, identities: Sequence[str]) -> dict[str, str]:
    """The explanations of these findings in the upload's draft, by identity."""
    if upload.draft is None:
        return {}
    query = select(Explanation.identity, Explanation.text).where(
        Explanation.draft == upload.draft, Explanation.identity == func.any(list(identities))
    )
    return {row.identity: row.text for row in await connection.execute(query)}
