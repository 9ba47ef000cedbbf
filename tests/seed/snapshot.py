"""Write tests/golden/seed_releases.json anew: `python -m tests.seed.snapshot DATABASE_URL` of a fresh seed."""

import asyncio
import json
import sys

from app.kit.db import make_engine, snapshot
from tests.seed.test_served import SNAPSHOT, releases


async def main(url: str) -> None:
    engine = make_engine(url, pool_size=1)
    async with snapshot(engine) as connection:
        found = await releases(connection)
    await engine.dispose()
    SNAPSHOT.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
