"""Names of datasets, factors, versions and releases. Fixed (design, section 2)."""

from __future__ import annotations

import re
import uuid
from typing import Final

DATASET: Final = r"[a-z0-9](-?[a-z0-9]){1,62}"
KEY: Final = r"[a-z0-9]([._-]?[a-z0-9]){0,159}"
RELEASE: Final = r"\d+(\.\d+){0,2}"

_dataset = re.compile(DATASET)
_key = re.compile(KEY)
_release = re.compile(RELEASE, re.ASCII)

NAMESPACE: Final = uuid.UUID("5f6b1e0e-7c43-5d0f-9a7e-0d6c3f1f8a21")
"""Namespace of every factor's UUIDv5; never to be changed."""


def is_dataset(text: str) -> bool:
    return len(text) <= 125 and _dataset.fullmatch(text) is not None


def is_key(text: str) -> bool:
    return len(text) <= 319 and _key.fullmatch(text) is not None


def is_release(text: str) -> bool:
    return len(text) <= 40 and _release.fullmatch(text) is not None


def factor_uuid(origin: str, dataset: str, key: str) -> str:
    """UUIDv5 over `origin/dataset/key`: the same factor on the same service has the same uuid for ever."""
    return str(uuid.uuid5(NAMESPACE, f"{origin}/{dataset}/{key}"))


def ilcd_version(n: int) -> str:
    """Version n in the form XX.XX.XXX that ILCD and CIFA want: 1 -> 01.00.000, 100 -> 99.01.000."""
    if n < 1:
        raise ValueError(f"there is no version {n}")
    return f"{min(n, 99):02d}.{max(n - 99, 0):02d}.000"


def release_order(release: str) -> tuple[int, int, int]:
    """Numeric order of releases: 2024.10 comes after 2024.9; missing parts count as 0."""
    first, second, third = ([int(part) for part in release.split(".")] + [0, 0])[:3]
    return first, second, third
