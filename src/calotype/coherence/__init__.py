"""Coherence: what edge caches keep is told of every change to the catalog.

`batch` gathers which tags changes touch, `purger` learns of the changes from the index, `line`
sends them to one edge, in order and at least once, and `varnish` and `cloudfront` are the edges
there are.
"""

from calotype.coherence.batch import Batch
from calotype.coherence.config import PurgeConfig
from calotype.coherence.cursor import Cursors
from calotype.coherence.edge import At, Edge, Moment
from calotype.coherence.line import Line
from calotype.coherence.opening import open_purger
from calotype.coherence.purger import Purger

__all__ = ["At", "Batch", "Cursors", "Edge", "Line", "Moment", "PurgeConfig", "Purger",
           "open_purger"]  # fmt: skip
