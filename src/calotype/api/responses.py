"""Answers as OpenAPI shows them, and as they are sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from calotype.api.answer import EXPIRES, Answer
from calotype.api.problems import MEDIA_TYPE
from calotype.api.services import services


class Ready(Response):
    """Sends an answer, and remembers it for the next who asks the same."""

    def __init__(self, request: Request, answer: Answer, generation: int) -> None:
        self._request, self._answer, self._generation = request, answer, generation
        self.status_code = 200
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer.send(scope, send)
        if self._answer.whole:
            house = services(self._request)
            answer = replace(self._answer, expires=scope.get(EXPIRES))
            house.memory.put(house.variants.key(scope), answer, self._generation)


class Color(BaseModel):
    name: str
    hex: str
    share: float


class ImageUrls(BaseModel):
    thumb: str
    small: str
    regular: str
    full: str
    original: str
    iiif: str


class FoundImage(BaseModel):
    """One image, wherever JSON shows one."""

    id: str
    name: str
    title: str
    description: str
    alt: str
    tags: list[str]
    creator: str
    license: str
    width: int
    height: int
    format: str
    bytes: int
    created: str | None
    colors: list[Color]
    thumbhash: str | None
    urls: ImageUrls


class FoundHit(FoundImage):
    """A hit: the image, how well it matches, and how it was found."""

    score: float
    match: str


class SearchAnswer(BaseModel):
    query: str
    total: int
    took_ms: float = Field(description="Milliseconds that it took to make this answer.")
    facets: dict[str, dict[str, int]]
    results: list[FoundHit]
    next: str | None
    suggestions: list[str]


class InfoSize(BaseModel):
    width: int
    height: int


class InfoTiles(InfoSize):
    scaleFactors: list[int]  # noqa: N815 (the specification's name)


class InfoDocument(BaseModel):
    """IIIF Image API 3.0, §5; also `preferredFormats`, and `rights` where the licence is a URI."""

    id: str
    type: Literal["ImageService3"]
    protocol: str
    profile: str
    width: int
    height: int
    maxWidth: int  # noqa: N815
    maxHeight: int  # noqa: N815
    maxArea: int  # noqa: N815
    sizes: list[InfoSize]
    tiles: list[InfoTiles]
    extraFormats: list[str]  # noqa: N815
    extraQualities: list[str]  # noqa: N815
    extraFeatures: list[str]  # noqa: N815


class ProblemDocument(BaseModel):
    """RFC 9457; some problems have more members, such as `parameter` or `suggestions`."""

    type: str
    title: str
    status: int
    detail: str
    code: str


class Uploaded(BaseModel):
    """What became of one file: `image` if it was taken, else `problem`."""

    name: str = Field(description="What the file was called.")
    status: int = Field(description="201 new, 200 known; else why it was not taken.")
    image: FoundImage | None = None
    problem: ProblemDocument | None = None


class UploadAnswer(BaseModel):
    images: list[Uploaded] = Field(description="In the order in which they were sent.")


class KeyAnswer(BaseModel):
    id: str
    label: str
    scopes: list[str]


class Liveness(BaseModel):
    status: Literal["ok"]


class IngestState(BaseModel):
    """How far the ingest is; `stage` is empty while there is nothing to do."""

    running: bool
    stage: str
    done: int
    total: int
    problem: str


class IndexState(BaseModel):
    """How far the index is: `build` and `update` count changes, `snapshot` counts bytes; `stage` is
    empty while there is nothing to do."""

    running: bool
    stage: str
    done: int
    total: int


class Readiness(BaseModel):
    status: Literal["ready"]
    seq: int
    pid: int
    images: int
    ingest: IngestState
    index: IndexState


REASONS = {
    400: "A parameter is out of bounds; the document names it, the bound and what was sent.",
    401: "It needs a key, and there is none, or none that is good.",
    403: "The URL has no signature and needs one, or it does not fit, or has expired; or the key "
    "does not have the scope.",
    404: "There is no such image, or none matches; then the document has `suggestions`.",
    408: "The body does not come to an end.",
    412: "The image is not as `If-Match` says any more.",
    413: "The body is too large; the document has the `limit`.",
    415: "The body is of another type than those that are taken.",
    416: "The original has no byte in that range; the document has its `size`.",
    422: "The original cannot be decoded, or is larger than what is read.",
    501: "The specification allows it, and it is not done here.",
    503: "Not now; `Retry-After` may say when.",
}


BINARY = {"schema": {"type": "string", "format": "binary"}}


def responses(kind: str | None, *statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: `kind` "image" for bytes, and the problems it may give."""
    found: dict[int | str, dict[str, Any]] = {}
    if kind == "image":
        found[200] = {"description": "The image.", "content": {"image/*": BINARY}}
    for status in statuses:
        if status == 206:
            found[206] = {"description": "The range asked for.", "content": {"image/*": BINARY}}
            continue
        if status == 303:
            found[303] = {"description": "`Location` says where."}
            continue
        if status == 304:
            found[304] = {"description": "The client has it already."}
            continue
        found[status] = {
            "description": REASONS[status],
            "content": {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema()}},
        }
    return found
