"""What a drawing says of itself: `<title>`, `<desc>`, and RDF in its `<metadata>`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError, TreeBuilder

from defusedxml.ElementTree import DefusedXMLParser  # type: ignore[import-untyped]

from calotype.catalog import Words
from calotype.catalog.words import NOTHING, merge
from calotype.ingest.text import LONGEST, clean
from calotype.ingest.xmp import words_from_rdf

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_WORK = ("{http://creativecommons.org/ns#}Work", "{http://web.resource.org/cc/}Work")
_DESCRIPTION = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"
_MOST_CHARACTERS = 200_000


def read_svg(data: bytes) -> Words:
    """The words in a drawing that `decode.header` has let pass; nothing is raised.

    Its entities are allowed here, because the header's check has bounded them.
    """
    picker = _Picker()
    parser = DefusedXMLParser(target=picker, forbid_entities=False, forbid_external=True)
    try:
        parser.feed(data)
        parser.close()
    except (ParseError, ValueError, LookupError):
        return NOTHING
    return picker.words()


class _Picker:
    """Receives the parser's events and keeps only what is said: a drawing's tree is large."""

    def __init__(self) -> None:
        self._path: list[str] = []
        self._texts: dict[str, list[str]] = {"title": [], "desc": []}
        self._rdf: list[Element] = []
        self._builder: TreeBuilder | None = None
        self._left = _MOST_CHARACTERS

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._path.append(tag)
        if len(self._path) == 2 and _local(tag) == "metadata":
            self._builder = TreeBuilder()
        if self._builder is not None:
            self._builder.start(tag, attributes)

    def end(self, tag: str) -> None:
        if self._builder is not None:
            self._builder.end(tag)
            if len(self._path) == 2:
                self._rdf.append(self._builder.close())
                self._builder = None
        self._path.pop()

    def data(self, text: str) -> None:
        if self._left < 0:
            return
        if self._builder is not None:
            self._builder.data(text)
            self._left -= len(text)
        elif len(self._path) == 2 and (name := _local(self._path[1])) in self._texts:
            self._texts[name].append(text)
            self._left -= len(text)

    def close(self) -> None:
        """Nothing is left to do at the end of the file."""

    def words(self) -> Words:
        own = Words(
            title=clean("".join(self._texts["title"]), LONGEST["title"]),
            description=clean("".join(self._texts["desc"]), LONGEST["description"]),
        )
        nodes = [n for tree in self._rdf for n in tree.iter() if n.tag in (*_WORK, _DESCRIPTION)]
        return merge([own, *(words_from_rdf(node) for node in nodes)])


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
