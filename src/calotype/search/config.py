"""What an operator may choose about search."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

Language = Literal[
    "none", "arabic", "danish", "dutch", "english", "finnish", "french", "german", "greek",
    "hungarian", "italian", "norwegian", "portuguese", "romanian", "russian", "spanish",
    "swedish", "tamil", "turkish",
]  # fmt: skip


class SearchConfig(BaseModel, frozen=True):
    """The search index and the queries."""

    language: Language = Field(
        "english", description="Language of the texts, for stemming and stop words; or `none`."
    )
    weight_title: int = Field(3, ge=1, le=8, description="Weight of a word of the title.")
    weight_tags: int = Field(3, ge=1, le=8, description="Weight of a word of a tag.")
    weight_alt: int = Field(2, ge=1, le=8, description="Weight of a word of the caption.")
    weight_name: int = Field(
        1, ge=1, le=8, description="Weight of a word of the file's and its folders' names."
    )
    weight_description: int = Field(
        1, ge=1, le=8, description="Weight of a word of the description."
    )
    max_query_length: int = Field(
        512, ge=16, le=4096, description="Longest query that is accepted, in characters."
    )
    max_limit: int = Field(100, ge=1, le=1000, description="Most hits on one page.")
    writer_memory_mb: int = Field(
        32, ge=16, le=4096, description="Memory for indexing while few images change, in MB."
    )
    bulk_memory_mb: int = Field(
        512, ge=32, le=16384, description="Memory for building a whole index, in MB."
    )
    bulk_threads: int = Field(
        0, ge=0, le=8, description="Threads that build a whole index; 0: one for each core."
    )
    image_cache: int = Field(
        20_000, ge=100, le=1_000_000, description="Decoded records that are kept in memory."
    )
    page_cache: int = Field(
        1_000, ge=0, le=1_000_000, description="Result pages kept until the index changes."
    )
    refresh_ms: int = Field(
        200, ge=0, le=10_000, description="How often a search looks for a newer index, in ms."
    )
