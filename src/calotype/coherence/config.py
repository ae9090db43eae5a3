"""What an operator may choose about purging."""

from __future__ import annotations

import re

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

_ORIGIN = re.compile(r"https?://[^/\s,@]+/?")


class PurgeConfig(BaseModel, frozen=True):
    """Edge caches that are told of changes: [operations.md](operations.md#coherence)."""

    edges: str = Field(
        "",
        examples=["http://127.0.0.1:8080"],
        description="Origins of the Varnish edges, commas between. Empty: none is purged.",
    )
    secret: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="What the edges know the instances by; varnishd has it in the same variable.",
    )
    cloudfront: str = Field(
        "",
        pattern=r"^([A-Z0-9]{6,32})?$",
        examples=["E2QWRUHAPOMQZL"],
        description="Id of a CloudFront distribution that is purged, instead of or beside the "
        "edges. Needs `calotype[aws]`, and credentials where boto3 looks for them.",
    )
    cloudfront_seconds: float = Field(
        5,
        ge=0.2,
        le=3600,
        description="Changes of so long are one invalidation there: each tag in it costs money.",
    )
    cloudfront_tags: int = Field(
        30,
        ge=1,
        le=1000,
        description="Most tags in one invalidation there; past that, every answer to a query is "
        "invalidated, and past it again, everything.",
    )

    @field_validator("edges")
    @classmethod
    def _edges_are_origins(cls, edges: str) -> str:
        for edge in _parts(edges):
            if not _ORIGIN.fullmatch(edge):
                raise ValueError(
                    f"must be origins such as http://127.0.0.1:8080, commas between; got {edge!r}"
                )
        return edges

    @field_validator("secret")
    @classmethod
    def _edges_have_a_secret(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        if _parts(info.data.get("edges", "")) and not secret.get_secret_value():
            raise ValueError(
                "is not set, but CALOTYPE_PURGE_EDGES is: give varnishd and every instance the "
                "same, from `openssl rand -hex 32`"
            )
        return secret

    @property
    def origins(self) -> tuple[str, ...]:
        """The edges, each once, in order."""
        return tuple(dict.fromkeys(edge.rstrip("/") for edge in _parts(self.edges)))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
