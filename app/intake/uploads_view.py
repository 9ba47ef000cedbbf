"""An upload and its findings as answers show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def upload_item(upload: Any) -> dict[str, Any]:
    """Its state, how far it is, and how much was found."""
    path = f"/v1/uploads/{upload.id}"
    release = f"/v1/datasets/{upload.dataset}/releases/{upload.release}"
    return {
        "id": upload.id,
        "dataset": upload.dataset,
        "release": upload.release,
        "mode": upload.mode,
        "dry_run": upload.dry_run,
        "state": upload.state,
        "progress": {"phase": upload.phase, "done": upload.progress, "total": upload.progress_total},
        "file": {"name": upload.file_name, "sha256": upload.blob},
        "counts": upload.counts or None,
        "problem": upload.problem,
        "uploaded_by": upload.principal,
        "created_at": upload.created_at.isoformat(),
        "finished_at": None if upload.finished_at is None else upload.finished_at.isoformat(),
        "links": {
            "self": path,
            "findings": f"{path}/findings",
            "file": f"{path}/file",
            "marked_file": f"{path}/file?marked=true",
            "draft": None if upload.draft is None else f"{release}/draft",
            "preview": None if upload.draft is None else f"{release}/preview",
        },
    }


def finding_item(row: Any, explained: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One finding. `finding` is its identity, by which a warning is explained."""
    return {
        "finding": row.identity,
        "code": row.code,
        "severity": row.severity,
        "sheet": row.sheet,
        "cell": row.cell,
        "row": row.row,
        "key": row.key,
        "field": row.field,
        "value": row.value,
        "expected": list(row.expected),
        "text": {"zh": row.text_zh, "en": row.text_en},
        "explanation": (explained or {}).get(row.identity),
    }
