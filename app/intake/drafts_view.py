"""A draft as its answers show it, and what still stands in the way of submitting it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from app.catalog import editions
from app.intake import drafts, preview, repository, repository_attachments

REPORT_POLICIES: Final = ("standard", "panel")
REQUIRED_METADATA: Final = ("name", "publisher", "licence", "reason")
TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "nothing_uploaded": ("还没有上传文件。", "Nothing has been uploaded yet."),
    "upload_under_way": ("还有上传正在检查。", "An upload is still being checked."),
    "errors_stand": (
        "文件中有 {count} 个错误；请修正，或舍去有错误的行。",
        "{count} errors stand in the file; correct them, or leave out the rows with errors.",
    ),
    "warnings_unexplained": (
        "有 {count} 条警告尚未说明。",
        "{count} warnings are not explained.",
    ),
    "gone_unanswered": (
        "上一版本中有 {count} 个因子未在本次上传中；请说明如何处理。",
        "{count} factors of the last release are not in the upload; say what is to become of them.",
    ),
    "metadata_missing": (
        "数据集说明缺少 {count} 项：{names}。",
        "The description of the dataset lacks {count} fields: {names}.",
    ),
    "development_report_missing": ("缺少研制报告附件。", "The development report is not attached."),
    "model_missing": (
        "生命周期因子须附单元过程数据和模型。",
        "Life-cycle factors need their unit processes and model.",
    ),
}
_counted: OrderedDict[tuple[Any, ...], tuple[Mapping[str, int], int]] = OrderedDict()
_KEPT: Final = 256


def etag(draft: Any) -> str:
    """The draft's revision as a strong validator."""
    return f'"{draft.id}.{draft.revision}"'


async def changes(connection: AsyncConnection, draft: Any) -> tuple[Mapping[str, int], int]:
    """How many factors the draft adds, changes and so on, and how many gone ones are unanswered.

    Comparing 100,000 factors takes a second, so the numbers of a revision are kept.
    """
    last = await editions.last_release(connection, draft.dataset)
    mark = (draft.id, draft.created_at, draft.revision, None if last is None else last.release_hash)
    if mark not in _counted:
        compared = await preview.compare(connection, draft)
        _counted[mark] = (compared.counts, compared.unanswered)
        if len(_counted) > _KEPT:
            _counted.popitem(last=False)
    return _counted[mark]


async def obstacles(connection: AsyncConnection, draft: Any) -> list[dict[str, Any]]:
    """What submit is refused for, each as {code, count, text {zh, en}}; empty when it may be submitted."""
    if draft.upload is None:
        return [_obstacle("nothing_uploaded")]
    upload = await repository.upload(connection, draft.upload)
    assert upload is not None
    found = []
    if await repository.under_way(connection, draft.id):
        found.append(_obstacle("upload_under_way"))
    errors = await standing_errors(connection, draft, upload)
    if errors:
        found.append(_obstacle("errors_stand", errors))
    warnings = await repository.unexplained(connection, draft) if upload.counts["warnings"] else 0
    if warnings:
        found.append(_obstacle("warnings_unexplained", warnings))
    unanswered = (await changes(connection, draft))[1]
    if unanswered:
        found.append(_obstacle("gone_unanswered", unanswered))
    return [*found, *await _papers(connection, draft, upload)]


async def standing_errors(connection: AsyncConnection, draft: Any, upload: Any) -> int:
    """Error-level findings that count: none of rows that were left out."""
    if not upload.counts["errors"]:
        return 0
    if not draft.left_out:
        return int(upload.counts["errors"])
    return await repository.errors_beyond_rows(connection, upload.id)


async def _papers(connection: AsyncConnection, draft: Any, upload: Any) -> list[dict[str, Any]]:
    """Missing statements and documents (req 26, 40)."""
    found = []
    about = await drafts.metadata(connection, draft)
    missing = [name for name in REQUIRED_METADATA if not about.get(name)]
    if missing:
        found.append(_obstacle("metadata_missing", len(missing), names=", ".join(missing)))
    if draft.policy in REPORT_POLICIES:
        kinds = {row.kind for row in await repository_attachments.of_draft(connection, draft)}
        if "development_report" not in kinds:
            found.append(_obstacle("development_report_missing"))
        if "lifecycle_factor" in upload.counts.get("record_types", {}) and "model" not in kinds:
            found.append(_obstacle("model_missing"))
    return found


def _obstacle(code: str, count: int = 1, **words: Any) -> dict[str, Any]:
    zh, en = TEXTS[code]
    text = {"zh": zh.format(count=count, **words), "en": en.format(count=count, **words)}
    return {"code": code, "count": count, "text": text}


async def draft_item(connection: AsyncConnection, draft: Any) -> dict[str, Any]:
    """The draft with its numbers, its obstacles and its attachments."""
    last = await editions.last_release(connection, draft.dataset)
    upload = None if draft.upload is None else await repository.upload(connection, draft.upload)
    counts = {} if upload is None else (await changes(connection, draft))[0]
    unexplained = 0 if upload is None else await repository.unexplained(connection, draft)
    rows = await repository_attachments.of_draft(connection, draft)
    path = f"/v1/datasets/{draft.dataset}/releases/{draft.number}"
    base_hash = None if last is None else last.release_hash
    return {
        "dataset": draft.dataset,
        "release": draft.number,
        "state": draft.state,
        "revision": draft.revision,
        "policy": draft.policy,
        "mode": draft.mode,
        "base": {
            "release": None if last is None else last.number,
            "release_hash": draft.base_release_hash,
            "moved": upload is not None and base_hash != draft.base_release_hash,
        },
        "upload": None if upload is None else upload.id,
        "factors": 0 if upload is None else upload.counts["factors"],
        "changes": counts,
        "findings": _findings(upload),
        "explanations_missing": unexplained,
        "left_out_rows": upload.counts["faulty_rows"] if upload is not None and draft.left_out else 0,
        "obstacles": await obstacles(connection, draft) if draft.state in drafts.EDITABLE else [],
        "answers": draft.answers,
        "metadata": await drafts.metadata(connection, draft),
        "attachments": [attachment_item(path, row) for row in rows],
        "release_hash": draft.release_hash,
        "created_by": draft.created_by,
        "created_at": draft.created_at.isoformat(),
        "changed_at": draft.changed_at.isoformat(),
        "links": {
            "self": f"{path}/draft",
            "preview": f"{path}/preview",
            "upload": None if upload is None else f"/v1/uploads/{upload.id}",
            "findings": None if upload is None else f"/v1/uploads/{upload.id}/findings",
        },
    }


def _findings(upload: Any | None) -> dict[str, Any]:
    names = ("errors", "warnings", "notes", "by_code")
    return {name: {} if name == "by_code" else 0 for name in names} | (
        {} if upload is None else {name: upload.counts[name] for name in names}
    )


def attachment_item(path: str, row: Any) -> dict[str, Any]:
    """An attachment as lists show it."""
    return {
        "sha256": row.sha256,
        "name": row.name,
        "media_type": row.media_type,
        "size": row.size,
        "kind": row.kind,
        "access_class": row.access_class,
        "added_by": row.added_by,
        "added_at": row.added_at.isoformat(),
        "links": {"self": f"{path}/attachments/{row.sha256}"},
    }
