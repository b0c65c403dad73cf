#!/usr/bin/env bash
# Rewrites requirements.lock from pyproject.toml with a pinned uv in a throw-away environment.
# Pins that still fit are kept; `scripts/lock.sh --upgrade` takes the newest.
set -euo pipefail
cd "$(dirname "$0")/.."
uv_version=0.13.9
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/python" -m pip --disable-pip-version-check install -q "uv==$uv_version"
# Index settings of the machine are used but never written down: the lock must serve any mirror.
UV_CUSTOM_COMPILE_COMMAND="make lock" "$place/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 \
    --no-emit-index-url --no-emit-find-links --generate-hashes --extra dev "$@" pyproject.toml -o requirements.lock
