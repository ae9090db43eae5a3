"""What Prometheus sees. One registry for each app, so that two apps in one process do not mix."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

FAST = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5)
SLOW = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Each metric that design.md §4 names; all begin with `calotype_`. Times are in seconds."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        r = self.registry
        self.http_requests = Counter(
            "calotype_http_requests", "Answers.", ["route", "status"], registry=r
        )
        self.renders = Counter("calotype_renders", "Renders.", ["outcome"], registry=r)
        self.render_seconds = Histogram(
            "calotype_render_seconds", "Time in libvips.", ["setting"], buckets=SLOW, registry=r
        )
        self.render_queue_wait = Histogram(
            "calotype_render_queue_wait_seconds",
            "Wait for a render thread.",
            buckets=SLOW,
            registry=r,
        )
        self.admission = Counter(
            "calotype_admission",
            "Renders by what became of them in the queue.",
            ["outcome"],
            registry=r,
        )
        self.queue_length = Gauge(
            "calotype_render_queue_length", "Renders that wait for a thread.", registry=r
        )
        self.queue_estimate = Gauge(
            "calotype_render_queue_estimated_wait_seconds",
            "Wait that a render which came now would have.",
            registry=r,
        )
        self.rendition_cache = Counter(
            "calotype_rendition_cache", "Look-ups of renditions.", ["result"], registry=r
        )
        self.upgrades = Counter(
            "calotype_upgrades", "Renditions encoded again, slowly.", ["outcome"], registry=r
        )
        self.levels = Counter(
            "calotype_levels", "Smaller copies of originals.", ["outcome"], registry=r
        )
        self.zoom = Counter(
            "calotype_zoom", "Originals held decoded for tiles.", ["outcome"], registry=r
        )
        self.search_seconds = Histogram(
            "calotype_search_seconds", "Time in the index.", buckets=FAST, registry=r
        )
        self.index_images = Gauge("calotype_index_images", "Images that can be found.", registry=r)
        self.index_lag = Gauge(
            "calotype_index_lag_seconds", "Since when the index may lack a change.", registry=r
        )
        self.ingest_images = Counter(
            "calotype_ingest_images", "Files that ingest decided on.", ["outcome"], registry=r
        )
        self.refused = Counter("calotype_refused", "Files refused.", ["reason"], registry=r)
        self.purges = Counter("calotype_purges", "Purges of edges.", ["outcome"], registry=r)
        self.purge_lag = Gauge(
            "calotype_purge_lag_seconds",
            "Since when a change waits that some edge was not told of.",
            registry=r,
        )
        self.leads = Gauge(
            "calotype_ingest_leader", "1 where this instance ingests for all.", registry=r
        )
        self.errors = Counter("calotype_errors", "Faults survived.", ["part", "what"], registry=r)

    def text(self) -> bytes:
        """The exposition format, version 0.0.4."""
        return generate_latest(self.registry)

    def answered(self, route: str, status: int) -> None:
        self.http_requests.labels(route, status).inc()

    def ingested(self, event: str, what: str) -> None:
        (self.refused if event == "refused" else self.ingest_images).labels(what).inc()

    def level(self, outcome: str) -> None:
        self.levels.labels(outcome).inc()

    def zoomed(self, outcome: str) -> None:
        """`decoded`, `used` for a tile, or `dropped`."""
        self.zoom.labels(outcome).inc()

    def fault(self, part: str) -> Callable[[str], None]:
        """Counts what a part survived, such as a rendition that could not be kept."""
        return lambda what: self.errors.labels(part, what).inc()

    def admitted(self, outcome: str) -> None:
        """`admitted`, `refused` or `expired`; the routes count `degraded` themselves."""
        self.admission.labels(outcome).inc()

    def upgraded(self, outcome: str) -> None:
        self.upgrades.labels(outcome).inc()

    def purged(self, outcome: str) -> None:
        """`sent`, `failed` (it is sent again), or `left`: another instance has sent it."""
        self.purges.labels(outcome).inc()

    def watch_queue(self, load: Callable[[], tuple[int, float]]) -> None:
        """Look at the queue whenever somebody asks: how many wait, and how long one would."""
        self.queue_length.set_function(lambda: load()[0])
        self.queue_estimate.set_function(lambda: load()[1])

    def rendered(self, stage: str, seconds: float) -> None:
        """`queue_wait`, `render`, or `slow`: a render with the encoder's slow setting."""
        if stage == "queue_wait":
            self.render_queue_wait.observe(seconds)
        else:
            self.render_seconds.labels("slow" if stage == "slow" else "quick").observe(seconds)
