"""A worker as a process of its own: `python -m tests.intake.uploads_worker URL`."""

import asyncio
import sys
from datetime import timedelta

from app.intake import jobs
from tests.intake.uploads_service import ORIGIN, record_acts

if __name__ == "__main__":
    asyncio.run(
        jobs.work(
            sys.argv[1], ORIGIN, record_acts, heartbeat=timedelta(seconds=2), poll=timedelta(seconds=0.3)
        )
    )
