#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What ./dev and deploy/install-packages say when something is wrong, and what they leave alone.
# Nothing is installed or built: apt, dpkg and sudo are stand-ins.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
listener=
trap '[ -z "$listener" ] || kill "$listener"; rm -rf "$work"' EXIT
failures=0

# expect NAME STATUS PATTERN COMMAND...: the exit status, and one line of output matches, if PATTERN.
expect() {
  local name=$1 status=$2 pattern=$3 output got
  shift 3
  output=$("$@" 2>&1 </dev/null)
  got=$?
  if [ $got -ne "$status" ]; then
    echo "FAILED $name: exit $got, not $status: $output"
  elif ! grep -qE "$pattern" <<<"$output"; then
    echo "FAILED $name: no line matches '$pattern': $output"
  elif [ "$status" -eq 2 ] && [ "$(wc -l <<<"$output")" -ne 1 ]; then
    echo "FAILED $name: an error is one line: $output"
  else
    echo "ok $name"
    return
  fi
  failures=$((failures + 1))
}

for verb in run stop test build bench chaos fmt lint proto console clean; do
  expect "the list names $verb" 0 "^$verb " "$root/dev"
done
expect "an unknown verb" 2 "no verb 'launch'" "$root/dev" launch
expect "a function is no verb" 2 "no verb 'build_web'" "$root/dev" build_web

expect "an unknown option" 2 "what is '--fast'" "$root/dev" run --fast
expect "an option without its value" 2 "lacks its value|1 to 65535" "$root/dev" run --port
expect "a port that is none" 2 "1 to 65535, not '70000'" "$root/dev" run --port 70000
expect "a port that is a word" 2 "1 to 65535, not 'http'" "$root/dev" run --port http

touch "$work/file"
expect "a data folder that is a file" 2 "$work/file cannot be read" "$root/dev" run --data "$work/file"
expect "a data folder below a file" 2 "$work/file/x cannot be" "$root/dev" run --data "$work/file/x"

listen='require("net").createServer().listen(0, "127.0.0.1", function () { console.log(this.address().port) })'
exec {says}< <(exec node -e "$listen")
listener=$!
read -r port <&"$says"
expect "a busy port" 2 "port $port is busy" "$root/dev" run --port "$port" --data "$work/data"

expect "stop with nothing running" 0 "Nothing runs on $work/data" "$root/dev" stop --data "$work/data"
echo $listener >"$work/data/dev.pid"
expect "stop spares a process that is not ours" 0 "Nothing runs" "$root/dev" stop --data "$work/data"
expect "the spared process lives" 0 "" kill -0 $listener

# A machine with the tools that the installer needs, and stand-ins for those that change things.
mkdir "$work/bin" "$work/deploy"
cp "$root/deploy/install-packages" "$work/deploy/"
printf '[build]\nhere\ngone\nnodejs bash\nother absent-command\n[run]\nserver\n' >"$work/deploy/packages.txt"
for tool in bash sh awk dirname env tee cat; do ln -s "$(command -v $tool)" "$work/bin/"; done
script() { printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"; chmod +x "$work/bin/$1"; }
script id 'echo 1000'
script dpkg-query 'printf "here installed\ngone config-files\nserver installed\n"'
script apt-get 'exit 0'
install_packages() { PATH=$work/bin "$work/deploy/install-packages" "$@"; }
expect "no root and no sudo" 2 "neither root nor sudo: gone other$" install_packages build
expect "an unknown section" 2 "no such section" install_packages run lunch
script sudo "cat >/dev/null; echo \"sudo \$*\" >>'$work/calls'"
expect "what is missing is named" 0 "Installing 2 Debian packages: gone other" install_packages build run
expect "only what is missing is installed" 0 "^sudo .*apt-get .*install -y .* gone other$" cat "$work/calls"
rm -f "$work/calls"
expect "nothing missing" 0 "^$" install_packages run
expect "nothing is called then" 1 "" test -e "$work/calls"

expect "the package list names nothing twice" 0 "^$" \
  sh -c "grep -v '^#' '$root/deploy/packages.txt' | grep . | sort | uniq -d"
expect "no lock file names a registry" 1 "" \
  grep -rlE --include=package-lock.json --exclude-dir={node_modules,build} '"resolved"|_resolved' "$root"

[ $failures -eq 0 ] || { echo "$failures failed"; exit 1; }
