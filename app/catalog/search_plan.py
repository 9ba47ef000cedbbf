"""From a question and the frequencies of its words to what is asked of the index. Pure.

The question becomes pieces: names of activities and places, years, codes, words. All pieces are required at
first. Every piece is a tsquery text and knows about how many rows match it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from app.catalog.search_aliases import Aliases
from app.catalog.search_document import GOODS, GOODS_WHOLE, KEY, NUMBER, VALUE, YEAR, field_token
from app.catalog.search_query import Question, activities, goods_tokens, is_year, names, regions, subruns
from app.catalog.search_text import is_run, pairs, words

Kind = Literal["activity", "word", "code", "region", "year"]
PRIORITY: Final[Mapping[Kind, int]] = {"code": 0, "activity": 1, "word": 2, "region": 3, "year": 4}
MOST_PIECES: Final = 24
_WEAK: Final = frozenset("年月日号第吨元个和与及或在用每为是之等、")
_JOINERS: Final = "和与及或"
_FORMS: Final = frozenset({"公告", "通知", "文件", "标准", "号"})
Frequency = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that was asked for.

    `tokens` are the plain words in it; `named` the tsquery of the rows that bear it as a whole, if it is known
    as such; `own` that of the rows that bear it themselves and not only a narrower name.
    """

    label: str
    kind: Kind
    need: str
    matches: int
    tokens: tuple[str, ...] = ()
    named: str | None = None
    own: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is required, labels of what was left out, and the exact key of the question, if it is one."""

    pieces: tuple[Piece, ...]
    ignored: tuple[str, ...]
    exact: str | None
    chinese: bool
    wants_defaults: bool
    narrow: tuple[str, ...] = field(default=())

    @property
    def every(self) -> str:
        """The tsquery of all pieces."""
        return all_of([piece.need for piece in self.pieces])

    @property
    def need(self) -> str:
        """The tsquery that a row must match."""
        return self.every if self.exact is None else any_of([self.exact, self.every])

    @property
    def tokens(self) -> list[str]:
        """The plain words that are looked for in names."""
        kinds = ("activity", "word")
        return [token for piece in self.pieces if piece.kind in kinds for token in piece.tokens]


def quoted(token: str, weights: str = "") -> str:
    """A token as a tsquery operand."""
    safe = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{safe}'" + (f":{weights}" if weights else "")


def all_of(parts: Sequence[str]) -> str:
    return " & ".join(f"({part})" for part in dict.fromkeys(parts) if part)


def any_of(parts: Sequence[str]) -> str:
    return " | ".join(f"({part})" for part in dict.fromkeys(parts) if part)


def make_plan(question: Question, frequency: Frequency, aliases: Aliases) -> Plan:
    """All pieces of the question that can match at all; the others are named in `ignored`."""
    known = [number for number in question.numbers if frequency.get(NUMBER + number)]
    pieces = [_number(number, frequency) for number in question.numbers]
    pieces += _Reader(frequency, aliases).pieces(question.others if question.numbers else question.units)
    if question.numbers and (known or len(pieces) > len(question.numbers)):
        pieces = [piece for piece in pieces if piece.label not in _FORMS] or pieces
    pieces = _without_weak(pieces)
    meant, rest = pieces[:MOST_PIECES], pieces[MOST_PIECES:]
    usable = [piece for piece in meant if piece.matches]
    unknown = [piece for piece in meant if not piece.matches]
    if not _carries(usable, meant) or len(unknown) > len(usable):
        usable, unknown = meant, []  # nothing to go by: the answer is that nothing is found
    left = [piece.label for piece in (*unknown, *rest)]
    return Plan(
        pieces=tuple(usable),
        ignored=tuple(dict.fromkeys((*left, *question.left_out))),
        exact=_exact(question),
        chinese=question.chinese,
        wants_defaults=question.wants_defaults or any(p.kind == "code" and p.label.isdigit() for p in usable),
    )


def relaxed(plan: Plan, kept: Sequence[Piece]) -> Plan:
    """The plan with only `kept` required."""
    dropped = [piece.label for piece in plan.pieces if piece not in kept]
    pieces = tuple(piece for piece in plan.pieces if piece in kept)
    return Plan(pieces, (*plan.ignored, *dropped), plan.exact, plan.chinese, plan.wants_defaults, plan.narrow)


def by_importance(plan: Plan) -> list[Piece]:
    """The pieces in the order in which they are kept when not all can be had."""
    return sorted(plan.pieces, key=lambda piece: PRIORITY[piece.kind])


def carries(kept: Sequence[Piece], asked: Sequence[Piece]) -> bool:
    """Whether what is kept still says what the question is about, not only where and when."""
    return _carries(kept, asked)


def _carries(kept: Sequence[Piece], asked: Sequence[Piece]) -> bool:
    telling = [piece for piece in asked if piece.kind not in ("region", "year")]
    return bool(kept) and (not telling or any(piece in telling for piece in kept))


def _exact(question: Question) -> str | None:
    if question.key is None:
        return None
    parts = [quoted(KEY + question.key)]
    if question.dataset is not None:
        parts.append(quoted(field_token("dataset", question.dataset)))
    return all_of(parts)


def _number(number: str, frequency: Frequency) -> Piece:
    token = NUMBER + number
    return Piece(number, "code", quoted(token), frequency.get(token, 0))


def _without_weak(pieces: list[Piece]) -> list[Piece]:
    return [piece for piece in pieces if piece.label not in _WEAK] or pieces


class _Reader:
    """Reads units into pieces with what is known of words and names."""

    def __init__(self, frequency: Frequency, aliases: Aliases) -> None:
        self._frequency = frequency
        self._aliases = aliases

    def pieces(self, part: Sequence[str]) -> list[Piece]:
        found: list[Piece] = []
        position = 0
        while position < len(part):
            for length, phrase in names(part, position):
                if piece := self._name(phrase):
                    found.append(piece)
                    position += length
                    break
            else:
                found += self._unit(part[position])
                position += 1
        return list({(piece.label, piece.kind): piece for piece in found}.values())

    def _name(self, phrase: str) -> Piece | None:
        """The piece of a phrase that is as a whole the name of an activity or a place."""
        return self._place(phrase) or self._activity(phrase)

    def _activity(self, phrase: str) -> Piece | None:
        meant, rows = self._known(activities(phrase, self._aliases))
        if not rows:
            return None
        tokens = tuple(words(phrase))
        matches = self._rarest(tokens)
        text = [all_of([quoted(token) for token in tokens])] if matches else []
        need = any_of([*text, meant])
        own = any_of([quoted(token) for token in activities(phrase, self._aliases, "activity")])
        return Piece(phrase, "activity", need, rows + matches, tokens if matches else (), meant, own)

    def _place(self, phrase: str) -> Piece | None:
        meant, rows = self._known(regions(phrase, self._aliases))
        if not rows:
            return None
        tokens = tuple(words(phrase))
        matches = self._rarest(tokens)
        text = [all_of([quoted(token) for token in tokens])] if matches else []
        return Piece(phrase, "region", any_of([meant, *text]), rows + matches, tokens, meant)

    def _known(self, tokens: Sequence[str]) -> tuple[str, int]:
        known = [token for token in tokens if self._frequency.get(token)]
        return any_of([quoted(token) for token in known]), sum(self._frequency[token] for token in known)

    def _rarest(self, tokens: Sequence[str]) -> int:
        return min((self._frequency.get(token, 0) for token in tokens), default=0)

    def _unit(self, unit: str) -> Iterator[Piece]:
        if is_run(unit):
            yield from self._run(unit)
        elif is_year(unit):
            yield self._year(unit)
        elif "." in unit:
            yield self._value(unit)
        else:
            yield self._goods(unit) or self._word(unit)

    def _word(self, token: str) -> Piece:
        return Piece(token, "word", quoted(token), self._frequency.get(token, 0), (token,))

    def _year(self, year: str) -> Piece:
        """Rows of this year or with it in the name; failing that, with the number anywhere."""
        token = YEAR + year if self._frequency.get(YEAR + year) else year
        own = quoted(field_token("year", year))
        return Piece(year, "year", quoted(token), self._frequency.get(token, 0), (year,), own)

    def _value(self, number: str) -> Piece:
        """Rows with this published value, or with the number in their text."""
        value = quoted(VALUE + number)
        need = any_of([value, quoted(number)])
        return Piece(number, "code", need, self._frequency.get(number, 0) + 1, (), value)

    def _goods(self, unit: str) -> Piece | None:
        """Rows whose code begins with this one; failing that, those with the longest code that covers it."""
        for token in goods_tokens(unit):
            if rows := self._frequency.get(token):
                whole = GOODS_WHOLE + unit if token.startswith(GOODS) else token
                return Piece(unit, "code", quoted(token), rows, (), quoted(whole))
        return None

    def _run(self, run: str) -> Iterator[Piece]:
        """Known names in a Chinese run, and what lies between them in pairs."""
        gap, position = "", 0
        while position < len(run):
            piece = next(filter(None, map(self._name, subruns(run, position))), None)
            if piece is None:
                gap += run[position]
                position += 1
                continue
            yield from self._gap(gap)
            yield piece
            gap, position = "", position + len(piece.label)
        yield from self._gap(gap)

    def _gap(self, gap: str) -> Iterator[Piece]:
        gap = gap.strip(_JOINERS)
        if len(gap) < 2:
            if gap:
                yield self._name(gap) or self._word(gap)
            return
        for pair in pairs(gap):
            if self._frequency.get(pair) or not all(self._frequency.get(part) for part in pair):
                yield self._word(pair)
            else:
                yield from (self._word(part) for part in pair)
