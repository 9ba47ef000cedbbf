"""Archives as attachments: a short file may have a directory that fills the memory."""

import io
import zipfile
from pathlib import Path

import pytest

from app.intake import attachments
from app.kit.errors import Unprocessable


def archive(entries: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for n in range(entries):
            made.writestr(f"{n}{'x' * 180}", b"")
    return buffer.getvalue()


def test_an_archive_with_a_huge_directory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(archive(20_000))
    with pytest.raises(Unprocessable) as refused:
        attachments.media_type(path, "a.zip")
    assert refused.value.code == "attachment_type_refused"
    path.write_bytes(archive(100))
    assert attachments.media_type(path, "a.zip") == "application/zip"


@pytest.mark.parametrize("data", [b"PK\x03\x04", b"PK\x03\x04" + b"x" * 100_000, archive(3)[:-10]])
def test_a_damaged_archive_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(Unprocessable):
        attachments.media_type(tmp_path / "a", "a.zip")
