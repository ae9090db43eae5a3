"""Which tags a run of changes touches (design.md §4)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from calotype.coherence.edge import EVERYTHING, Moment
from calotype.deliver.caching import QUERY_TAG, image_tag, term_tag
from calotype.model import Change, Image

MOST_TERMS = 500
"""Past these, every answer to a query is made stale instead."""

MOST_IMAGES = 2_000
"""Past these, everything is made stale instead."""

MOST_GONE = 50_000
"""Past these, everything is removed instead."""

Look = Callable[[str], Image | None]
"""The image as it was before the change, None where that is not known."""

Terms = Callable[[Image], Collection[str]]
"""What `Page.terms` has of the answers that a change of the image may alter."""


@dataclass(slots=True)
class Batch:
    """What the changes of the catalog `epoch` after `after`, up to `seq`, make stale, and what they
    remove. Bounded: what is too much to name becomes every query, then everything.

    `since` is when the first of them was learnt of, on the clock of whoever gathers.
    """

    epoch: str
    after: int
    seq: int
    since: float
    terms: set[str] = field(default_factory=set)
    images: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    queries: bool = False
    everything: bool = False
    all_gone: bool = False
    reset: bool = False

    @property
    def moment(self) -> Moment:
        return Moment(self.epoch, self.after, self.seq, self.reset)

    @property
    def soft(self) -> list[str]:
        """The tags to make stale; those of queries first."""
        if self.everything:
            return [EVERYTHING]
        asked = [QUERY_TAG] if self.queries else sorted(map(term_tag, self.terms))
        return asked + sorted(map(image_tag, self.images))

    @property
    def hard(self) -> list[str]:
        """The tags to remove."""
        return [EVERYTHING] if self.all_gone else sorted(map(image_tag, self.gone))

    def note(self, change: Change, look: Look, terms: Terms) -> None:
        """Take up a change. `look` is asked only where its answer is of use."""
        self.seq = max(self.seq, change.seq)
        met = change.id in self.images or change.id in self.gone
        (self.gone if change.image is None else self.images).add(change.id)
        if not self.queries:
            old = look(change.id)
            for image in (old, change.image):
                if image is not None:
                    self.terms.update(terms(image))
            if old is None and not met and not self._is_new(change):
                self.queries = True  # it may have had any term
        self._bound()

    def note_unseen(self, changes: Collection[Change]) -> None:
        """Take up changes of which only the last state is known, maybe of several."""
        self.queries = True
        for change in changes:
            (self.gone if change.image is None else self.images).add(change.id)
        self._bound()

    def merge(self, later: Batch) -> None:
        """Take up what came after this."""
        if later.epoch != self.epoch or later.reset:
            # The edge forgets what it knew, and what we have not told it is of another catalog.
            self.epoch, self.after, self.reset = later.epoch, later.after, later.reset
            self.everything = True
        self.seq = later.seq
        self.terms |= later.terms
        self.images |= later.images
        self.gone |= later.gone
        self.queries |= later.queries
        self.everything |= later.everything
        self.all_gone |= later.all_gone
        self._bound()

    def copy(self) -> Batch:
        """One of its own, to be merged with others."""
        return replace(self, terms=set(self.terms), images=set(self.images), gone=set(self.gone))

    def _is_new(self, change: Change) -> bool:
        return change.image is not None and change.image.born > self.after

    def _bound(self) -> None:
        if len(self.images) > MOST_IMAGES:
            self.everything = True
        if len(self.gone) > MOST_GONE:
            self.all_gone = True
        if len(self.terms) > MOST_TERMS or self.everything:
            self.queries = True
        if self.queries:
            self.terms.clear()
        if self.everything:
            self.images.clear()
        if self.all_gone:
            self.gone.clear()
