#!/usr/bin/env bash
# JupyterLab on the demo course, with Formgrader, Assignment List and Validate. Arguments go on to `jupyter lab`.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
here=$PWD
graded=(build/demo/grades.*.csv) assignments=(source/*.py)  # the demo may have been stopped half-way
[ "${#graded[@]}" -eq "${#assignments[@]}" ] || .venv/bin/course demo
export COURSE_EXCHANGE=$here/build/exchange PATH="$here/.venv/bin:$PATH"
mkdir -p "$COURSE_EXCHANGE"
chmod 777 "$COURSE_EXCHANGE"
cd build/demo
nbgrader release_assignment initialization --force --log-level=ERROR
[ "$(id -u)" -ne 0 ] || set -- --allow-root "$@"
echo "JupyterLab opens on build/demo; the menu Nbgrader holds Formgrader and Assignment List. Stop it with Ctrl-C."
exec jupyter lab --no-browser --ServerApp.root_dir="$PWD" --log-level=CRITICAL "$@"
