"""Random stories: whatever people do in whatever order, what the design promises holds after every act."""

import asyncio
import json
import threading
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.catalog import reads, service, withdrawing
from app.catalog.conditions import Filters, matching
from app.catalog.withdrawing_rules import Withdrawal
from app.kit.db import make_engine, snapshot, transaction
from app.kit.errors import Problem
from app.review.rules import MOVES
from tests.catalog.releases import substance
from tests.conftest import Databases
from tests.review.people import DATASET, House

KEYS = ("a.2023", "b.2023")
NUMBERS = st.integers(1, 4).map(str)
COMING = st.integers(2, 5).map(str)
WHO = st.sampled_from(["chen", "lin", "wang", "zhao"])
WHY = {"zh": "缘由", "en": "why"}


class Loop:
    """An event loop in a thread of its own, since the state machine is not asynchronous."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(doing, self._loop).result(60)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Stories(RuleBasedStateMachine):
    """Acts on one dataset by four people, who begin with a published release; `answers` is what each basis
    said when it was new."""

    url: str
    loop: Loop
    clear: Any

    @initialize()
    def begin(self) -> None:
        self.url = self.loop.run(self.clear())
        self.engine: AsyncEngine = make_engine(self.url, pool_size=4)
        self.house = House(self.engine)
        self.loop.run(self._people())
        self.answers: dict[int, dict[str, Any]] = {}
        self.acts = 0
        self.whole_way("1", 1, set(KEYS))

    async def _people(self) -> None:
        await self.house.open()
        await self.house.team()

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.loop.run(self._earlier_answers_stay())
            self.loop.run(self.engine.dispose())

    def act(self, doing: Coroutine[Any, Any, Any]) -> None:
        """An act that either counts, with its lines, or is refused and leaves nothing."""
        before = self.loop.run(self.size())
        try:
            self.loop.run(doing)
        except Problem as problem:
            assert type(problem).__name__ != "Broken", problem
            assert self.loop.run(self.size()) == before
            return
        assert self.loop.run(self.size()) > before, "an act without a line in the journal"
        self.acts += 1

    @rule(number=COMING, value=st.integers(1, 3), keys=st.sets(st.sampled_from(KEYS), min_size=1))
    def upload(self, number: str, value: int, keys: set[str]) -> None:
        factors = [substance(key, f"{value}.0") for key in sorted(keys)]
        state = self.loop.run(self.state(number))
        if state in ("draft", "changes_requested"):
            self.loop.run(self.house.refill(number, factors))
        elif state in (None, "rejected", "abandoned"):
            self.loop.run(self.house.draft(number, factors))

    @rule(number=COMING, who=WHO, correct=st.booleans())
    def submit(self, number: str, who: str, correct: bool) -> None:
        corrections = {"a.2023": {"errata_class": "typo"}} if correct else None
        self.act(self.house.submit(number, who, corrections=corrections))

    @rule(number=COMING, who=st.sampled_from(["lin", "wang"]), stale=st.booleans())
    def approve(self, number: str, who: str, stale: bool) -> None:
        digest = self.loop.run(self.hash(number)) or "0" * 64
        if stale:
            digest = "f" * 64
        self.act(self.house.approve(number, who, digest, external=who == "lin"))

    @rule(number=COMING)
    def both_approve(self, number: str) -> None:
        for who in ("lin", "wang"):
            self.approve(number, who, stale=False)

    @rule(number=COMING, value=st.integers(1, 3), keys=st.sets(st.sampled_from(KEYS), min_size=1))
    def whole_way(self, number: str, value: int, keys: set[str]) -> None:
        """From upload to publish; chance alone would seldom come so far."""
        self.upload(number, value, keys)
        self.submit(number, "chen", correct=False)
        self.both_approve(number)
        self.publish(number, "zhao")

    @rule(number=COMING, who=WHO, what=st.sampled_from(["request_changes", "reject", "abandon"]))
    def end(self, number: str, who: str, what: str) -> None:
        self.act(self.house.act(what, number, who, "because"))

    @rule(number=COMING, who=WHO)
    def publish(self, number: str, who: str) -> None:
        self.act(self.house.act("publish", number, who, None))

    @rule(
        key=st.sampled_from(KEYS),
        n=st.integers(1, 3),
        status=st.sampled_from(["retired", "published", "recalled"]),
    )
    def withdraw_version(self, key: str, n: int, status: str) -> None:
        errata = "typo" if status == "recalled" else None

        async def go() -> None:
            async with transaction(self.engine) as connection:
                said = Withdrawal(status, WHY, errata_class=errata)
                await withdrawing.change_version(connection, DATASET, key, n, said, {"actor": "zhao"})

        self.act(go())

    @rule(number=NUMBERS, status=st.sampled_from(["retired", "published"]))
    def withdraw_release(self, number: str, status: str) -> None:
        async def go() -> None:
            async with transaction(self.engine) as connection:
                said = Withdrawal(status, WHY)
                await withdrawing.change_release(connection, DATASET, number, said, {"actor": "zhao"})

        self.act(go())

    @invariant()
    def what_is_promised_holds(self) -> None:
        if hasattr(self, "engine"):
            self.loop.run(self._check())

    async def _check(self) -> None:
        async with snapshot(self.engine) as connection:
            await self._one_release_a_base(connection)
            await self._approvals_count_for_their_bytes_only(connection)
            await self._decisions_follow_the_table_and_the_journal(connection)
            await self._remember(connection)

    async def _one_release_a_base(self, connection: Any) -> None:
        rows = await connection.execute(
            text(
                "SELECT base_release_hash, release_hash FROM release WHERE published_position IS NOT NULL"
                " ORDER BY published_position"
            )
        )
        base = None
        for row in rows:
            assert row.base_release_hash == base
            base = row.release_hash

    async def _approvals_count_for_their_bytes_only(self, connection: Any) -> None:
        """What is approved or published has two persons' approvals of this round and these very bytes."""
        rows = await connection.execute(
            text(
                "SELECT d.release_hash, (SELECT count(DISTINCT a.principal) FROM decision a WHERE a.draft = d.id"
                " AND a.action = 'approve' AND a.release_hash = d.release_hash AND a.round ="
                " (SELECT max(round) FROM review_round r WHERE r.draft = d.id)) AS persons"
                " FROM draft d WHERE d.state IN ('approved', 'published')"
            )
        )
        for row in rows:
            assert row.persons >= 2
        frozen = await connection.execute(
            text(
                "SELECT count(*) FROM draft d LEFT JOIN release r ON r.id = d.release_id"
                " AND r.release_hash = d.release_hash AND r.dataset = d.dataset AND r.number = d.number"
                " WHERE (d.state IN ('in_review', 'approved', 'published')) <> (r.id IS NOT NULL)"
            )
        )
        assert frozen.scalar() == 0

    async def _decisions_follow_the_table_and_the_journal(self, connection: Any) -> None:
        rows = await connection.execute(
            text(
                "SELECT d.draft, d.action, d.to_state, e.kind, e.entry FROM decision d"
                " JOIN journal_entry e ON e.position = d.position ORDER BY d.position"
            )
        )
        states: dict[int, str] = {}
        for row in rows:
            before = states.get(row.draft, "draft")
            assert before in MOVES[row.action].from_states
            assert row.kind == f"dataset:release:{row.action}"
            assert json.loads(row.entry)["kind"] == row.kind
            states[row.draft] = row.to_state
        count = (await connection.execute(text("SELECT count(*) FROM decision"))).scalar()
        assert count <= self.acts

    async def _remember(self, connection: Any) -> None:
        """What the newest basis says, asked by its number and as the current state."""
        size = await self.size()
        if size and size not in self.answers:
            self.answers[size] = await self._answer(connection, size)
            assert await self._answer(connection, None) == self.answers[size]

    async def _earlier_answers_stay(self) -> None:
        async with snapshot(self.engine) as connection:
            for size, said in self.answers.items():
                assert await self._answer(connection, size) == said, size

    async def _answer(self, connection: Any, size: int | None) -> dict[str, Any]:
        at = await service.moment_of(connection, size, None)
        found = {}
        for status in ("published", "retired", "recalled", "superseded"):
            page = await reads.page(connection, at, matching(Filters(status=status), at), None, 100)
            found[status] = [(f"{v.key}@{v.n}", v.status.status, v.content_hash) for v in page]
        for key in KEYS:
            try:
                history = await service.get_history(connection, at, DATASET, key)
            except Problem:
                history = []
            found[key] = [(v.n, v.status.status, v.status.superseded_by) for v in history]
        return found

    async def size(self) -> int:
        async with snapshot(self.engine) as connection:
            found = await connection.execute(text("SELECT coalesce(max(size), 0) FROM journal_head"))
            return int(found.scalar_one())

    async def state(self, number: str) -> str | None:
        return await self._column("state", number)

    async def hash(self, number: str) -> str | None:
        return await self._column("release_hash", number)

    async def _column(self, name: str, number: str) -> str | None:
        async with snapshot(self.engine) as connection:
            query = text(f"SELECT {name} FROM draft WHERE number = :number ORDER BY id DESC LIMIT 1")
            found: str | None = (await connection.execute(query, {"number": number})).scalar()
            return found


@pytest.mark.slow
def test_stories(databases: Databases, empty_template: str) -> None:
    async def clear() -> str:
        return (await databases.create(empty_template))[1]

    Stories.loop, Stories.clear = Loop(), staticmethod(clear)
    try:
        run_state_machine_as_test(
            Stories,
            settings=settings(
                max_examples=12,
                stateful_step_count=30,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        Stories.loop.close()
