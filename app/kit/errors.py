"""Kinds of refusal, free of the web: a rule or a job raises them, `problems.py` alone turns them into HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Problem(Exception):
    """A refusal with a stable `code`, a text in both languages and, where they help, the valid values.

    `parameter` names the query parameter, field or header that caused it. `extra` goes into the
    problem document as further members (RFC 9457, section 3.2).
    """

    def __init__(
        self,
        code: str,
        en: str,
        zh: str,
        *,
        parameter: str | None = None,
        valid_values: Sequence[Any] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.text = {"en": en, "zh": zh}
        self.parameter = parameter
        self.valid_values = None if valid_values is None else list(valid_values)
        self.extra = extra


class Invalid(Problem):
    """The request itself is wrong (400)."""


class Unauthorised(Problem):
    """Nobody is signed in, or the credential does not hold (401)."""


class Forbidden(Problem):
    """Signed in, may know of the thing, but not do this (403)."""


class Stale(Problem):
    """If-Match names another revision than the current one (412)."""


class TooLarge(Problem):
    """More than is taken (413)."""


class Busy(Problem):
    """Too many requests for now (429)."""


class NotFound(Problem):
    """No such thing, or none that the asker may see (404)."""


class Gone(Problem):
    """Known but no longer held (410)."""


class Conflict(Problem):
    """The state of things forbids it (409)."""


class Unprocessable(Problem):
    """Well formed, but its content breaks a rule (422)."""


class Unavailable(Problem):
    """Cannot be answered now (503)."""


class Broken(Problem):
    """Stored state contradicts itself; an operator must look (500)."""
