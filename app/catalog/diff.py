"""What differs between two versions of a factor, field by field. Pure.

Lists whose items have an identity are compared item by item (amounts by gas and origin, sources by id), so
that an inserted item does not shift all others. Two documents are equal exactly when there is no change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any, Final, Literal

from app.catalog.rules import RELEASE_ONLY
from app.kit.canonical import canonical_bytes

Kind = Literal["added", "removed", "changed"]
DIGITS: Final = 6
_NUMBERS: Final = frozenset({"value", "lower", "upper", "percent"})
_MEASURE: Final = ("unit", "denomination", "gas")
_ROUND: Final = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_IDENTITY: Final[dict[str, tuple[str, ...]]] = {
    "amounts": ("gas", "origin"),
    "sources": ("id",),
    "classifications": ("system", "code"),
    "mark_up": ("from_year",),
}
_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `path` is a JSON pointer (RFC 6901) into the new document, of what was removed into
    the old one. `item` names the list item it is in, as gas and origin. `percent` is derived:
    100 (new - old) / |old| with at most 6 significant digits. `substance` is False for what every new version
    changes (version, release, change)."""

    path: str
    kind: Kind
    old: Any
    new: Any
    percent: Decimal | None = None
    item: Mapping[str, Any] | None = None
    substance: bool = True


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a comparison stands; `comparable` is False below a change of the GWP set."""

    path: str = ""
    item: Mapping[str, Any] | None = None
    comparable: bool = True

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def at(self, name: str) -> _Place:
        return replace(self, path=f"{self.path}/{name.replace('~', '~0').replace('/', '~1')}")


def diff_documents(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """The differences, substance first, then by path; None stands for what is not there (see `kind`)."""
    return sorted(_objects(old, new, _Place()), key=lambda change: (not change.substance, change.path))


def percent_change(old: str, new: str) -> Decimal | None:
    """100 (new - old) / |old|, rounded once to 6 significant digits; None when `old` is zero.

    The exact quotient is a fraction, so nothing is lost before that rounding.
    """
    before, after = Fraction(old), Fraction(new)
    if before == 0:
        return None
    exact = 100 * (after - before) / abs(before)
    rounded = _ROUND.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return Decimal(format(rounded.normalize(_ROUND), "f"))


def diff_as_json(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Changes for an answer; a percent change stands under `derived`, because no document states it."""
    return [_as_json(change) for change in changes]


def _as_json(change: Change) -> dict[str, Any]:
    shown: dict[str, Any] = {"path": change.path, "kind": change.kind, "substance": change.substance}
    if change.item is not None:
        shown["item"] = dict(change.item)
    if change.kind != "added":
        shown["old"] = change.old
    if change.kind != "removed":
        shown["new"] = change.new
    if change.percent is not None:
        shown["derived"] = {"percent_change": format(change.percent, "f"), "significant_digits": DIGITS}
    return shown


def _objects(old: Mapping[str, Any], new: Mapping[str, Any], place: _Place) -> Iterator[Change]:
    inner = replace(place, comparable=place.comparable and old.get("gwp_set") == new.get("gwp_set"))
    same_measure = inner.comparable and all(old.get(name) == new.get(name) for name in _MEASURE)
    for name in old.keys() | new.keys():
        before, after = old.get(name, _MISSING), new.get(name, _MISSING)
        here = inner.at(name)
        if name in _NUMBERS and isinstance(before, str) and isinstance(after, str):
            if before != after:
                yield _change(here, before, after, _percent(before, after) if same_measure else None)
        else:
            yield from _values(before, after, here)


def _values(old: Any, new: Any, place: _Place) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _objects(old, new, place)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(old, new, place)
    elif type(old) is not type(new) or old != new:
        yield _change(place, old, new)


def _lists(old: list[Any], new: list[Any], place: _Place) -> Iterator[Change]:
    """Items matched by identity; where that leaves no difference but the lists differ, their order does."""
    names = _IDENTITY.get(place.name, ())
    before, after = _indexed(old, _identity(names)), _indexed(new, _identity(names))
    changes: list[Change] = []
    for name in before.keys() | after.keys():
        index, was = before.get(name, (0, _MISSING))
        index, now = after.get(name, (index, _MISSING))
        shown = was if now is _MISSING else now
        changes += _values(was, now, replace(place.at(str(index)), item=_label(names, shown) or place.item))
    if not changes and canonical_bytes(old) != canonical_bytes(new):
        changes = [_change(place, old, new)]
    yield from changes


def _identity(names: Sequence[str]) -> Callable[[Any], bytes]:
    def of(value: Any) -> bytes:
        if names and isinstance(value, dict) and all(name in value for name in names):
            return canonical_bytes([value[name] for name in names])
        return canonical_bytes({"value": value})

    return of


def _indexed(items: list[Any], identity: Callable[[Any], bytes]) -> dict[tuple[bytes, int], tuple[int, Any]]:
    """Place and item by identity; equal identities are told apart by their turn."""
    turns: dict[bytes, int] = {}
    indexed = {}
    for place, value in enumerate(items):
        name = identity(value)
        turns[name] = turns.get(name, 0) + 1
        indexed[name, turns[name]] = (place, value)
    return indexed


def _label(names: Sequence[str], value: Any) -> dict[str, Any]:
    return {name: value[name] for name in names if name in value} if isinstance(value, dict) else {}


def _change(place: _Place, old: Any, new: Any, percent: Decimal | None = None) -> Change:
    substance = place.path.split("/")[1] not in RELEASE_ONLY
    if old is _MISSING:
        return Change(place.path, "added", None, new, None, place.item, substance)
    if new is _MISSING:
        return Change(place.path, "removed", old, None, None, place.item, substance)
    return Change(place.path, "changed", old, new, percent, place.item, substance)


def _percent(old: str, new: str) -> Decimal | None:
    try:
        return percent_change(old, new)
    except ValueError:  # not a number: a text field of that name
        return None
