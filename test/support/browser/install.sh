#!/usr/bin/env bash
# Installs Chromium for the browser tests, and its headless shell where there is one; needs root on Debian or one of its kin.
set -euo pipefail
if [ -x /usr/bin/chromium ] && [ -x /usr/bin/chromium-headless-shell ]; then exit 0; fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends chromium >/dev/null
apt-get install -qq -y --no-install-recommends chromium-headless-shell >/dev/null || echo "Without Chromium's headless shell the tests take longer."
