#!/usr/bin/env bash
# Style, types, import rules, dead code, names that must not be in the repository, SQL text, secrets, known vulnerabilities.
# Runs all, then says what failed.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()

try() {
    local name=$1
    shift
    printf -- '--- %s\n' "$name"
    "$@" || failed+=("$name")
}

try "ruff format" .venv/bin/ruff format --check .
try "ruff check" .venv/bin/ruff check .
try "mypy" .venv/bin/mypy
try "import rules" .venv/bin/lint-imports --no-logo
try "dead code" .venv/bin/vulture
try "names in the tree" .venv/bin/python scripts/check_tree.py
try "SQL text" .venv/bin/python scripts/check_sql.py
try "secrets" .venv/bin/python scripts/scan_secrets.py
try "known vulnerabilities" .venv/bin/python scripts/scan_dependencies.py
try "browser application" scripts/web.sh check

if [ ${#failed[@]} -gt 0 ]; then
    printf '\nFAILED: %s\n' "$(IFS=,; echo "${failed[*]}")"
    exit 1
fi
printf '\nall checks passed\n'
