"""One file -> what is to be stored of it. Blocks: call it in a thread, or in a process of its own.

Neither database nor clock: the day and the last release are given, the rows go into files of the COPY form.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from app.intake.checking import Checked, Checking, Context, Faulty, Row
from app.intake.findings import Finding
from app.intake.reading import HEAD, read_file, sniff
from app.intake.uploads_copy import Value, write_copy
from app.kit.canonical import canonical_bytes, sha256_hex

Tell = Callable[[str, int, int | None], None]
"""Progress: phase (reading, checking), rows done, rows in all where that is known."""
STEP: Final = 500


def silent(phase: str, done: int, total: int | None) -> None:
    """Tells nobody."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A checked file: `factors` and `findings` are files of the COPY form, `model` is the canonical JSON of
    its other sheets, where it has any. `counts`: rows, factors, faulty, errors, warnings, notes, by_code."""

    factors: Path
    findings: Path
    model: Path | None
    counts: Mapping[str, Any]
    metadata: Mapping[str, Any]
    sources: Mapping[str, Any]

    def save(self, path: Path) -> None:
        """Write it down for another process."""
        plain = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        path.write_bytes(orjson.dumps(plain, default=str))

    @classmethod
    def load(cls, path: Path) -> Outcome:
        plain = orjson.loads(path.read_bytes())
        model = None if plain["model"] is None else Path(plain["model"])
        places = {"factors": Path(plain["factors"]), "findings": Path(plain["findings"]), "model": model}
        return cls(**{**plain, **places})


def check_file(
    upload: str, path: Path, file_name: str, context: Context, folder: Path, tell: Tell = silent
) -> Outcome:
    """Read and check the file at `path`; the rows to store go into `folder`. Never raises for its content."""
    tell("reading", 0, None)
    with path.open("rb") as file:
        kind = sniff(file_name, file.read(HEAD))
    if isinstance(kind, Finding):
        return _refused(upload, kind, folder)
    parsed = read_file(path, kind)
    total = sum(len(table.rows) for name, table in parsed.tables.items() if name == "factors")
    checking = Checking(parsed, context)
    factors = _Factors(upload, checking, lambda done: tell("checking", done, total))
    write_copy(folder / "factors.copy", factors.rows())
    tell("checking", total, total)
    checked = factors.checked
    assert checked is not None
    return _outcome(upload, checked, factors.record_types, folder)


class _Factors:
    """The rows for `draft_factor`: the good ones as they are checked, then those with errors."""

    def __init__(self, upload: str, checking: Checking, tell: Callable[[int], None]) -> None:
        self.upload = upload
        self.checking = checking
        self.tell = tell
        self.count = 0
        self.checked: Checked | None = None
        self.record_types: Counter[str] = Counter()

    def rows(self) -> Iterator[tuple[Value, ...]]:
        for row in self.checking.rows():
            yield _good(self.upload, self.count, row)
            self.count += 1
            self.record_types[row.substance["record_type"]] += 1
            if self.count % STEP == 0:
                self.tell(self.count)
        self.checked = self.checking.done()
        for place, faulty in enumerate(self.checked.left_out, self.count):
            yield _faulty(self.upload, place, faulty)


def _good(upload: str, seq: int, row: Row) -> tuple[Value, ...]:
    data = canonical_bytes(row.substance)
    return (upload, seq, row.substance["key"], data, sha256_hex(data), row.sheet, row.row)


def _faulty(upload: str, seq: int, row: Faulty) -> tuple[Value, ...]:
    return (upload, seq, row.key, None, None, row.sheet, row.row)


def _refused(upload: str, finding: Finding, folder: Path) -> Outcome:
    """A file of a kind that is not taken: an upload with this one finding and no rows."""
    write_copy(folder / "factors.copy", ())
    return _outcome(upload, Checked((), (), {}, {}, {}, (finding,)), Counter(), folder)


def _outcome(upload: str, checked: Checked, types: Counter[str], folder: Path) -> Outcome:
    severities: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    rows = _findings(upload, checked.findings, severities, codes)
    write_copy(folder / "findings.copy", rows)
    factors = types.total()
    counts = {
        "rows": factors + len(checked.left_out),
        "factors": factors,
        "faulty_rows": len(checked.left_out),
        **{f"{severity}s": severities[severity] for severity in ("error", "warning", "note")},
        "record_types": dict(sorted(types.items())),
        "by_code": dict(sorted(codes.items())),
    }
    return Outcome(
        factors=folder / "factors.copy",
        findings=folder / "findings.copy",
        model=_model(checked.details, folder),
        counts=counts,
        metadata=checked.metadata,
        sources=checked.sources,
    )


def _findings(
    upload: str, findings: Iterable[Finding], severities: Counter[str], codes: Counter[str]
) -> Iterator[tuple[Value, ...]]:
    for seq, found in enumerate(findings):
        severities[found.severity] += 1
        codes[found.code] += 1
        yield (
            upload,
            seq,
            identity(found),
            found.code,
            found.severity,
            found.sheet,
            found.cell,
            found.row,
            found.key,
            found.field,
            found.value,
            found.expected,
            found.text["zh"],
            found.text["en"],
        )


def identity(found: Finding) -> str:
    """What stays the same when the same is said of the same factor again: an explanation holds on to it.

    Where there is no key the place counts. Another value is another finding, and needs a new explanation.
    """
    place = found.key if found.key is not None else [found.sheet, found.cell]
    said = [found.code, place, found.field, found.value]
    return sha256_hex(orjson.dumps(said))[:32]


def _model(details: Mapping[str, Any], folder: Path) -> Path | None:
    """The sheets besides the factors, as one canonical document."""
    sheets = {name: [dict(row) for row in rows] for name, rows in details.items() if rows}
    if not sheets:
        return None
    path = folder / "model.json"
    path.write_bytes(canonical_bytes({"schema": "factorbase.model/1", **sheets}))
    return path
