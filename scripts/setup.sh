#!/usr/bin/env bash
# Installs what is missing and nothing else: system packages, then .venv from requirements.lock, then the project.
#   scripts/setup.sh run   what the service needs
#   scripts/setup.sh dev   also what the tests need (a browser, a font with Vietnamese letters)
# A second run only compares a stamp, so it takes well under a second.
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:-run}

say() { printf '%s\n' "$*" >&2; }
die() { say "Error: $*"; exit 1; }

mkdir -p build
exec 9>build/setup.lock
flock 9  # two makes at once take turns

if [ -z "${HOME:-}" ] || [ ! -w "${HOME}" ]; then
    export HOME="$PWD/build/home"
    mkdir -p "$HOME"
fi

# ---- what is missing -----------------------------------------------------------------------------------------------

have_postgis() {
    local server
    [ -n "${DATABASE_URL:-}" ] && [ "$purpose" = run ] && return 0
    for server in /usr/lib/postgresql/*/bin/postgres; do
        [ -x "$server" ] || continue
        local major=${server#/usr/lib/postgresql/}
        major=${major%%/*}
        [ "$major" -ge 15 ] && [ -e "/usr/share/postgresql/$major/extension/postgis.control" ] && return 0
    done
    command -v pg_config >/dev/null && [ -e "$(pg_config --sharedir)/extension/postgis.control" ]
}

find_python() {  # prints the first Python that is new enough (with "venv": that can also make environments)
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
        if "$candidate" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; then
            if [ "${1:-}" != venv ] || "$candidate" -c "import ensurepip, venv" 2>/dev/null; then
                command -v "$candidate"
                return 0
            fi
        fi
    done
    return 1
}

have_browser() {
    local name
    for name in chromium chromium-browser google-chrome; do command -v "$name" >/dev/null && return 0; done
    return 1
}

have_font() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=vi family 2>/dev/null)" ]; }

missing=()
have_postgis || missing+=(postgis)
if ! find_python venv >/dev/null; then
    if python=$(find_python); then
        missing+=("$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')")
    else
        missing+=(python3 python3-venv)
    fi
fi
if [ "$purpose" = dev ]; then
    have_browser || missing+=(chromium)
    have_font || missing+=(fontconfig fonts-dejavu-core)
fi

# ---- system packages -----------------------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

if [ ${#missing[@]} -gt 0 ]; then
    named=("${missing[@]/#postgis/postgresql-postgis}")
    command -v apt-get >/dev/null || die "please install: ${named[*]} (this script installs them on Debian and Ubuntu only)."
    if [ "$(id -u)" != 0 ] && ! { command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; }; then
        die "these packages are missing and installing them needs root or sudo: ${named[*]}
       as root: apt-get install ${named[*]}"
    fi
    say "Installing system packages: ${named[*]}"
    as_root apt-get update -q >&2
    packages=()
    for package in "${missing[@]}"; do
        if [ "$package" = postgis ]; then
            # Debian would start a cluster of its own at once; ours is private and separate.
            if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
                apt_install postgresql-common
                as_root sed -ri 's/^#?\s*create_main_cluster\s*=.*/create_main_cluster = false/' \
                    /etc/postgresql-common/createcluster.conf
            fi
            package=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' | awk '{print $1}' | sort -V | tail -n 1)
            [ -n "$package" ] || die "apt knows no package postgresql-NN-postgis-3; is the main archive switched on?"
        fi
        packages+=("$package")
    done
    apt_install "${packages[@]}"
fi

# ---- the Python environment ----------------------------------------------------------------------------------------

works() { .venv/bin/python -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null; }
contents() { echo "$PWD $(.venv/bin/python -V) $(cat requirements.lock scripts/build-requirements.txt pyproject.toml | sha256sum)"; }

if ! works; then
    python=$(find_python venv) || die "Python 3.11 or newer with venv is needed."
    rm -rf .venv
    "$python" -m venv .venv
fi
if [ "$(cat .venv/.stamp 2>/dev/null)" != "$(contents)" ]; then
    say "Installing Python packages into .venv"
    rm -f .venv/.stamp
    pip=(.venv/bin/python -m pip --disable-pip-version-check --no-input)
    "${pip[@]}" install -q --require-hashes -r requirements.lock
    "${pip[@]}" install -q --require-hashes -r scripts/build-requirements.txt
    "${pip[@]}" install -q --no-build-isolation --no-deps --editable .
    contents >.venv/.stamp
fi
