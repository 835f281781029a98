#!/usr/bin/env bash
# Make .venv, or bring it up to date, from the versions in constraints.txt: scripts/environment.sh EXTRAS
set -euo pipefail
cd "$(dirname "$0")/.."

usable() { # a Python of 3.11 or newer that can make virtual environments
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# The distribution's Python comes first: the hub's users can run it too, one that lives in a home only its owner can.
find_python() {
    for python in ${PYTHON:-} /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$python" >/dev/null && usable "$python"; then echo "$python"; return; fi
    done
    return 1
}

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    if ! python=$(find_python); then
        scripts/system.sh no-such-command=python3-venv || true
        python=$(find_python) || { echo "This needs Python 3.11 or newer with venv: apt install python3-venv" >&2; exit 1; }
    fi
    echo "Making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi
echo "Installing packages (a minute or two the first time)"
.venv/bin/pip install -qq --disable-pip-version-check --no-input -c constraints.txt -e ".[$1]" </dev/null
scripts/system.sh bwrap=bubblewrap
