"""Write `openapi/openapi.json`, or with --check tell whether it is what the code says."""

from __future__ import annotations

import json
import sys

from app.config import REPOSITORY, Settings
from app.kit.hot import HotAnswers
from app.main import build

SNAPSHOT = REPOSITORY / "openapi" / "openapi.json"


def contract() -> str:
    """The OpenAPI document of this code, as the snapshot spells it."""
    app = build(Settings(), HotAnswers(0))
    return json.dumps(app.openapi(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def main() -> int:
    text = contract()
    if "--check" not in sys.argv:
        SNAPSHOT.write_text(text, encoding="utf-8")
        return 0
    if SNAPSHOT.exists() and SNAPSHOT.read_text(encoding="utf-8") == text:
        return 0
    print("openapi/openapi.json is not what the code says; run `make openapi` and look at the difference.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
