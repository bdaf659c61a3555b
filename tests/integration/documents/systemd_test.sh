#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# systemd_test.sh SYSTEMD-ANALYZE: the unit is well formed and well locked in.
set -euo pipefail
analyze=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The program need not be installed where the test runs.
sed 's|^ExecStart=/usr/bin/usher|ExecStart=/bin/true|' \
  "$(dirname "${BASH_SOURCE[0]}")/../../../deploy/systemd/usher.service" >"$folder/usher.service"
said=$("$analyze" verify --man=no "$folder/usher.service" 2>&1) || { echo "$said"; exit 1; }
# Directives that are unknown only earn a warning.
! grep 'usher.service' <<<"$said" || exit 1
"$analyze" security --offline=true --threshold=20 "$folder/usher.service" | tail -n 1
