"""The rules of the catalogue on plain data: what a version's document is, what a release changes, what holds.

A *substance* is the document of a factor without what only its release decides: it is what a contributor
states. The document adds version, release and change. Equal substance means unchanged, and keeps its version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from app.kit.canonical import canonical_bytes, content_hash, sha256_hex
from app.kit.errors import Unprocessable
from app.kit.grammar import factor_uuid, ilcd_version, is_dataset, is_key, is_release, release_order

SCHEMA: Final = "factorbase.factor/1"
RecordType = Literal[
    "lifecycle_factor",
    "grid_emission_factor",
    "direct_emission_factor",
    "project_baseline",
    "regulatory_default",
    "activity_parameter",
    "benchmark",
]
RECORD_TYPES: Final[tuple[str, ...]] = get_args(RecordType)
GasBasis = Literal["co2e", "single_gas", "by_gas", "carbon", "none"]
GAS_BASES: Final[tuple[str, ...]] = get_args(GasBasis)
Boundary = Literal[
    "combustion",
    "generation",
    "consumption",
    "td_loss",
    "wtt",
    "ttw",
    "wtw",
    "process",
    "gate_to_gate",
    "cradle_to_gate",
    "cradle_to_grave",
    "embedded_direct",
    "embedded_indirect",
    "embedded_total",
    "property",
]
BOUNDARIES: Final[tuple[str, ...]] = get_args(Boundary)
YearRule = Literal["data_year", "edition", "validity", "timeless"]
YEAR_RULES: Final[tuple[str, ...]] = get_args(YearRule)
LISTED_LAST: Final = frozenset({"regulatory_default"})
ErrataClass = Literal["typo", "unit", "method", "source_restated", "other"]
ERRATA_CLASSES: Final[tuple[str, ...]] = get_args(ErrataClass)
RELEASE_ONLY: Final = frozenset({"version", "ilcd_version", "release", "change"})

Substance = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Published:
    """What the last release knows of a factor."""

    factor_id: int
    version_id: int
    n: int
    content_hash: str
    substance_hash: str
    carried: bool = True


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version that a release brings: its exact bytes and the predecessor it supersedes, if any."""

    key: str
    n: int
    document: Mapping[str, Any]
    data: bytes
    content_hash: str
    substance_hash: str
    predecessor: Published | None


@dataclass(frozen=True, slots=True)
class Correction:
    """Why a new version corrects an error of the one before, which is recalled when it is published."""

    errata_class: str
    reason: Mapping[str, str] | None = None


NO_CORRECTIONS: Final[Mapping[str, Correction]] = {}


@dataclass(frozen=True, slots=True)
class Plan:
    """What a release changes against the last one. `items` is the whole release: key, version, hash."""

    items: Sequence[tuple[str, int, str]]
    new: Sequence[NewVersion]
    gone: Sequence[str]

    @property
    def added(self) -> int:
        return sum(version.predecessor is None for version in self.new)

    @property
    def changed(self) -> int:
        return len(self.new) - self.added


def check_release_number(dataset: str, number: str, last: str | None) -> None:
    """Raises Unprocessable `invalid_release_name`, `release_number_not_ascending`."""
    if not is_dataset(dataset) or not is_release(number):
        raise Unprocessable(
            "invalid_release_name",
            f"{dataset!r} {number!r} is not a dataset and release name.",
            f"{dataset!r} {number!r} 不是有效的数据集和版本名称。",
        )
    if last is not None and release_order(number) <= release_order(last):
        raise Unprocessable(
            "release_number_not_ascending",
            f"Release {number} does not come after {last}.",
            f"版本 {number} 并不在 {last} 之后。",
            parameter="release",
        )


