"""Much work at once: previewed, then done page by page, each page in one transaction, so that a crash
repeats nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from onboarding.models import Batch, BatchRows, BatchState

PAGE = 500  # rows in one transaction
LEASE = timedelta(seconds=60)
AT_ONCE = 300  # rows: up to here the request does it, beyond the worker
WORKING = (BatchState.READING.value, BatchState.RUNNING.value)
Row = dict[str, Any]
Rows = list[Row]
Runner = Callable[[Batch, Rows, datetime], Rows]  # gives the rows back, each with what became of it


class _Layout:
    """Pages being filled, one for each outcome."""

    def __init__(self, batch: Batch, works_on: Callable[[str], bool]) -> None:
        self.batch, self.works_on = batch, works_on
        self.open: dict[str, Rows] = {}
        self.numbers: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()

    def put(self, row: Row) -> None:
        """One more row."""
        outcome = row["outcome"]
        self.counts[outcome] += 1
        rows = self.open.setdefault(outcome, [])
        rows.append(row)
        if len(rows) == PAGE:
            self.close(outcome)

    def close(self, outcome: str) -> None:
        """Store the page that is open."""
        finished = not self.works_on(outcome)
        number = self.numbers[outcome]
        BatchRows.objects.create(
            batch=self.batch, outcome=outcome, number=number, rows=self.open.pop(outcome), finished=finished
        )
        self.numbers[outcome] += 1


def lay_out(batch: Batch, rows: Iterable[Row], works_on: Callable[[str], bool]) -> None:
    """Store the preview: ``rows`` by their outcome, page by page. ``works_on`` tells which are worked on later."""
    layout = _Layout(batch, works_on)
    for row in rows:
        layout.put(row)
    for outcome in list(layout.open):
        layout.close(outcome)
    batch.counts = dict(layout.counts)
    batch.total = sum(n for outcome, n in layout.counts.items() if works_on(outcome))
    batch.state = BatchState.READY.value
    batch.save()


def start(batch: Batch) -> bool:
    """Confirm a preview. False when somebody has done so already."""
    ready = Batch.objects.filter(pk=batch.pk, state=BatchState.READY.value)
    return bool(ready.update(state=BatchState.RUNNING.value))


def start_undo(batch: Batch, now: datetime) -> bool:
    """Begin to take back what was done. False when it is not done, or already taken back."""
    done = Batch.objects.filter(pk=batch.pk, state=BatchState.DONE.value, undone_at__isnull=True)
    with transaction.atomic():
        if not done.update(state=BatchState.RUNNING.value, undone_at=now, done=0):
            return False
        batch.pages.filter(outcome="will").update(finished=False)
    return True


def work_on(batch: Batch, runner: Runner, now: datetime, enough: Callable[[], bool]) -> None:
    """Work on the pages that are left, one at least, until all are done or ``enough`` says so."""
    while _one_page(batch, runner, now):
        if enough():
            return
    Batch.objects.filter(pk=batch.pk, state=BatchState.RUNNING.value).update(
        state=BatchState.DONE.value, lease_until=None
    )


@transaction.atomic
def _one_page(batch: Batch, runner: Runner, now: datetime) -> bool:
    """Work on the next page. False when there is none."""
    page = batch.pages.select_for_update().filter(finished=False).order_by("pk").first()
    if page is None:
        return False
    page.rows = runner(batch, page.rows, now)
    page.finished = True
    page.save(update_fields=["rows", "finished"])
    Batch.objects.filter(pk=batch.pk).update(done=F("done") + len(page.rows), lease_until=now + LEASE)
    return True


def claim(now: datetime) -> Batch | None:
    """The batch that has waited longest and that nobody works on, leased for a minute."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    for batch in Batch.objects.filter(free, state__in=WORKING).order_by("created_at")[:5]:
        if Batch.objects.filter(free, pk=batch.pk).update(lease_until=now + LEASE):
            return batch
    return None
