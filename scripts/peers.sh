#!/usr/bin/env bash
# Install PyTorch's CPU build, which some tests and benchmarks compare with. Nothing else needs it.
set -euo pipefail
cd "$(dirname "$0")/.."
version=2.13.0

if .venv/bin/python -c "import torch, sys; sys.exit(not torch.__version__.startswith('$version'))" 2>/dev/null; then
    echo "PyTorch $version is there"
    exit
fi
pip=(.venv/bin/pip install -qq --disable-pip-version-check --no-input -c constraints.txt)
# "+cpu" is found where pip is told of PyTorch's CPU wheels; the plain version is larger and works everywhere else.
for wanted in "torch==$version+cpu" "torch==$version"; do
    if "${pip[@]}" "$wanted" </dev/null 2>/dev/null; then
        echo "installed $wanted"
        exit
    fi
done
echo "PyTorch $version could not be installed: comparisons with it are skipped." >&2
