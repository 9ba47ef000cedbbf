"""What a contributor changes in a draft by hand: policy, description, answers, explanations, rows left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.rules import Asker
from app.intake import drafts, drafts_view, repository
from app.kit.canonical import sha256_hex
from app.kit.errors import Conflict, Problem, Stale, Unprocessable

Act = tuple[str, str | None, dict[str, Any]]
POLICIES: Final = ("standard", "panel", "transcription")
SYSTEMS_ONLY: Final = ("transcription",)


class PreconditionRequired(Problem):
    """A change without If-Match: two people would overwrite each other (428, RFC 6585)."""


def expected_revision(draft: Any, if_match: str | None) -> None:
    """Compare If-Match with the draft. Raises PreconditionRequired `precondition_required`, Stale `draft_changed`."""
    if if_match is None:
        raise PreconditionRequired(
            "precondition_required",
            "Send If-Match with the draft's ETag, so that nobody's change is overwritten unseen.",
            "请用 If-Match 发送草稿的 ETag，以免覆盖他人的更改。",
            parameter="If-Match",
            current=drafts_view.etag(draft),
        )
    check_match(draft, if_match)


def check_match(draft: Any, if_match: str | None) -> None:
    """If-Match where it is given (RFC 9110, 13.1.1: strong comparison). Raises Stale `draft_changed`."""
    if if_match is None:
        return
    tags = [tag.strip() for tag in if_match.split(",")]
    if "*" not in tags and drafts_view.etag(draft) not in tags:
        raise Stale(
            "draft_changed",
            "The draft has another revision than If-Match names; look at it and try again.",
            "草稿的修订号与 If-Match 不符；请查看后重试。",
            parameter="If-Match",
            current=drafts_view.etag(draft),
        )


async def patch(
    connection: AsyncConnection,
    draft: Any,
    asker: Asker,
    *,
    policy: str | None,
    metadata: Mapping[str, Any] | None,
    answers: Mapping[str, str | None] | None,
) -> tuple[Any, Act]:
    """Change policy, description (a null takes a statement back) and answers (likewise).

    Raises Unprocessable `policy_not_allowed`, `not_gone`, and as drafts.change.
    """
    values: dict[str, Any] = {}
    if policy is not None:
        values["policy"] = _allowed(policy, asker)
    if metadata is not None:
        values["metadata"] = _merged(draft.metadata, metadata)
    if answers is not None:
        await _check_gone(connection, draft, answers)
        values["answers"] = _merged(draft.answers, answers)
    changed = await drafts.change(connection, draft, asker.principal, **values)
    return changed, _act(changed, "dataset:draft:change", {"fields": sorted(values)})


def _allowed(policy: str, asker: Asker) -> str:
    if policy in SYSTEMS_ONLY and asker.kind != "system":
        raise Unprocessable(
            "policy_not_allowed",
            f"The policy {policy} has no reviewers and is for systems that copy official figures.",
            f"策略 {policy} 不经评审，仅供转录官方数据的系统使用。",
            parameter="policy",
            valid_values=[name for name in POLICIES if name not in SYSTEMS_ONLY],
        )
    return policy


def _merged(before: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**before, **change}.items() if value is not None}


async def _check_gone(connection: AsyncConnection, draft: Any, answers: Mapping[str, Any]) -> None:
    asked = {key for key in answers if key != "*"}
    unknown = sorted(asked - set(await drafts.gone_keys(connection, draft))) if asked else []
    if unknown:
        raise Unprocessable(
            "not_gone",
            f"{unknown[0]!r} is not among the factors of the last release that the upload lacks.",
            f"{unknown[0]!r} 不在上一版本有而本次上传没有的因子中。",
            parameter="answers",
            keys=unknown[:50],
        )


async def explain(
    connection: AsyncConnection,
    draft: Any,
    by: str,
    items: Sequence[tuple[str, str]],
    code: str | None,
    words: str | None,
) -> tuple[Any, Act, int]:
    """Explain single findings, or all warnings of a code at once. Returns how many were explained.

    Raises Unprocessable `no_such_warning`, and as drafts.change.
    """
    changed = await drafts.change(connection, draft, by)
    done = 0
    for finding, said in items:
        one = await repository.explain(connection, draft, [finding], None, said, by)
        if not one:
            raise _no_such_warning(finding)
        done += one
    if code is not None:
        several = await repository.explain(connection, draft, (), code, words or "", by)
        if not several:
            raise _no_such_warning(code)
        done += several
    return changed, _act(changed, "dataset:draft:explain", {"explained": done}), done


def _no_such_warning(name: str) -> Unprocessable:
    return Unprocessable(
        "no_such_warning",
        f"The draft's upload has no warning {name[:80]!r}.",
        f"草稿的上传中没有警告 {name[:80]!r}。",
    )


async def leave_out(
    connection: AsyncConnection, draft: Any, by: str
) -> tuple[Any, Act, list[dict[str, Any]]]:
    """Leave out the rows with errors, on the record. Returns their list.

    Raises Conflict `no_rows_with_errors`, and as drafts.change.
    """
    rows = [] if draft.upload is None else await repository.faulty_rows(connection, draft.upload)
    if not rows:
        raise Conflict(
            "no_rows_with_errors",
            "No row of the upload has errors.",
            "上传中没有带错误的行。",
        )
    changed = await drafts.change(connection, draft, by, left_out=True)
    listed = [{"sheet": row.sheet, "row": row.row, "key": row.key} for row in rows]
    digest = sha256_hex("\n".join(f"{row.sheet}\t{row.row}\t{row.key or ''}" for row in rows).encode())
    details = {"upload": draft.upload, "rows": len(rows), "list_sha256": digest, "first": listed[:50]}
    return changed, _act(changed, "dataset:draft:leave_out", details), listed


def _act(draft: Any, kind: str, details: dict[str, Any]) -> Act:
    return kind, f"{draft.dataset}/releases/{draft.number}", {**details, "revision": draft.revision}
