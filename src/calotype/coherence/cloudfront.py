"""An edge that is a CloudFront distribution."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from calotype.coherence.edge import EVERYTHING, EdgeError, Moment
from calotype.deliver.caching import QUERY_TAG
from calotype.errors import BadSetting

ALL = "/*"
_NAMED = "img-"


class CloudFrontEdge:
    """Invalidates by cache tag (`#tag` among the paths), in one batch for each purge.

    The distribution's `CacheTagConfig` must name the header `Cache-Tag`. There are no soft
    invalidations, and each tag costs as much as a path: past `most` the queries' tags become `q`,
    and past it again everything is invalidated, which is one path. The caller reference follows
    from what is invalidated, so that what is sent again after an answer that was lost counts once.
    `client` is boto3's; it retries what was throttled by itself.
    """

    def __init__(self, distribution: str, client: Any, most: int) -> None:
        self._distribution, self._client, self._most = distribution, client, most

    @classmethod
    def open(cls, distribution: str, most: int) -> CloudFrontEdge:
        """With boto3's own credentials. Raises BadSetting where boto3 is not installed."""
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            raise BadSetting(
                "CALOTYPE_PURGE_CLOUDFRONT",
                "needs boto3: pip install 'calotype[aws]'",
                "docs/settings.md",
            ) from None
        config = Config(
            connect_timeout=5, read_timeout=20, retries={"mode": "standard", "max_attempts": 5}
        )
        return cls(distribution, boto3.client("cloudfront", config=config), most)

    @property
    def name(self) -> str:
        return f"cloudfront-{self._distribution}"

    def purge(self, soft: Sequence[str], hard: Sequence[str], moment: Moment) -> None:
        paths = self._paths(soft, hard)
        if not paths:
            return
        from botocore.exceptions import BotoCoreError, ClientError

        told = "\n".join((moment.epoch, str(moment.after), str(moment.seq), *paths))
        batch = {
            "Paths": {"Quantity": len(paths), "Items": paths},
            "CallerReference": hashlib.sha256(told.encode()).hexdigest()[:32],
        }
        try:
            self._client.create_invalidation(
                DistributionId=self._distribution, InvalidationBatch=batch
            )
        except (ClientError, BotoCoreError) as error:
            raise EdgeError(str(error)) from error

    def close(self) -> None:
        self._client.close()

    def _paths(self, soft: Sequence[str], hard: Sequence[str]) -> list[str]:
        tags = list(dict.fromkeys([*hard, *soft]))
        if len(tags) > self._most and EVERYTHING not in tags:
            tags = [QUERY_TAG, *(tag for tag in tags if tag.startswith(_NAMED))]
        if EVERYTHING in tags or len(tags) > self._most:
            return [ALL]
        return [f"#{tag}" for tag in tags]
