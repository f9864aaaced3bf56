#!/bin/sh
# Makes .venv with everything from locks/dev.txt and the members of this repository, editable.
# Does nothing when that has been done already for the same lock, members and Python.
set -eu
cd "$(dirname "$0")/../.."

# two at once would install over each other
if [ -z "${BALCAO_SETUP_LOCKED:-}" ] && command -v flock >/dev/null; then
    mkdir -p var
    BALCAO_SETUP_LOCKED=1 exec flock var/setup.lock "$0"
fi

fail() { echo "setup: $*" >&2; exit 1; }

members="shared services/intake services/tickets services/workflow services/notifier services/portal-api deploy/local"
lock=locks/dev.txt
venv=.venv

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed; name one with PYTHON=/path/to/python3"
}

python=$(find_python)
files=$lock
for member in $members; do files="$files $member/pyproject.toml"; done
# the checkout's path counts: editable members and scripts hold absolute paths
base=$( { "$python" -VV; pwd -P; } | cksum )
stamp=$base-$(cat $files | cksum)

# What the pages take from npm: their editor, icons, letters and htmx.
web=services/portal-api/web
bring_web() {
    locked=$(cksum <$web/package-lock.json)
    drawn=$(cat $web/package-lock.json $web/collect.mjs $web/icons.json | cksum)
    if [ "$(cat $web/node_modules/.drawn 2>/dev/null)" = "$drawn" ] && [ -f services/portal-api/balcao/portal_api/vendor/icons.svg ]; then return; fi
    if ! command -v npm >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; then
        # the wheel's own programs go before the machine's
        if [ ! -x $venv/bin/npm ]; then
            $venv/bin/python -m pip install -q --require-hashes -r locks/node.txt || fail "installing Node.js failed"
        fi
        PATH=$(pwd -P)/$venv/bin:$PATH
    fi
    if [ "$(cat $web/node_modules/.stamp 2>/dev/null)" != "$locked" ]; then
        echo "setup: installing what the pages take from npm"
        (cd $web && npm ci --no-audit --no-fund --loglevel=error >/dev/null) || fail "installing the packages of $web failed"
        echo "$locked" >$web/node_modules/.stamp
    fi
    node $web/collect.mjs || fail "collecting the packages of $web failed"
    echo "$drawn" >$web/node_modules/.drawn
}

if [ -x $venv/bin/python ] && [ "$(cat $venv/.stamp 2>/dev/null)" = "$stamp" ]; then
    bring_web
    exit 0
fi

if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    fail "this Python has no venv module; on Debian or Ubuntu: apt-get install python3-venv"
fi
echo "setup: installing into $venv (a minute or two the first time)"
case $(cat $venv/.stamp 2>/dev/null) in
"$base"-*) ;; # only requirements changed: the environment may be in use, so it is brought up to date in place
*) "$python" -m venv --clear $venv || fail "could not make $venv (is the disk full?)" ;;
esac

export PIP_DISABLE_PIP_VERSION_CHECK=1
# uv is several times quicker than pip; pip does the same work where uv can't be had or can't reach the index
requirement=$(sed -n 's/^\(uv==[^ ]*\).*/\1/p' $lock)
installed=no
if $venv/bin/python -m pip install -q --no-deps "$requirement" 2>/dev/null &&
    $venv/bin/uv pip install -q --compile-bytecode --python $venv/bin/python --require-hashes -r $lock; then
    installed=yes
fi
if [ $installed = no ]; then
    echo "setup: uv could not do it; trying pip"
    $venv/bin/python -m pip install -q --require-hashes -r $lock || fail "installing $lock failed"
fi

editable=""
for member in $members; do editable="$editable -e $member"; done
$venv/bin/python -m pip install -q --no-deps --no-build-isolation $editable || fail "installing the members failed"
bring_web
echo "$stamp" >$venv/.stamp
echo "setup: done"
