from __future__ import annotations

from pathlib import Path

import pytest

from app.config import REPOSITORY
from app.reference.index import ReferenceIndex
from app.reference.tables import ReferenceTables, load_tables

SEED = REPOSITORY / "seed_data"
FACTS = REPOSITORY.parent / "shared" / "facts"


@pytest.fixture(scope="session")
def tables() -> ReferenceTables:
    return load_tables(SEED / "reference")


@pytest.fixture(scope="session")
def index(tables: ReferenceTables) -> ReferenceIndex:
    return ReferenceIndex(tables)


@pytest.fixture(scope="session")
def facts() -> Path:
    if not FACTS.is_dir():
        pytest.skip("the facts are not beside the repository")
    return FACTS
