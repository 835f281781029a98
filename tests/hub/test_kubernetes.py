"""The Kubernetes files: valid objects, and names that agree with each other and with the course."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
sys.path.insert(0, str(FOLDER))

VALUES: dict[str, Any] = yaml.safe_load((FOLDER / "values.yaml").read_text())
OBJECTS: list[dict[str, Any]] = [
    item for item in yaml.safe_load_all((FOLDER / "manifests.yaml").read_text()) if item is not None
]
CHART = os.environ.get("Z2JH_CHART", "")


def named(kind: str) -> dict[str, dict[str, Any]]:
    """Our objects of a kind, by name."""
    return {item["metadata"]["name"]: item for item in OBJECTS if item["kind"] == kind}


needs_schemas = pytest.mark.skipif(
    importlib.util.find_spec("kubernetes_validate") is None, reason="kubernetes-validate is not installed"
)
needs_chart = pytest.mark.skipif(
    not CHART or importlib.util.find_spec("helm_python") is None,
    reason="Z2JH_CHART does not name a Zero to JupyterHub chart, or helm-python-sdk is not installed",
)


@needs_schemas
def test_our_objects_are_valid() -> None:
    import check

    assert check.validate(OBJECTS) == len(OBJECTS) == 9


@needs_schemas
def test_an_invalid_object_is_found() -> None:
    import check

    broken = {**named("Service")["ngshare"], "spec": {"ports": [{"prot": 8080}]}}
    with pytest.raises(check.Problem, match="Service ngshare"):
        check.validate([broken])


@needs_schemas
def test_the_hub_s_extra_configuration_compiles() -> None:
    import check

    assert check.compile_python(VALUES) == 2


@needs_chart
def test_the_chart_accepts_our_values_and_renders_valid_objects() -> None:
    import check

    rendered = check.render(Path(CHART))
    assert check.validate(rendered) > 20


def test_services_and_policies_select_pods_that_exist() -> None:
    pods = [item["spec"]["template"]["metadata"]["labels"] for item in named("Deployment").values()]
    wanted = [item["spec"]["selector"] for item in named("Service").values()]
    wanted += [item["spec"]["selector"]["matchLabels"] for item in named("Deployment").values()]
    wanted += [
        named("NetworkPolicy")[name]["spec"]["podSelector"]["matchLabels"] for name in ("ngshare", "dask")
    ]
    wanted += [
        rule["to"][0]["podSelector"]["matchLabels"]
        for rule in VALUES["singleuser"]["networkPolicy"]["egress"]
    ]
    for selector in wanted:
        assert any(selector.items() <= labels.items() for labels in pods), selector


def test_the_exchange_is_the_service_that_the_hub_knows() -> None:
    (container,) = named("Deployment")["ngshare"]["spec"]["template"]["spec"]["containers"]
    token = container["env"][0]["valueFrom"]["secretKeyRef"]["key"]
    assert token == "hub.services.ngshare.apiToken"
    assert VALUES["hub"]["services"]["ngshare"]["url"] == "http://ngshare:8080"
    assert VALUES["singleuser"]["extraEnv"]["NGSHARE_URL"].startswith("http://ngshare:8080/services/ngshare")


def test_images_are_those_of_the_dockerfile() -> None:
    targets = set(re.findall(r"^FROM \S+ AS (\w+)$", (FOLDER / "image/Dockerfile").read_text(), re.MULTILINE))
    text = (FOLDER / "values.yaml").read_text() + (FOLDER / "manifests.yaml").read_text()
    used = set(re.findall(r"REGISTRY/course-(\w+)", text))
    assert used == targets - {"base"} == {"student", "grader", "ngshare"}


def test_students_images_hold_no_solutions_and_no_tests() -> None:
    text = (FOLDER / "image/Dockerfile").read_text()
    student = text[text.index("AS student") : text.index("FROM student AS grader")]
    copied = re.findall(r"^COPY (\S+)", student, re.MULTILINE)
    assert not {name for name in copied if name.split("/")[0] in ("source", "grading", "samples")}


def test_every_file_that_the_images_copy_is_there() -> None:
    text = (FOLDER / "image/Dockerfile").read_text()
    sources = [name for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for name in line.split()[:-1]]
    assert all((ROOT / name).exists() for name in sources), sources


def test_the_course_has_one_name() -> None:
    config = (ROOT / "nbgrader_config.py").read_text()
    match = re.search(r'course_id = "([^"]+)"', config)
    assert match
    for path in ("values.yaml", "image/role_config.py"):
        assert match[1] in (FOLDER / path).read_text()
    for path in ("hub.toml", "demo.toml"):
        assert f'id = "{match[1]}"' in (ROOT / "deploy/jupyterhub" / path).read_text()
