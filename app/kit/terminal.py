"""Progress on a terminal; quiet lines where the output is a file."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

STEP = 200  # redraw after so many rows, not after each


class Bar:
    """The bar of the task that was begun last; use it as a context manager."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._waiting = 0

    def __enter__(self) -> Bar:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._flush()
        self._progress.stop()

    def begin(self, name: str, total: int) -> None:
        """Start the next task; its bar takes the place of the one before."""
        self._flush()
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(name, total=total)

    def advance(self, amount: int) -> None:
        self._waiting += amount
        if self._waiting >= STEP:
            self._flush()

    def _flush(self) -> None:
        if self._task is not None and self._waiting:
            self._progress.advance(self._task, self._waiting)
        self._waiting = 0
