"""The policy's own rules, and its translation for AWS as AWS's own models see it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto import mock_aws
from pydantic import ValidationError

from calotype.fleet import ScalingPolicy

POLICY = ScalingPolicy(min=3, max=9, target_wait_ms=40, max_step_factor=3, startup_seconds=90)


def test_a_minimum_above_the_maximum_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"min \(4\) must not be above max \(3\)"):
        ScalingPolicy(min=4, max=3)


def test_a_policy_can_not_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        POLICY.min = 1  # type: ignore[misc]


def policies(service: str, policy: ScalingPolicy = POLICY) -> dict[str, dict[str, Any]]:
    found = policy.as_target_tracking({"Cluster": "blue"})[service]["policies"]
    assert isinstance(found, dict)
    return found


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield


@pytest.mark.usefixtures("aws")
def test_application_auto_scaling_takes_it() -> None:
    client = boto3.client("application-autoscaling")
    where = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/blue/calotype",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    cluster = boto3.client("ecs")
    cluster.create_cluster(clusterName="blue")
    task = [{"name": "calotype", "image": "calotype", "memory": 512}]
    cluster.register_task_definition(family="calotype", containerDefinitions=task)
    cluster.create_service(
        cluster="blue", serviceName="calotype", taskDefinition="calotype", desiredCount=3
    )
    config = POLICY.as_target_tracking({"Cluster": "blue"})["application-autoscaling"]
    client.register_scalable_target(**where, **config["target"])
    for name, tracking in config["policies"].items():
        client.put_scaling_policy(
            **where,
            PolicyName=name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=tracking,
        )
    target = client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (3, 9)
    stored = client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert {
        p["PolicyName"]: p["TargetTrackingScalingPolicyConfiguration"] for p in stored
    } == config["policies"]


@pytest.mark.usefixtures("aws")
def test_ec2_auto_scaling_takes_it() -> None:
    config = POLICY.as_target_tracking({"Cluster": "blue"})["autoscaling"]
    client = boto3.client("autoscaling")
    client.create_launch_configuration(
        LaunchConfigurationName="l", ImageId="ami-12c6146b", InstanceType="t3.micro"
    )
    client.create_auto_scaling_group(
        AutoScalingGroupName="blue",
        LaunchConfigurationName="l",
        AvailabilityZones=["eu-central-1a"],
        **config["group"],
    )
    for name, tracking in config["policies"].items():
        client.put_scaling_policy(
            AutoScalingGroupName="blue",
            PolicyName=name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingConfiguration=tracking,
        )
    group = client.describe_auto_scaling_groups()["AutoScalingGroups"][0]
    assert (group["MinSize"], group["MaxSize"]) == (3, 9)
    stored = client.describe_policies()["ScalingPolicies"]
    assert {p["PolicyName"]: p["TargetTrackingConfiguration"]["TargetValue"] for p in stored} == {
        "wait": 40,
        "cpu": 60,
    }


@pytest.mark.parametrize("service", ["application-autoscaling", "autoscaling"])
def test_the_wait_is_bounded_for_aws_as_it_is_here(service: str) -> None:
    metrics = policies(service)["wait"]["CustomizedMetricSpecification"]["Metrics"]
    assert [m["Id"] for m in metrics if m["ReturnData"]] == ["bounded"]
    assert metrics[1]["Expression"] == "IF(wait > 120, 120, wait)"
    assert metrics[0]["MetricStat"]["Metric"]["Dimensions"] == [
        {"Name": "Cluster", "Value": "blue"}
    ]


@pytest.mark.parametrize(("seconds", "period"), [(5, 10), (10, 10), (10.5, 30), (60, 60)])
def test_the_period_is_the_next_that_ec2_takes(seconds: float, period: int) -> None:
    wait = policies("autoscaling", ScalingPolicy(period_seconds=seconds))["wait"]
    stat = wait["CustomizedMetricSpecification"]["Metrics"][0]["MetricStat"]
    assert stat["Period"] == period


@pytest.mark.parametrize("service", ["application-autoscaling", "autoscaling"])
@pytest.mark.parametrize("protected", [True, False])
def test_scale_in_protection_is_passed_on(service: str, protected: bool) -> None:
    found = policies(service, ScalingPolicy(scale_in_protection=protected))
    assert [tracking["DisableScaleIn"] for tracking in found.values()] == [protected] * 2


def test_warm_up_and_time_to_start_are_the_groups() -> None:
    group = POLICY.as_target_tracking()["autoscaling"]["group"]
    assert (group["DefaultInstanceWarmup"], group["HealthCheckGracePeriod"]) == (10, 90)
