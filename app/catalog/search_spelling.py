"""What a misspelt Latin word may have meant: shared letters find candidates, edit distance decides. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SHORTEST: Final = 4
LONGEST: Final = 30


def is_spellable(word: str) -> bool:
    """Whether a word takes part: Latin letters only, neither short nor endless."""
    return SHORTEST <= len(word) <= LONGEST and word.isascii() and word.isalpha()


def trigrams(word: str) -> set[str]:
    """Pieces of three letters with the ends marked: `coke` -> ^^c ^co cok oke ke$."""
    marked = f"^^{word}$"
    return {marked[i : i + 3] for i in range(len(marked) - 2)}


def tolerance(word: str) -> int:
    """How many slips are forgiven: one in a short word, two from eight letters."""
    return 1 if len(word) < 8 else 2


def best(word: str, candidates: Mapping[str, int]) -> str | None:
    """The candidate (word -> frequency) that `word` most likely meant; None where none is near."""
    limit = tolerance(word)
    ranked = []
    for candidate, frequency in candidates.items():
        slips = distance(word, candidate, limit)
        if slips <= limit:
            ranked.append((slips, candidate[0] != word[0], -frequency, candidate))
    return min(ranked)[3] if ranked else None


def distance(one: str, other: str, limit: int) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).

    Anything above `limit` is returned as limit + 1.
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return min(last[-1], limit + 1)
