"""compose.yaml, the manifests of Kubernetes, the crontab and the example of the variables."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from dockerfile import ROOT, stages
from typer.main import get_command

from cli.main import app
from crawler.config import load_config
from crawler.service.web import PATHS
from storage.config import ArchiveSettings, resolve_store

DEPLOY = ROOT / "deploy"
VERBS = get_command(app).commands
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
MANIFESTS: list[dict[str, Any]] = [
    manifest
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    for manifest in yaml.safe_load_all(path.read_text("utf-8"))
]
PODS = {
    m["metadata"]["name"]: (m["spec"]["jobTemplate"]["spec"] if m["kind"] == "CronJob" else m["spec"])["template"][
        "spec"
    ]
    for m in MANIFESTS
    if m["kind"] in ("CronJob", "Deployment")
}
CRONTAB = [
    line for line in (DEPLOY / "cron" / "disway").read_text("utf-8").splitlines() if line and not line.startswith("#")
]
EXAMPLE = dict(
    line.partition("=")[::2]
    for line in (DEPLOY / "disway.env.example").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)
SPOOL = next(i.text for i in stages()[1] if i.word == "VOLUME")
USER = int(next(i.text for i in stages()[1] if i.word == "USER").partition(":")[0])


def kinds(kind: str) -> dict[str, dict[str, Any]]:
    return {m["metadata"]["name"]: m for m in MANIFESTS if m["kind"] == kind}


def test_the_variables_of_the_example_are_keys():
    filled = EXAMPLE | {"AWS_ACCESS_KEY_ID": "abcdefgh", "AWS_SECRET_ACCESS_KEY": "ijklmnop"}
    config = load_config(None, environ={k: v for k, v in filled.items() if k.startswith("DISWAY_")})
    options = resolve_store(ArchiveSettings(**config.archive.model_dump()), filled)
    assert (options.bucket, options.endpoint) == ("disway", "http://store:8333")
    assert not [value for value in EXAMPLE.values() if re.search(r"[\s'\"]", value)], "read alike everywhere"


def test_compose_builds_the_image_and_keeps_the_spool():
    service = COMPOSE["services"]["disway"]
    build = service["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    assert {i.text.partition("=")[0] for i in stages()[1] if i.word == "ARG"} == set(build["args"])
    assert service["command"][0] in VERBS
    volume, _, target = service["volumes"][0].partition(":")
    assert (volume in COMPOSE["volumes"], target) == (True, SPOOL)
    assert service["env_file"] == [(DEPLOY / "disway.env.example").name.removesuffix(".example")]
    assert _seconds(service["stop_grace_period"]) >= 2 * load_config(None, environ={}).schedule.drain.total_seconds()
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["ports"] == ["127.0.0.1:9911:9911"], "nobody elsewhere sees it unless the operator says so"


def test_compose_waits_for_a_store_with_a_bucket():
    services = COMPOSE["services"]
    assert services["disway"]["depends_on"] == {"bucket": {"condition": "service_completed_successfully"}}
    assert services["bucket"]["depends_on"] == {"store": {"condition": "service_healthy"}}
    assert services["bucket"]["image"] == services["store"]["image"]
    assert not [image for s in services.values() if "." in (image := s["image"]).partition("/")[0].partition(":")[0]]
    assert {v.partition(":")[0] for s in services.values() for v in s.get("volumes", [])} == set(COMPOSE["volumes"])


def test_kubernetes_has_a_job_for_each_verb_and_never_two_of_one():
    jobs = kinds("CronJob")
    assert {name.removeprefix("disway-") for name in jobs} == {"crawl", "maintain"}
    for job in jobs.values():
        assert job["spec"]["concurrencyPolicy"] == "Forbid"
        assert len(job["spec"]["schedule"].split()) == 5
        assert job["spec"]["jobTemplate"]["spec"]["backoffLimit"] == 0
    (deployment,) = kinds("Deployment").values()
    assert (deployment["spec"]["replicas"], deployment["spec"]["strategy"]) == (1, {"type": "Recreate"})
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    (service,) = kinds("Service").values()
    assert service["spec"]["selector"].items() <= labels.items()


def test_kubernetes_starts_anew_only_what_stands_still():
    (container,) = PODS["disway"]["containers"]
    probes = {name: probe["httpGet"]["path"] for name, probe in container.items() if name.endswith("Probe")}
    assert probes == {"readinessProbe": "/healthz", "livenessProbe": "/livez"}
    assert set(probes.values()) <= set(PATHS)


@pytest.mark.parametrize("pod", PODS.values(), ids=PODS)
def test_a_pod_has_few_rights_and_what_it_needs(pod):
    (container,) = pod["containers"]
    assert container["args"][0] in VERBS
    assert pod["enableServiceLinks"] is False, "variables such as DISWAY_SERVICE_HOST would stop the program"
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == USER
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    drain = load_config(None, environ={}).schedule.drain.total_seconds()
    assert pod["terminationGracePeriodSeconds"] >= 2 * drain
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounts.keys() == {volume["name"] for volume in pod["volumes"]}
    assert mounts["spool"] == SPOOL
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes["spool"]["persistentVolumeClaim"]["claimName"] in kinds("PersistentVolumeClaim")
    assert volumes["config"]["configMap"]["name"] in kinds("ConfigMap")
    (config,) = (e["value"] for e in container["env"] if e["name"] == "DISWAY_CONFIG")
    assert Path(config).parent == Path(mounts["config"])
    assert Path(config).name in kinds("ConfigMap")["disway"]["data"]


def test_the_claim_holds_a_full_spool():
    (claim,) = kinds("PersistentVolumeClaim").values()
    asked = claim["spec"]["resources"]["requests"]["storage"]
    spool = load_config(None, environ={}).spool
    assert int(asked.removesuffix("Gi")) << 30 >= spool.max_bytes + spool.floor_bytes


def test_the_configuration_of_kubernetes_is_one(tmp_path):
    text = kinds("ConfigMap")["disway"]["data"]["disway.toml"]
    (tmp_path / "disway.toml").write_text(text)
    assert load_config(tmp_path / "disway.toml", environ={})
    assert tomllib.loads(text)


def test_the_crontab_runs_verbs_with_options_that_they_have():
    variables = dict(line.partition("=")[::2] for line in CRONTAB if re.match(r"\w+=", line))
    assert load_config(
        ROOT / "disway.toml",
        environ={k: v for k, v in variables.items() if k.startswith("DISWAY_") and k != "DISWAY_CONFIG"},
    )
    entries = [line for line in CRONTAB if not re.match(r"\w+=", line)]
    assert len(entries) == 3
    for line in entries:
        *times, user, command = line.split(maxsplit=6)
        assert user == "disway"
        assert all(re.fullmatch(r"\*(/\d+)?|\d+", field) for field in times)
        assert "%" not in command, "cron takes it for a line break"
        _, _, run = command.rpartition("exec ")
        program, verb, *words = shlex.split(run.partition("2>>")[0])
        assert program == "disway"
        options = {option for parameter in VERBS[verb].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_the_readme_names_every_file():
    readme = (DEPLOY / "README.md").read_text("utf-8")
    files = [path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix not in (".md", ".dockerignore")]
    for path in files:
        named = str(path.relative_to(DEPLOY))
        assert named in readme or named.replace(".service", ".timer") in readme, named
    for named in re.findall(r"`((?:systemd|cron|kubernetes)/[\w./-]+)`", readme):
        assert (DEPLOY / named).exists()


def _seconds(span: str) -> int:
    return int(span[:-1]) * {"s": 1, "m": 60}[span[-1]]
