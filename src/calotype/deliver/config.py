"""What an operator may choose about delivery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)

from calotype.deliver.gate import Gate, parse_presets
from calotype.deliver.ladder import MAX_DPR, MAX_QUALITY, MIN_DPR, Ladder
from calotype.deliver.signing import Signer, parse_keys
from calotype.render.spec import MAX_SIDE


def _within(least: float, most: float) -> AfterValidator:
    """Numbers with commas between, each within the bounds of the parameter that they are for."""

    def check(text: str) -> str:
        if not all(least <= number <= most for number in _numbers(text)):
            raise ValueError(f"numbers from {least} to {most}, with commas between")
        return text

    return AfterValidator(check)


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(sorted({float(part) for part in text.split(",") if part.strip()}))


Sides = Annotated[str, _within(1, MAX_SIDE)]


class DeliverConfig(BaseModel, frozen=True):
    """Settings of the rendition cache and of cache lifetimes."""

    cache_bytes: int = Field(
        2 << 30, ge=0,
        description="Size of the rendition cache on disk, in bytes, each file counted in blocks of "
        "4 KiB; it also holds at most 250,000 files. 0 turns it off.",
    )  # fmt: skip
    memory_bytes: int = Field(
        64 << 20, ge=0,
        description="Renditions that are also kept in memory, in bytes, with what each takes "
        "beside its own.",
    )  # fmt: skip
    upgrade_after: int = Field(
        20, ge=0,
        description="A rendition taken from the cache so often, over a minute or more, is "
        "encoded again with the slow setting while there is nothing else to render; 0: never.",
    )  # fmt: skip
    browser_seconds: int = Field(
        60, ge=0, description="How long a browser may reuse an answer to a query."
    )
    edge_seconds: int = Field(
        86_400, ge=0,
        description="How long a shared cache may reuse an answer to a query; tags purge it sooner.",
    )  # fmt: skip
    untagged_edge_seconds: int = Field(
        60, ge=0,
        description="The same for an answer with more images than it can carry tags.",
    )  # fmt: skip
    stale_seconds: int = Field(
        86_400, ge=0,
        description="How long after that a stale answer may be served while it is revalidated, "
        "or while the service is down.",
    )  # fmt: skip
    error_seconds: int = Field(
        5, ge=0,
        description="How long a shared cache may reuse an error that a retry may mend, or what "
        "stands in for a rendition while there is no time to make it.",
    )  # fmt: skip
    ladder_widths: Sides = Field(
        "", examples=["160,320,640,960,1280,1920"],
        description="Widths, times dpr, that are rendered: one between goes up to the next, one "
        "past the last to its next multiple. Empty: every width.",
    )  # fmt: skip
    ladder_heights: Sides = Field(
        "", examples=["120,240,480,720,960"],
        description="The same for heights; where w is given too, the ladder of widths counts.",
    )  # fmt: skip
    ladder_dprs: Annotated[str, _within(MIN_DPR, MAX_DPR)] = Field(
        "", examples=["1,1.5,2,3"], description="The same for dpr."
    )
    ladder_qualities: Annotated[str, _within(1, MAX_QUALITY)] = Field(
        "", examples=["45,60,75,90"], description="The same for q."
    )

    @property
    def ladder(self) -> Ladder:
        return Ladder(
            tuple(map(int, _numbers(self.ladder_widths))),
            tuple(map(int, _numbers(self.ladder_heights))),
            _numbers(self.ladder_dprs),
            tuple(map(int, _numbers(self.ladder_qualities))),
        )


class SigningConfig(BaseModel, frozen=True):
    """Signed URLs: what is signed, and how others sign, is in [http.md](http.md#signed-urls)."""

    keys: SecretStr = Field(
        SecretStr(""),
        examples=["2026:9f…"],
        description="Keys with a name each, commas between: `name:secret`, at least 16 bytes each "
        "(`openssl rand -hex 32`). The first signs, all are taken, so that one can follow another.",
    )
    mode: Literal["off", "required", "presets"] = Field(
        "off",
        description="Whether renditions and originals need a signature: `off`, `required`, or "
        "`presets` for all but those in CALOTYPE_SIGNING_PRESETS. With keys and `off`, URLs are "
        "signed already and none is checked.",
    )
    presets: str = Field(
        "",
        examples=["w=320 w=640&h=480&fit=crop default"],
        description="What needs no signature with mode `presets`: query strings with spaces "
        "between; `default` for a rendition without parameters; `original`; `iiif`.",
    )

    @field_validator("keys")
    @classmethod
    def _keys_are_good(cls, keys: SecretStr) -> SecretStr:
        parse_keys(keys.get_secret_value())
        return keys

    @field_validator("mode")
    @classmethod
    def _mode_has_keys(cls, mode: str, info: ValidationInfo) -> str:
        keys = info.data.get("keys")  # absent where they are wrong, which is said then
        if mode != "off" and keys is not None and not parse_keys(keys.get_secret_value()):
            raise ValueError(
                f"is {mode}, but there is no key: set CALOTYPE_SIGNING_KEYS to name:secret, the "
                "secret from `openssl rand -hex 32`"
            )
        return mode

    @field_validator("presets")
    @classmethod
    def _presets_are_good(cls, presets: str) -> str:
        parse_presets(presets)
        return presets

    @property
    def signer(self) -> Signer | None:
        """What signs with these keys; None without any."""
        keys = parse_keys(self.keys.get_secret_value())
        return Signer(keys) if keys else None

    def gate(self, signer: Signer | None, clock: Callable[[], float]) -> Gate:
        return Gate(signer, self.mode, parse_presets(self.presets), clock)
