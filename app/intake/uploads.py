"""An upload: from the received file to the rows of a draft.

Small files are checked while the sender waits; long ones become a job (`jobs`). Both end in `store`, one
transaction that writes findings and rows and moves the draft's pointer by compare-and-set.
"""

from __future__ import annotations

import asyncio
import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import editions
from app.catalog.editions import LastRelease
from app.intake import drafts, repository, repository_attachments
from app.intake.checking import Mode
from app.intake.repository_blobs import BlobStore, hash_of
from app.intake.uploads_check import Outcome
from app.kit.errors import Problem, Stale, Unprocessable

AT_ONCE_BYTES: Final = 2_000_000
AT_ONCE_ROWS: Final = 2_000
AT_ONCE_UNPACKED: Final = 16_000_000
POLICY: Final = "standard"
MEDIA_TYPE: Final = "application/octet-stream"  # what the sender says of it is not believed
MODEL_NAME: Final = "model.json"


@dataclass(frozen=True, slots=True)
class Received:
    """A file as it came, on disk."""

    path: Path
    file_name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What an upload meets: the draft (None: there is none yet), the last release, and the upload of the same
    bytes that came before, if that stands."""

    draft: Any | None
    last: LastRelease | None
    earlier: Any | None


async def plan(
    connection: AsyncConnection,
    dataset: str,
    release: str,
    mode: Mode,
    dry_run: bool,
    sha256: str,
) -> Planned:
    """Look before anything is read.

    Raises Conflict `draft_in_review`, `release_exists`, Unprocessable `no_base_release` and those of
    editions.check_new_number.
    """
    draft = await repository.open_draft(connection, dataset, release)
    if draft is not None:
        drafts.check_editable(draft)
    last = await editions.check_new_number(connection, dataset, release)
    if mode == "delta" and last is None:
        raise Unprocessable(
            "no_base_release",
            f"{dataset} has no published release that a delta could go over; upload it in full.",
            f"{dataset} 还没有已发布的版本，无法增量上传；请上传全部数据。",
            parameter="mode",
            valid_values=["full"],
        )
    earlier = await repository.same_bytes(connection, draft, sha256, mode, dry_run=dry_run)
    return Planned(draft, last, earlier)


def stale() -> Stale:
    """For If-Match where there is no draft yet."""
    return Stale(
        "draft_changed",
        "The draft has another revision than If-Match names; look at it and try again.",
        "草稿的修订号与 If-Match 不符；请查看后重试。",
        parameter="If-Match",
    )


def at_once(received: Received) -> bool:
    """Whether the file is short enough to be checked while the sender waits. A guess, and only that."""
    if received.size >= AT_ONCE_BYTES:
        return _lines(received.path) < AT_ONCE_ROWS
    try:
        with zipfile.ZipFile(received.path) as archive:
            return sum(entry.file_size for entry in archive.infolist()) < AT_ONCE_UNPACKED
    except (zipfile.BadZipFile, OSError, ValueError):
        return True  # not an archive, or a broken one: the reading says so quickly


def _lines(path: Path) -> int:
    """Lines of a text; a large number for anything that looks packed."""
    count = 0
    with path.open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            return AT_ONCE_ROWS
        while count < AT_ONCE_ROWS and (piece := file.read(1 << 20)):
            count += piece.count(b"\n")
    return count


def received_file(path: Path, file_name: str) -> Received:
    """What is known of a file at once. Blocks: reads it to its end."""
    return Received(path, file_name, hash_of(path), path.stat().st_size)


async def open_upload(
    connection: AsyncConnection,
    store_of: BlobStore,
    planned: Planned,
    received: Received,
    *,
    dataset: str,
    release: str,
    mode: Mode,
    dry_run: bool,
    principal: str,
    state: str,
) -> Any:
    """Keep the file and open an upload for it, and a draft where there is none. Raises Conflict `draft_changed`
    when another upload opened the draft at the same time."""
    await store_of.put(connection, received.path, received.sha256, MEDIA_TYPE)
    draft = planned.draft
    if draft is None and not dry_run:
        draft = await repository.insert_draft(
            connection,
            {"dataset": dataset, "number": release, "policy": POLICY, "mode": mode, "created_by": principal},
        )
        if draft is None:
            raise drafts.draft_changed()
    upload_id = str(uuid.uuid4())
    values = {
        "id": upload_id,
        "draft": None if draft is None or dry_run else draft.id,
        "draft_revision": 0 if draft is None else draft.revision,
        "dataset": dataset,
        "release": release,
        "mode": mode,
        "dry_run": dry_run,
        "blob": received.sha256,
        "file_name": received.file_name,
        "principal": principal,
        "state": state,
        "attempt": 1 if state == "running" else 0,
    }
    await repository.insert_upload(connection, values)
    return await repository.upload(connection, upload_id)


async def store(
    connection: AsyncConnection, store_of: BlobStore, upload: Any, outcome: Outcome
) -> Any | None:
    """Write what was found, and let the draft hold it; the finished upload, or None when another worker has
    finished it already (or taken it over).

    Raises Conflict `draft_changed`, `draft_in_review`, `draft_closed`: the draft is no longer what it was when
    the file came.
    """
    current = await repository.upload(connection, upload.id, lock=True)
    if current is None or current.state != "running" or current.attempt != upload.attempt:
        return None
    await repository.copy_findings(connection, outcome.findings)
    model = None
    if not upload.dry_run:
        await repository.copy_factors(connection, outcome.factors)
        model = await _keep_model(connection, store_of, outcome)
    await repository.set_upload(
        connection,
        upload.id,
        state="done",
        phase="done",
        progress=outcome.counts["rows"],
        progress_total=outcome.counts["rows"],
        counts=dict(outcome.counts),
        metadata=dict(outcome.metadata),
        sources=dict(outcome.sources),
        model=model,
        finished_at=func.clock_timestamp(),
    )
    if not upload.dry_run:
        await _take(connection, upload, model)
    return await repository.upload(connection, upload.id)


async def _keep_model(connection: AsyncConnection, store_of: BlobStore, outcome: Outcome) -> str | None:
    if outcome.model is None:
        return None
    sha256 = await asyncio.to_thread(hash_of, outcome.model)
    await store_of.put(connection, outcome.model, sha256, "application/json")
    return sha256


async def _take(connection: AsyncConnection, upload: Any, model: str | None) -> None:
    """Let the draft hold the rows of `upload`, if it is still at the revision that the upload met."""
    last = await editions.last_release(connection, upload.dataset)
    expected = _Expected(upload.draft, upload.draft_revision)
    await drafts.change(
        connection,
        expected,
        upload.principal,
        upload=upload.id,
        mode=upload.mode,
        state="draft",
        left_out=False,
        base_release_hash=None if last is None else last.release_hash,
    )
    await repository_attachments.remove_named(connection, upload.draft, MODEL_NAME)
    if model is not None:
        await repository_attachments.put(
            connection,
            {
                "draft": upload.draft,
                "sha256": model,
                "name": MODEL_NAME,
                "media_type": "application/json",
                "kind": "model",
                "access_class": "restricted",
                "added_by": upload.principal,
            },
        )


@dataclass(frozen=True, slots=True)
class _Expected:
    """The draft as the upload met it."""

    id: int
    revision: int


async def fail(connection: AsyncConnection, upload: Any, problem: Problem) -> Any | None:
    """End an upload that could not be checked or stored; nothing of it is in a draft. None: it is over."""
    current = await repository.upload(connection, upload.id, lock=True)
    if current is None or current.state not in ("queued", "running"):
        return None
    told = {"code": problem.code, "text": problem.text, **problem.extra}
    await repository.set_upload(
        connection, upload.id, state="failed", problem=told, finished_at=func.clock_timestamp()
    )
    return await repository.upload(connection, upload.id)


def act(upload: Any, kind: str = "dataset:upload:accept") -> tuple[str, str, dict[str, Any]]:
    """The journal line of an upload."""
    numbers = {k: v for k, v in upload.counts.items() if k != "by_code"}
    details = {"upload": upload.id, "sha256": upload.blob, "mode": upload.mode, "counts": numbers}
    return kind, f"{upload.dataset}/releases/{upload.release}", details
