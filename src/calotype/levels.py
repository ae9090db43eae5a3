"""The thread that makes smaller copies of originals ahead of the requests for them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from calotype import report as reports
from calotype.catalog import Catalog
from calotype.model import Change, Image
from calotype.render.maker import Maker
from calotype.report import Progress, Report

LEVELS = "levels"
"""The stage in which smaller copies are made; searching and rendering wait for none of it."""
_AHEAD = 100


class Levels:
    """Levels of what was asked for; and of all that the pixel pass is done with, if this instance
    leads (`leads`): once is enough for all that share a store.
    """

    def __init__(
        self, catalog: Catalog, maker: Maker, leads: Callable[[], bool], report: Report
    ) -> None:
        self._catalog, self._maker, self._leads, self._report = catalog, maker, leads, report
        self._made = self._total = 0
        self._epoch, self._after, self._news = "", -1, 0

    def run(self, stop: Event) -> None:
        while not stop.is_set():
            try:
                self._maker.make_wanted()
                if not self._leads():
                    self._after = -1
                    self._maker.wait()
                elif not self._go_on(stop):
                    self.note(None)
                    self._maker.wait()
            except Exception as error:
                self._report.failed("levels", error)
                stop.wait(reports.RETRY)

    def _go_on(self, stop: Event) -> bool:
        """Some of the feed, from where it was left, maybe by another instance; whether there was
        any. Where nothing is known of others, from its beginning: what they made is left."""
        if self._after < 0:
            self._begin()
        changes = self._catalog.changes(self._after, _AHEAD)
        for change in changes:
            self._maker.make_wanted()
            if stop.is_set() or not self._leads():
                break
            self._keep(change)
            self._after = change.seq
        if changes:
            self._maker.mark_seen(self._epoch, self._after)
        return bool(changes)

    def _begin(self) -> None:
        self._epoch, last = self._catalog.head()
        seen = self._maker.seen(self._epoch)
        self._after = seen if seen <= last else 0
        self._news = self._after or last

    def _keep(self, change: Change) -> None:
        if change.image is None:
            if change.seq > self._news:  # the levels of all that ever went are not looked for
                self._maker.drop(change.id)
        elif change.image.analysed and self._maker.make_missing(change.image):
            self.note(change.image)

    def note(self, made: Image | None) -> None:
        """Ingest's progress goes before; None: there is nothing left to make."""
        now = self._report.progress
        if made is None:
            self._made = 0
            if now.stage == LEVELS:
                self._report.idle()
            return
        if not self._made:  # counting them takes a look at every one
            self._total = self._catalog.count()
        self._made += 1
        if now.stage in ("", LEVELS) and not now.problem:
            total = max(self._made, self._total)
            self._report.progress = Progress(LEVELS, self._made, total, made.name)
