"""Near names for a text that was not understood: letter pairs choose a few, difflib orders them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher
from heapq import nsmallest
from typing import Final

LONGEST: Final = 60
CANDIDATES: Final = 40


class NearNames:
    """Names that can be suggested. Each has a label, which is what the asker is shown."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """`names`: (folded spelling, label); several spellings may share a label."""
        self._names = sorted(set(names))
        self._pairs = [len(_pairs(name)) for name, _ in self._names]
        self._by_pair: dict[str, list[int]] = defaultdict(list)
        for number, (name, _) in enumerate(self._names):
            for pair in _pairs(name):
                self._by_pair[pair].append(number)

    def find(self, text: str, limit: int = 5) -> list[str]:
        """Up to `limit` labels, the nearest first; none for a text longer than 60 characters."""
        if len(text) > LONGEST:
            return []
        mine = len(_pairs(text))
        shared = Counter(number for pair in _pairs(text) for number in self._by_pair.get(pair, ()))
        # twice the shared pairs over all pairs (Dice), as integers that order alike
        best = nsmallest(CANDIDATES, shared, key=lambda n: (-shared[n] * 1000 // (self._pairs[n] + mine), n))
        matcher = SequenceMatcher(None, "", text, autojunk=False)
        scored = []
        for number in best:
            name, label = self._names[number]
            matcher.set_seq1(name)
            scored.append((-matcher.ratio(), name, label))
        near = [label for score, _, label in sorted(scored) if score <= -0.6]
        return list(dict.fromkeys(near))[:limit]


def _pairs(text: str) -> set[str]:
    padded = f" {text} "
    return {padded[i : i + 2] for i in range(len(padded) - 1)}
