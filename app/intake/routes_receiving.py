"""A file from a multipart body to a temporary folder: streamed, limited, hashed."""

from __future__ import annotations

import asyncio
import shutil
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.intake import uploads_folders
from app.intake.uploads import Received, received_file
from app.kit.errors import Invalid, TooLarge

OVERHEAD: Final = 64 * 1024  # boundaries and headers of the parts
MAX_NAME: Final = 255
FILE_BODY: Final[dict[str, Any]] = {"type": "string", "format": "binary", "description": "The file."}


def body_of(**fields: dict[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of a route that takes a file and further text fields."""
    schema = {"type": "object", "required": ["file"], "properties": {"file": FILE_BODY, **fields}}
    content = {"multipart/form-data": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


@asynccontextmanager
async def receiving(request: Request, limit: int) -> AsyncIterator[tuple[Received, dict[str, str]]]:
    """The file of the part `file` and the text fields, while the block runs.

    Raises TooLarge `file_too_large`, Invalid `invalid_body`, `file_missing`.
    """
    _check_length(request, limit)
    with uploads_folders.folder() as folder:
        form = await _form(request, limit)
        try:
            received = await _kept(form, Path(folder), limit)
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
        finally:
            await form.close()
        yield received, fields


def _check_length(request: Request, limit: int) -> None:
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told) > limit + OVERHEAD:
        raise _too_large(limit)


async def _form(request: Request, limit: int) -> FormData:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise _invalid("a body of multipart/form-data is wanted", "需要 multipart/form-data 正文")
    parser = MultiPartParser(
        request.headers, _limited(request.stream(), limit + OVERHEAD, limit), max_files=1, max_fields=20
    )
    try:
        return await parser.parse()
    except (MultiPartException, KeyError, ValueError, UnicodeDecodeError) as error:
        raise _invalid(str(error), f"正文无法解析：{error}") from None


async def _limited(stream: AsyncIterator[bytes], most: int, limit: int) -> AsyncGenerator[bytes, None]:
    seen = 0
    async for piece in stream:
        seen += len(piece)
        if seen > most:
            raise _too_large(limit)
        yield piece


async def _kept(form: FormData, folder: Path, limit: int) -> Received:
    part = form.get("file")
    if not isinstance(part, UploadFile):
        raise Invalid(
            "file_missing",
            "The part `file` with the file is missing.",
            "缺少名为 file 的文件部分。",
            parameter="file",
        )
    name = clean_name(part.filename or "")
    path = folder / "file"

    def keep() -> Received:
        part.file.seek(0)
        with path.open("wb") as copy:
            shutil.copyfileobj(part.file, copy, 1 << 20)
        return received_file(path, name)

    received = await asyncio.to_thread(keep)
    if received.size > limit:
        raise _too_large(limit)
    return received


def clean_name(name: str) -> str:
    """The last part of a file's name, in normal form, without control characters; `file` for nothing."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    return kept[-MAX_NAME:] or "file"


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        "file_too_large",
        f"The file has more than {limit} bytes, which is the most that is taken.",
        f"文件超过上限 {limit} 字节。",
        parameter="file",
        limit_bytes=limit,
    )


def _invalid(en: str, zh: str) -> Invalid:
    return Invalid("invalid_body", f"The body cannot be read: {en}.", f"正文无效：{zh}。")
