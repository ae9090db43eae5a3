"""The pass over the pixels: main colours, placeholder, and whether any pixel is transparent.

It follows the header pass, so that images can be found before it has come to them. What only
decoding shows to be broken leaves the catalog here, as a refused file.
"""

from __future__ import annotations

import base64
import logging
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calotype.blobs import Source
from calotype.catalog import Catalog, Operation, Pixels, Spoil
from calotype.decode import Limits, thumbnail
from calotype.errors import NotFound, Refused, SourceUnavailable, Unfinished, Unrenderable
from calotype.ingest.batch import Batch
from calotype.ingest.colors import main_colors
from calotype.ingest.config import IngestConfig
from calotype.ingest.patience import OF_THE_MACHINE, Patience
from calotype.ingest.probe import UNFINISHED, content_id, tried_out
from calotype.ingest.summary import OnEvent, Progress
from calotype.ingest.thumbhash import thumbhash
from calotype.model import Image

_SIDE = 100
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Analysis:
    """Numbers of images: analysed, found broken, and left for later (not reachable now, or no time
    or memory for them). `again`: seconds until some of those are to be tried; None if no one is.
    """

    analysed: int = 0
    spoiled: int = 0
    skipped: int = 0
    again: float | None = None


def analyse(
    catalog: Catalog,
    config: IngestConfig,
    limits: Limits,
    sources: Iterable[Source],
    progress: Progress,
    on_event: OnEvent,
    stop: threading.Event,
    patience: Patience,
) -> Analysis:
    """Look at all images of `sources` that were not looked at, until done or told to stop."""
    by_key = {source.key: source for source in sources}
    total, done, result = catalog.unanalysed_count(), 0, Analysis()
    batch = Batch(catalog.apply, config.batch)
    pending: set[str] = set()
    try:
        with ThreadPoolExecutor(config.analysis_workers, "analyse") as pool:
            for image, operation in _looked_at(
                pool, catalog, config, limits, by_key, stop, patience, pending
            ):
                done += 1
                if operation is None:
                    result.skipped += 1
                else:
                    batch.add(operation)
                    if isinstance(operation, Spoil):
                        result.spoiled += 1
                        on_event("refused", operation.reason)
                    else:
                        result.analysed += 1
                        on_event("ingested", "analysed")
                progress("analyse", done, max(total, done), image.name)
    finally:
        batch.flush()
    if not stop.is_set():
        result.again = patience.keep(pending)
    return result


def _looked_at(
    pool: ThreadPoolExecutor,
    catalog: Catalog,
    config: IngestConfig,
    limits: Limits,
    sources: Mapping[str, Source],
    stop: threading.Event,
    patience: Patience,
    pending: set[str],
) -> Iterator[tuple[Image, Operation | None]]:
    """Each image with what its pixels show; a few are decoded ahead. The ids of all that were not
    looked at before, those that are put off too, are added to `pending`.
    """
    waiting: deque[tuple[Image, Future[Operation | None]]] = deque()
    away: set[str] = set()
    try:
        for image in _pending(catalog, config.batch):
            if stop.is_set():
                break
            pending.add(image.id)
            if not patience.due(image.id):
                continue
            waiting.append((image, pool.submit(look, image, sources, limits, away, patience)))
            if len(waiting) > 2 * config.analysis_workers:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _pending(catalog: Catalog, batch: int) -> Iterator[Image]:
    after = 0
    while images := catalog.unanalysed(batch, after):
        yield from images
        after = images[-1].seq


def look(
    image: Image,
    sources: Mapping[str, Source],
    limits: Limits,
    away: set[str],
    patience: Patience,
) -> Operation | None:
    """What the pixels of an image show; None if that cannot be told at present.

    `away` collects the sources that do not answer, so that each is asked once. Only a decoder's
    verdict on the bytes spoils an image at once.
    """
    try:
        data = _bytes(image, sources, limits, away)
        operation: Operation | None = None if data is None else shown(image.id, data, limits)
    except Unfinished as error:
        return _later(image, patience, Spoil(image.id, UNFINISHED, tried_out(str(error))))
    except (Refused, Unrenderable) as error:
        operation = Spoil(image.id, "corrupt", str(error))
    except OF_THE_MACHINE as error:
        _log.warning("cannot analyse %r now: %s", image.name, type(error).__name__)
        patience.put_off(image.id)
        return None
    except Exception as error:  # a decoder may raise anything; one file must not stop the rest
        _log.warning("cannot analyse %r: %s", image.name, type(error).__name__)
        message = tried_out("Its pixels cannot be decoded.")
        return _later(image, patience, Spoil(image.id, "corrupt", message))
    patience.forget(image.id)
    return operation


def _later(image: Image, patience: Patience, spoil: Spoil) -> Spoil | None:
    return spoil if patience.exhausted(image.id) else None


def shown(id: str, data: bytes, limits: Limits) -> Pixels:
    """What the pixels of these bytes show. Raises what `decode.thumbnail` does."""
    rgba = _rgba(data, limits)
    return Pixels(
        id,
        main_colors(rgba),
        base64.b64encode(thumbhash(rgba)).decode(),
        bool(rgba[..., 3].min() < 255),
    )


def _bytes(
    image: Image, sources: Mapping[str, Source], limits: Limits, away: set[str]
) -> bytes | None:
    """The image's content, from the first of its places that still has it."""
    for place in image.places:
        source = sources.get(place.source)
        if source is None or place.source in away:
            continue
        try:
            data = source.read(place.name, limits.max_bytes)
        except SourceUnavailable:
            away.add(place.source)
        except (NotFound, Refused):
            continue
        else:
            if content_id(data) == image.id:
                return data
    return None


def _rgba(data: bytes, limits: Limits) -> npt.NDArray[np.uint8]:
    """Height × width × 4 bytes, sides at most 100 pixels."""
    image = thumbnail(data, limits, _SIDE)
    pixels: npt.NDArray[np.uint8] = np.asarray(image.numpy(), dtype=np.uint8)
    pixels = pixels.reshape(image.height, image.width, image.bands)
    if image.bands in (1, 2):
        grey, rest = pixels[..., :1], pixels[..., 1:]
        pixels = np.concatenate([grey, grey, grey, rest], axis=2)
    if pixels.shape[2] == 3:
        opaque = np.full((*pixels.shape[:2], 1), 255, dtype=np.uint8)
        pixels = np.concatenate([pixels, opaque], axis=2)
    return np.ascontiguousarray(pixels[..., :4])
