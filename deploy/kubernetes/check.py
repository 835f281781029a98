"""Check the Kubernetes files without a cluster.

    python deploy/kubernetes/check.py                                  our own objects
    python deploy/kubernetes/check.py --chart jupyterhub-4.4.0.tgz     and the chart with our values

The chart is validated against its own schema, rendered by Helm, and every object that comes out is validated against
Kubernetes' schema of that kind. `helm pull jupyterhub/jupyterhub --version 4.4.0` fetches the chart.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

HERE = Path(__file__).resolve().parent
KUBERNETES = "1.32"


class Problem(Exception):  # noqa: N818
    """Something in the files is wrong; the message says what and where."""


def own_objects() -> list[dict[str, Any]]:
    """The objects of manifests.yaml."""
    return [item for item in yaml.safe_load_all((HERE / "manifests.yaml").read_text()) if item]


def own_values() -> dict[str, Any]:
    """Our values for the chart."""
    values: dict[str, Any] = yaml.safe_load((HERE / "values.yaml").read_text())
    return values


def validate(items: list[dict[str, Any]]) -> int:
    """Validate objects against Kubernetes' schemas; returns how many. Raises Problem."""
    for item in items:
        name = f"{item.get('kind')} {item.get('metadata', {}).get('name')}"
        try:
            kubernetes_validate.validate(item, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            raise Problem(f"{name}: {error.message}") from error
        except kubernetes_validate.SchemaNotFoundError as error:
            raise Problem(f"{name}: Kubernetes {KUBERNETES} knows no such kind") from error
    return len(items)


def compile_python(values: dict[str, Any]) -> int:
    """Compile the Python in hub.extraConfig, which the chart does not look at; returns how many pieces."""
    pieces = values["hub"]["extraConfig"]
    for name, text in pieces.items():
        compile(text, name, "exec")
    return len(pieces)


def render(chart_path: Path) -> list[dict[str, Any]]:
    """Validate our values against the chart's schema and render it. Raises Problem."""
    from helm_python import HelmError
    from helm_python.chart import Chart

    add_schema(chart_path)
    try:
        with Chart.load(chart_path) as chart:
            if chart.schema is None:
                raise Problem(f"{chart_path} has no schema")
            chart.validate_schema(chart.merge_values(own_values()))
            rendered = chart.render(own_values(), name="hub", namespace="course")
    except HelmError as error:
        raise Problem(str(error)) from error
    return list(_documents(rendered))


def add_schema(chart_path: Path) -> None:
    """A chart from a checkout has its schema as YAML only: make the JSON that Helm reads."""
    source, target = chart_path / "values.schema.yaml", chart_path / "values.schema.json"
    if source.exists() and not target.exists():
        target.write_text(json.dumps(yaml.safe_load(source.read_text())))


def _documents(rendered: dict[str, str]) -> Iterator[dict[str, Any]]:
    for name, text in rendered.items():
        if name.endswith((".yaml", ".yml")):
            yield from (item for item in yaml.safe_load_all(text) if item)


def main() -> int:
    """Entry point."""
    options = argparse.ArgumentParser(description="Check the Kubernetes files without a cluster.")
    options.add_argument("--chart", type=Path, help="folder or .tgz of the Zero to JupyterHub chart")
    chart = options.parse_args().chart
    try:
        print(f"own objects valid: {validate(own_objects())}")
        print(f"pieces of hub configuration that compile: {compile_python(own_values())}")
        if chart:
            print(f"rendered objects valid: {validate(render(chart))}")
    except Problem as problem:
        print(f"check: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
