#!/usr/bin/env bash
# Builds the tests' MongoDB-compatible server into the user's cache: two to four minutes the first time, a second later.
set -euo pipefail
cd "$(dirname "$0")"
target=${XDG_CACHE_HOME:-$HOME/.cache}/afterchat/mongo-server
mkdir -p "$(dirname "$target")"
# Of FerretDB's stores only SQLite is needed; it is pure Go, so no C compiler is.
CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -tags ferretdb_no_postgresql,ferretdb_no_mysql,ferretdb_no_hana -o "$target" .
