#!/usr/bin/env bash
# Installs Chromium for the browser tests; needs root on Debian or one of its kin.
set -euo pipefail
if [ -x /usr/bin/chromium ]; then exit 0; fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends chromium >/dev/null