def check_public(substance: Mapping[str, Any]) -> None:
    """Published reads are anonymous and know no grants yet, so what is not public is not taken at all.

    Raises Unprocessable `factor_not_public`.
    """
    if substance.get("access_class", "public") != "public":
        raise Unprocessable(
            "factor_not_public",
            f"{substance['ref']} is {substance['access_class']}; only public factors can be published so far.",
            f"{substance['ref']} 的访问级别为 {substance['access_class']}；目前只能发布公开因子。",
            parameter="access_class",
            valid_values=["public"],
        )


def identify(origin: str, dataset: str, key: str, stated: Mapping[str, Any]) -> Substance:
    """The substance of factor `dataset/key`: what is stated, with the identity that the service gives it."""
    if not is_dataset(dataset) or not is_key(key):
        raise ValueError(f"{dataset}/{key} is not a factor's name")
    return {
        **stated,
        "schema": SCHEMA,
        "ref": f"{dataset}/{key}",
        "dataset": dataset,
        "key": key,
        "uuid": factor_uuid(origin, dataset, key),
    }


def substance_of(document: Mapping[str, Any]) -> Substance:
    """The substance within a document."""
    return {name: value for name, value in document.items() if name not in RELEASE_ONLY}


def plan_release(
    release: str,
    substances: Iterable[Substance],
    last: Mapping[str, Published],
    reason: Mapping[str, str],
    on_progress: Any = None,
    corrections: Mapping[str, Correction] = NO_CORRECTIONS,
) -> Plan:
    """Compare each substance with the last published version of its factor.

    `reason` (zh, en) is what the release says of its changes; `corrections`, by key, which of them correct an
    error. Raises ValueError for a key given twice.
    """
    items: dict[str, tuple[str, int, str]] = {}
    new: list[NewVersion] = []
    for substance in substances:
        check_public(substance)
        key = substance["key"]
        if key in items:
            raise ValueError(f"{substance['ref']} is given twice")
        version = _next_version(release, substance, last.get(key), reason, corrections.get(key))
        if isinstance(version, NewVersion):
            new.append(version)
        items[key] = (key, version.n, version.content_hash)
        if on_progress is not None:
            on_progress(1)
    gone = sorted(key for key, version in last.items() if version.carried and key not in items)
    return Plan(sorted(items.values()), new, gone)


def _next_version(
    release: str,
    substance: Substance,
    last: Published | None,
    reason: Mapping[str, str],
    correction: Correction | None,
) -> NewVersion | Published:
    """The version that the last release carries where nothing changed; a factor that comes back after it was
    left out gets a new one, so that each release knows what it carries."""
    digest = content_hash(substance)
    if last is not None and last.carried and last.substance_hash == digest:
        return last
    n = 1 if last is None else last.n + 1
    change: dict[str, Any] = {"kind": "new" if last is None else "revision", "reason": dict(reason)}
    if last is not None and correction is not None:
        change = {"kind": "correction", "reason": dict(correction.reason or reason)}
        change["errata_class"] = correction.errata_class
    if last is not None:
        change["predecessor"] = {"version": last.n, "content_hash": last.content_hash}
    document = {
        **substance,
        "version": n,
        "ilcd_version": ilcd_version(n),
        "release": release,
        "change": change,
    }
    data = canonical_bytes(document)
    return NewVersion(substance["key"], n, document, data, sha256_hex(data), digest, last)


def manifest(
    dataset: str,
    release: str,
    base_release_hash: str | None,
    policy: str,
    items: Iterable[tuple[str, int, str]],
    *,
    attachments: Sequence[Any] = (),
    explanations: Sequence[Any] = (),
) -> bytes:
    """Canonical manifest of a release; its SHA-256 is the release hash. Fixed (design, section 4)."""
    return canonical_bytes(
        {
            "dataset": dataset,
            "release": release,
            "base_release_hash": base_release_hash,
            "policy": policy,
            "attachments": list(attachments),
            "explanations": list(explanations),
            "items": [list(item) for item in items],
        }
    )


def list_rank(record_type: str) -> int:
    """Regulatory defaults come last in every list that did not ask for them."""
    return 1 if record_type in LISTED_LAST else 0
