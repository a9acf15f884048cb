# The project's recipes. On a fresh machine call `./just`, which brings `just` itself.

set shell := ["bash", "-euo", "pipefail", "-c"]
set quiet

export PATH := justfile_directory() / ".venv/bin:" + env("PATH")
export UV_SYSTEM_CERTS := "true"

pyodide_platform := "pyemscripten_2026_0_wasm32"

# List the recipes
list:
    just --list --unsorted

# Install whatever is missing: Python and npm packages, wheels for Pyodide, Debian's strace
setup:
    #!/usr/bin/env bash
    set -euo pipefail
    once() { # stamp file, input files, command: runs the command unless it succeeded before on the same inputs
        local stamp=$1 inputs=$2 command=$3 digest
        digest=$(cat $inputs | sha256sum)
        if [ "$(cat "$stamp" 2>/dev/null)" != "$digest" ]; then
            $command
            echo "$digest" > "$stamp"
        fi
    }
    install_python_packages() {
        echo "setup: Python packages"
        uv pip install --quiet --python .venv/bin/python --require-hashes --requirement requirements/dev.txt
        uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
    }
    install_npm_packages() {
        echo "setup: npm packages"
        npm ci --silent --no-audit --no-fund
    }
    download_browser_wheels() {
        echo "setup: wheels for Pyodide"
        rm -rf .cache/wheels
        mkdir -p .cache/wheels
        python -m pip download -qq --disable-pip-version-check --no-deps --require-hashes \
            --only-binary :all: --python-version 3.14 --implementation cp --abi cp314 \
            --platform {{ pyodide_platform }} --requirement requirements/browser.txt --dest .cache/wheels
    }
    command -v node > /dev/null || { echo "setup: Node 18 or newer is needed (node, npm)" >&2; exit 1; }
    once .venv/.stamp "requirements/dev.txt pyproject.toml" install_python_packages
    once node_modules/.stamp "package-lock.json" install_npm_packages
    once .cache/wheels/.stamp "requirements/browser.txt justfile" download_browser_wheels
    if ! command -v strace > /dev/null; then
        echo "setup: Debian's strace"
        sudo=$([ "$(id -u)" = 0 ] || echo sudo)
        $sudo apt-get update -qq
        $sudo apt-get install -y -qq --no-install-recommends strace
    fi
    echo "setup: ready"

# Format the Python sources
fmt:
    ruff check --quiet --fix-only .
    ruff format .
    echo "fmt: done"

# Look for what the linter and the formatter would change
lint:
    ruff check .
    ruff format --check .
    echo "lint: clean"

# Lint, types, import contracts, documentation
check: setup lint docs
    mypy
    lint-imports --no-logo
    echo "check: lint, documentation, types and import contracts hold"

# Everything that must hold: check, then all tests with the coverage gates
test: check
    coverage erase
    pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "not unmeasured" --cov --cov-report=
    pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m unmeasured
    coverage report --fail-under=95
    coverage report --include='protocol/*,calc/*' --fail-under=100
    echo "test: all tests passed; coverage is at least 95 %, and 100 % in protocol and calc"

# The property tests with many more examples
prop:
    HYPOTHESIS_PROFILE=deep pytest -m hypothesis
    echo "prop: every law held under the deep profile"

# The tests that kill processes and cut the power
crash:
    pytest -m crash
    echo "crash: nothing that was shown as saved was lost"

# Test the document store on CouchDB, against a stand-in that is started, or the server of TOVAY_COUCHDB_URL
couch *words: setup
    echo "couch: the tests use ${TOVAY_COUCHDB_URL:-a stand-in for CouchDB that they start on loopback}"
    pytest tests/hub/test_couchdb_store.py tests/hub/test_couchdb_faults.py tests/hub/test_couchdb_lists.py \
        tests/hub/test_couchdb_fsck.py tests/hub/test_couchdb_cli.py tests/hub/test_store_faults.py {{ words }}
    echo "couch: the store kept its contract; databases and server are gone"

# Play every story with real programs; the hub's documents are in SQLite, or with `--store couchdb` on a CouchDB
stories *words: setup
    pytest tests/system -m "not seeds" --numprocesses 2 --dist loadfile {{ words }}
    echo "stories: every story ended as it is told"

# Play a whole branch in one process from a seed: `./just simulate 7`, `./just simulate 7 --store couchdb`
simulate seed *words:
    python -m tests.system.simulate {{ seed }} {{ words }}

# Show which lines the last test run left out
cov:
    coverage html --quiet --directory build/coverage
    coverage report
    echo "cov: see build/coverage/index.html"

# Build the documentation, every warning an error
docs:
    sphinx-build --quiet --nitpicky --fail-on-warning --keep-going docs build/docs
    echo "docs: see build/docs/index.html"

# Write the vectors anew, and hold CPython and Pyodide to them
vectors:
    python -m tests.vectors.make
    pytest tests/vectors tests/browser/test_host.py
    echo "vectors: both hosts hold; git diff shows which files are new"

# Measure side by side with peers, in one run: `./just bench kernel`, `./just bench sync --quick`
bench name *words: setup
    uv pip install --quiet --python .venv/bin/python --require-hashes --requirement requirements/bench.txt
    [ "{{ name }}" != sync ] || just peers
    python -m bench.{{ name }} {{ words }}

# Install the peers of `bench sync`, each in an environment of its own
[private]
peers:
    for peer in kinto morango; do \
        uv venv --quiet --allow-existing --python .venv/bin/python .cache/bench/$peer; \
        uv pip install --quiet --python .cache/bench/$peer/bin/python --require-hashes \
            --requirement requirements/bench-$peer.txt; \
    done
    cd bench/sync && npm ci --silent --no-audit --no-fund

# Play the sample story: one collection day, from the members' hands to the settled day
demo *words: setup
    python examples/collection_day.py {{ words }}

# Play the story and leave its hub running, to look around
hub: (demo "--keep")

# Pin the newest allowed versions with their hashes
lock:
    #!/usr/bin/env bash
    set -euo pipefail
    compile() { # name, options
        uv pip compile --quiet --upgrade --generate-hashes --no-annotate --custom-compile-command "./just lock" \
            "${@:2}" --output-file "requirements/$1.txt" "requirements/$1.in"
    }
    compile bootstrap --universal --python-version 3.11
    compile build --universal --python-version 3.11
    compile runtime --universal --python-version 3.11
    compile dev --universal --python-version 3.11
    compile bench --universal --python-version 3.11
    compile bench-kinto --universal --python-version 3.11
    compile bench-morango --universal --python-version 3.11
    compile browser --python-version 3.14 --no-emit-package pip
    npm update --silent --package-lock-only
    (cd bench/sync && npm update --silent --package-lock-only)
    echo "lock: requirements/*.txt and package-lock.json are new; run ./just test"
