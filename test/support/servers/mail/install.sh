#!/usr/bin/env bash
# Installs the mail servers and mail programs of the tests in this folder; needs root on Debian or one of its kin.
set -euo pipefail
packages=(postfix dovecot-imapd dovecot-lmtpd dovecot-sieve s-nail mutt curl)
if dpkg -s "${packages[@]}" >/dev/null 2>&1; then exit 0; fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null
