"""The facts that the rules of review ask for, gathered from the parts that know them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth import service as people
from app.auth.rules import Asker
from app.intake import drafts, drafts_review
from app.review.rules import ROLES, Affiliation, AskerFacts, DatasetFacts, Person, independent, year_before

PARTIES: Final = ("maintainer", "contributor", "rights_holder", "publisher")
"""Members of a release's metadata that name the organisations which have a part in it."""


@dataclass(frozen=True, slots=True)
class Relation:
    """How an asker stands to a draft: roles for the dataset, the draft's facts, and the person."""

    roles: frozenset[str]
    facts: DatasetFacts
    person: Person
    is_person: bool

    def asker(self, reason: str | None = None) -> AskerFacts:
        """What the table of moves asks."""
        return AskerFacts(
            roles=self.roles,
            contributed=self.person.principal in self.facts.contributors,
            independent=independent(self.person, self.facts, today()),
            is_person=self.is_person,
            gives_reason=bool(reason and reason.strip()),
        )


def today() -> date:
    return datetime.now(UTC).date()


async def roles_of(connection: AsyncConnection, asker: Asker, dataset: str) -> frozenset[str]:
    """The asker's roles for `dataset`, granted for it or for the organisation that maintains it."""
    organisation = await drafts.maintained_by(connection, dataset)
    return frozenset(role for role in ROLES if asker.has(role, dataset, organisation))


async def facts_of(connection: AsyncConnection, draft: Any) -> DatasetFacts:
    """Who contributed to a draft, and the organisations with a part in it: those that its metadata name (by id
    or by name), and those where a contributor was within the year."""
    contributors = await drafts_review.contributors(connection, draft)
    about = await drafts.metadata(connection, draft)
    names = [str(text) for party in PARTIES for text in _texts(about.get(party))]
    parties = set(await people.organisations_called(connection, names))
    for affiliation in await people.affiliations(connection, contributors, year_before(today())):
        parties.add(affiliation.organisation)
    organisation = await drafts.maintained_by(connection, draft.dataset)
    if organisation is not None:
        parties.add(organisation)
    return DatasetFacts(contributors, frozenset(parties))


def _texts(party: Any) -> Collection[Any]:
    return party.values() if isinstance(party, dict) else ()


async def person_of(
    connection: AsyncConnection, asker: Asker, declared: Collection[str] = (), no_relation: bool = False
) -> Person:
    """The asker as a reviewer, with the relations that they declare (organisations by id or name)."""
    rows = await people.affiliations(connection, [asker.principal], year_before(today()))
    known_ones = await people.organisations_called(connection, declared)
    return Person(
        principal=asker.principal,
        affiliations=tuple(Affiliation(row.organisation, row.from_day, row.to_day) for row in rows),
        declared=known_ones,
        declares_no_relation=no_relation,
    )


async def relation(
    connection: AsyncConnection,
    asker: Asker,
    draft: Any,
    declared: Collection[str] = (),
    no_relation: bool = False,
) -> Relation:
    return Relation(
        roles=await roles_of(connection, asker, draft.dataset),
        facts=await facts_of(connection, draft),
        person=await person_of(connection, asker, declared, no_relation),
        is_person=asker.kind == "person",
    )
