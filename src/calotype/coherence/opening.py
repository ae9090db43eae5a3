"""What the settings say of edges, as a purger."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from calotype.coherence.cloudfront import CloudFrontEdge
from calotype.coherence.config import PurgeConfig
from calotype.coherence.cursor import Cursors
from calotype.coherence.line import Line
from calotype.coherence.purger import INVALIDATED, Feed, Purger
from calotype.coherence.varnish import VarnishEdge
from calotype.metrics import Metrics
from calotype.model import Image
from calotype.search import Indexer, SearchConfig, SearchIndex, terms_of

CURSORS = "purged.json"


def open_purger(
    config: PurgeConfig,
    data: Path,
    feed: Feed,
    indexer: Indexer,
    index: SearchIndex,
    search: SearchConfig,
    metrics: Metrics,
    leads: Callable[[], bool],
) -> Purger | None:
    """A purger that hears of what `indexer` takes up; None where there is no edge.

    `leads`: whether this instance purges what one alone should. Raises BadSetting where boto3 is
    needed and not installed.
    """
    lines = [_line_to_varnish(origin, config, metrics) for origin in config.origins]
    if config.cloudfront:
        lines.append(_line_to_cloudfront(config, feed, metrics, leads))
    if not lines:
        return None

    def look(id: str) -> Image | None:
        return index.get(id) if index.ready else None

    terms = partial(terms_of, config=search)
    purger = Purger(lines, feed, Cursors(data / CURSORS), look, terms)
    metrics.purge_lag.set_function(lambda: purger.lag)
    indexer.heard = purger.heard
    return purger


def _line_to_varnish(origin: str, config: PurgeConfig, metrics: Metrics) -> Line:
    return Line(VarnishEdge(origin, config.secret.get_secret_value()), metrics.purged)


def _line_to_cloudfront(
    config: PurgeConfig, feed: Feed, metrics: Metrics, leads: Callable[[], bool]
) -> Line:
    return Line(
        CloudFrontEdge.open(config.cloudfront, config.cloudfront_tags),
        metrics.purged,
        pause=config.cloudfront_seconds,
        leads=leads,
        elsewhere=lambda: feed.counter(INVALIDATED) or 0,
    )
