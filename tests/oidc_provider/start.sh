#!/usr/bin/env bash
# The test provider; its configuration is one line of JSON on standard input, and it ends when that ends.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
. scripts/node.sh
mkdir -p build
(
    flock 9
    find_node
    cd tests/oidc_provider
    install_packages
) 9>build/oidc-provider.lock
find_node
exec node tests/oidc_provider/provider.mjs
