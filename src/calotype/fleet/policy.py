"""How many instances there may be, what they are held to, and how fast that may change.

The same object scales the instances of one machine (`scaling.decide`) and is what a deployment to
AWS is generated from (`ScalingPolicy.as_target_tracking`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, Field, model_validator

AWS_PERIODS = 10, 30, 60
"""Seconds that EC2 Auto Scaling takes for the period of a metric of one's own."""
NAMESPACE, WAIT_METRIC = "Calotype", "RenderQueueWait"
"""Where an instance publishes its mean wait for a render thread in CloudWatch, in milliseconds."""


class ScalingPolicy(BaseModel, frozen=True):
    """Target tracking, as AWS does it, on render-queue wait with CPU as guard.

    **The wait is no linear metric**: it is nearly 0 until the renderers are saturated, and then as
    long as admission lets it become. Target tracking wants one that halves when capacity doubles.
    So the wait says *that* there is too little, but not how much is missing, nor how much there is
    too much:

    - It counts no more than `max_step_factor` times its target, so that one decision doubles the
      fleet at most. What was added counts before more is added: the next decision starts from the
      instances that have warmed up.
    - A wait of 0 agrees to scaling in, but does not say to how many. CPU, which is linear, does,
      and it is never asked to end above its target less the margin.
    - CPU also scales out by itself, before the queue builds up, and holds the fleet where few wait
      only because each render is short.
    """

    min: int = Field(2, ge=1, le=1000, description="Fewest instances.")
    max: int = Field(6, ge=1, le=1000, description="Most instances.")
    target_wait_ms: float = Field(
        50, gt=0, le=60_000,
        description="Mean wait for a render thread to be kept to. The slowest in twenty wait "
        "some three times as long.",
    )  # fmt: skip
    target_cpu_percent: float = Field(
        60, gt=0, le=100, description="Mean CPU use of an instance to be kept to."
    )
    period_seconds: float = Field(5, gt=0, le=60, description="Length of one datapoint.")
    scale_out_datapoints: int = Field(
        3, ge=1, le=100,
        description="Datapoints in a row over a target that add instances. AWS has 3.",
    )  # fmt: skip
    scale_in_datapoints: int = Field(
        15, ge=1, le=100,
        description="Datapoints in a row well under all targets that remove instances. AWS has 15.",
    )  # fmt: skip
    scale_in_margin: float = Field(
        0.1, ge=0, lt=1, description="How far under a target is well under it. AWS has a tenth."
    )
    scale_out_cooldown_seconds: float = Field(
        15, ge=0, le=3600,
        description="After instances were added: time in which only a larger need adds more.",
    )  # fmt: skip
    scale_in_cooldown_seconds: float = Field(
        60, ge=0, le=3600,
        description="After instances were removed: time in which no more are.",
    )  # fmt: skip
    warmup_seconds: float = Field(
        10, ge=0, le=3600,
        description="Time from ready until the metrics of an instance count. It counts as "
        "capacity from its start, and none is removed while one warms up.",
    )  # fmt: skip
    max_step_factor: float = Field(
        2, gt=1, le=10,
        description="One decision multiplies or divides the instances by this at most.",
    )  # fmt: skip
    scale_in_protection: bool = Field(False, description="Never remove instances.")
    startup_seconds: float = Field(
        60, gt=0, le=3600, description="Time without being ready after which an instance failed."
    )
    max_replacements: int = Field(
        5, ge=0, le=1000,
        description="Failed instances that are replaced within the replacement window.",
    )  # fmt: skip
    replacement_window_seconds: float = Field(
        600, gt=0, le=86_400, description="The window in which replacements are counted."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min ({self.min}) must not be above max ({self.max})")
        return self

    def within(self, instances: int) -> int:
        """The nearest number from `min` to `max`."""
        return min(self.max, max(self.min, instances))

    def as_target_tracking(self, dimensions: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The same policy in AWS's words, by boto3's name of the service.

        `application-autoscaling` (ECS): `target` goes into RegisterScalableTarget and each of
        `policies`, by name, into PutScalingPolicy as TargetTrackingScalingPolicyConfiguration.
        `autoscaling` (EC2): `group` goes into CreateAutoScalingGroup, `policies` as
        TargetTrackingConfiguration. `dimensions` are those the wait is published with.

        AWS chooses datapoints and margin itself, as the defaults here are; ECS has a period of 60 s
        and EC2 one of at least 10. What AWS does about replacements is its own, too.
        """
        step = {"DisableScaleIn": self.scale_in_protection}
        cooldowns = {
            "ScaleOutCooldown": round(self.scale_out_cooldown_seconds),
            "ScaleInCooldown": round(self.scale_in_cooldown_seconds),
        }
        period = next(period for period in AWS_PERIODS if period >= self.period_seconds)
        return {
            "application-autoscaling": {
                "target": {"MinCapacity": self.min, "MaxCapacity": self.max},
                "policies": {
                    "wait": self._wait(dimensions or {}) | step | cooldowns,
                    "cpu": self._cpu("ECSServiceAverageCPUUtilization") | step | cooldowns,
                },
            },
            "autoscaling": {
                "group": {
                    "MinSize": self.min,
                    "MaxSize": self.max,
                    "DefaultInstanceWarmup": round(self.warmup_seconds),
                    "HealthCheckGracePeriod": round(self.startup_seconds),
                    "NewInstancesProtectedFromScaleIn": self.scale_in_protection,
                },
                "policies": {
                    "wait": self._wait(dimensions or {}, {"Period": period}) | step,
                    "cpu": self._cpu("ASGAverageCPUUtilization") | step,
                },
            },
        }

    def _wait(
        self, dimensions: Mapping[str, str], period: Mapping[str, int] | None = None
    ) -> dict[str, Any]:
        # Bounded by metric math: without it a saturated queue would ask AWS for `max` at once.
        most = self.target_wait_ms * self.max_step_factor
        metric = {
            "Namespace": NAMESPACE,
            "MetricName": WAIT_METRIC,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        }
        stat = {"Metric": metric, "Stat": "Average", "Unit": "Milliseconds", **(period or {})}
        bounded = f"IF(wait > {most:g}, {most:g}, wait)"
        return {
            "TargetValue": self.target_wait_ms,
            "CustomizedMetricSpecification": {
                "Metrics": [
                    {"Id": "wait", "MetricStat": stat, "ReturnData": False},
                    {"Id": "bounded", "Expression": bounded, "ReturnData": True},
                ]
            },
        }

    def _cpu(self, metric: str) -> dict[str, Any]:
        return {
            "TargetValue": self.target_cpu_percent,
            "PredefinedMetricSpecification": {"PredefinedMetricType": metric},
        }
