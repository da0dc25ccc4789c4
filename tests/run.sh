#!/usr/bin/env bash
# Runs all tests, with the servers that they need: bash tests/run.sh [ARGUMENTS OF cargo test]
#
# It installs what is missing (as root on Debian or Ubuntu), starts servers of its own on free ports, with their data in a
# folder that it removes at the end, and runs `cargo test --all-features`, in which no test may be left out. It stops what it
# started, also if a test fails or you press Ctrl-C, and can run several times at once.
#
# `cargo test` alone runs everything that needs no server, and says what it leaves out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    printf 'tests/run.sh: %s\n' "$*" >&2
    exit 1
}

# Installs Debian's packages, if it may. Runs that are started at the same time take turns.
install() {
    ((EUID == 0)) && command -v apt-get > /dev/null || return 1
    printf 'tests/run.sh: installing %s\n' "$*" >&2
    flock tests/run.sh bash -c 'apt-get update && apt-get install -y --no-install-recommends "$@"' install "$@" >&2
}

export DEBIAN_FRONTEND=noninteractive
command -v cargo > /dev/null || fail 'cargo is missing: install Rust, see https://rustup.rs'
command -v cc > /dev/null || install gcc libc6-dev || fail 'cc is missing: install a C compiler'
bash tests/servers/postgres find 2> /dev/null || install postgresql ||
    fail 'PostgreSQL is missing: install its server (on Debian and Ubuntu the package `postgresql`)'

folder=$(mktemp -d)
# A server that root starts runs as another user, who must come through.
chmod 711 "$folder"
started=()
tests=

# Stops what was started: the tests with their children, then the servers.
finish() {
    local status=$? name
    trap '' INT TERM HUP
    if [[ -n $tests ]]; then
        kill -TERM -- "-$tests" 2> /dev/null || true
        for _ in {1..100}; do
            kill -0 -- "-$tests" 2> /dev/null || break
            sleep 0.1
        done
        kill -KILL -- "-$tests" 2> /dev/null || true
    fi
    for name in ${started[@]+"${started[@]}"}; do
        bash "tests/servers/$name" stop "$folder/$name" || status=1
    done
    rm -rf "$folder"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

for name in postgres clickhouse; do
    [[ -f tests/servers/$name ]] || continue
    # Also if it is interrupted half way.
    started+=("$name")
    exports=$(bash "tests/servers/$name" start "$folder/$name")
    eval "$exports"
done

# Many tests wait for servers and disks, so more of them run at once than there are processors.
export RUST_TEST_THREADS=${RUST_TEST_THREADS:-6}

# The tests are a process group of their own, so that they end with all their children.
set -m
MAILTALLY_ALL=1 cargo test --all-features "$@" < /dev/null &
tests=$!
set +m
status=0
wait "$tests" || status=$?
tests=
exit "$status"
