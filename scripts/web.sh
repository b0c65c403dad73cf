#!/usr/bin/env bash
# The browser application: scripts/web.sh build | test | check | audit
# Packages are installed and the application is built only when their sources changed (compared by content).
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
web=geo_service/web
task=${1:-build}

[ -f $web/package.json ] || { echo "There is no browser application in $web yet." >&2; exit 0; }

mkdir -p build
exec 9>build/web.lock
flock 9

. "$root/scripts/node.sh"

sources() { find . \( -name node_modules -o -name dist \) -prune -o -type f ! -name '*.tsbuildinfo' -print0; }

cd $web
built="$(sources | digest)"
if [ "$task" = build ] && [ "$(cat dist/.stamp 2>/dev/null)" = "$built" ]; then
    exit 0
fi

find_node
if [ "$task" = audit ]; then  # asks the registry about the locked versions; nothing is installed for it
    exec "${npm[@]}" audit --package-lock-only --json --fetch-retries=0 --fetch-timeout=10000
fi
install_packages

if [ "$task" != build ]; then
    exec "${npm[@]}" run --silent "$task"
fi
echo "Building the browser application" >&2
rm -f dist/.stamp
"${npm[@]}" run --silent build >&2
printf '%s\n' "$built" >dist/.stamp
