"""Search: a query → the best-matching images.

`query` says what may be asked, `schema` and `documents`
what is indexed, `ladder` in which order answers are
sought, `index` answers, and `indexer` keeps the index up with the catalog.
"""

from calotype.search.archive import Archive
from calotype.search.config import SearchConfig
from calotype.search.documents import terms_of
from calotype.search.index import Hit, Page, SearchIndex
from calotype.search.indexer import Indexer, Work
from calotype.search.query import Query, parse
from calotype.search.store import Position

__all__ = [
    "Archive",
    "Hit",
    "Indexer",
    "Page",
    "Position",
    "Query",
    "SearchConfig",
    "SearchIndex",
    "Work",
    "parse",
    "terms_of",
]
