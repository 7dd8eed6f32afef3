#!/usr/bin/env bash
# Puts the tests' S3-compatible server (moto, from PyPI) into the user's cache: a minute the first time, at once later.
set -euo pipefail
target=${XDG_CACHE_HOME:-$HOME/.cache}/afterchat/moto
if [ -x "$target/bin/moto_server" ]; then exit 0; fi
trap 'rm -rf "$target"' ERR
mkdir -p "$(dirname "$target")"
python3 -m venv "$target"
"$target/bin/pip" install -q moto==5.2.1 flask flask-cors py-partiql-parser pyyaml
