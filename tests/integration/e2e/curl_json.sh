#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The service as curl sees it: JSON over HTTP, one POST a call. Run by with_server.mjs.
set -euo pipefail
failed=0

token() { "$USHER_BINARY" token --keys "$USHER_KEYS" --role "$1" --subject curl --domain demo; }
adapter=$(token adapter)
agent=$("$USHER_BINARY" token --keys "$USHER_KEYS" --role agent --subject ann --domain demo)

# ask METHOD JSON [TOKEN]: sets status and body.
ask() {
  local auth=()
  [ -z "${3-}" ] || auth=(-H "Authorization: Bearer $3")
  body=$(curl -sS --max-time 30 -w '\n%{http_code}' "${auth[@]}" -H 'Content-Type: application/json' \
    -d "$2" "$USHER_HTTP/usher.$1")
  status=${body##*$'\n'}
  body=${body%$'\n'*}
}

# at PATH: a value of the last body, such as contact.id.
at() {
  node -e 'let v = JSON.parse(process.argv[1]); for (const k of process.argv[2].split(".")) v = v?.[k]; console.log(v ?? "")' \
    "$body" "$1"
}

# equals WHAT WANTED SEEN
equals() {
  if [ "$2" = "$3" ]; then
    echo "ok   $1"
  else
    echo "FAIL $1: wanted '$2', saw '$3'; body: ${body-}"
    failed=1
  fi
}

routing=routing.v1.RoutingService
request='{"requestId":"curl-1","channel":"CHANNEL_EMAIL","queue":"support","subject":"By curl"}'
ask $routing/SubmitContact "$request" "$adapter"
equals "submit is answered" 200 "$status"
equals "the contact waits" STATE_WAITING "$(at contact.state)"
equals "in the first place" 1 "$(at contact.position)"
id=$(at contact.id)

ask $routing/SubmitContact "$request" "$adapter"
equals "the same request id is answered" 200 "$status"
equals "and gives the same contact" "$id" "$(at contact.id)"
equals "and says so" true "$(at repeatedSubmit)"

ask $routing/GetContact "{\"contactId\":\"$id\"}" "$adapter"
equals "the contact can be read" "By curl" "$(at contact.subject)"
equals "its place is known" 1 "$(at contact.position)"

ask $routing/ListQueues '{}' "$adapter"
equals "queues are listed" "support billing" "$(at queues.0.id) $(at queues.1.id)"
equals "with their load" 1 "$(at queues.0.waiting)"

ask $routing/GetContact '{"contactId":"c999999"}' "$adapter"
equals "an unknown contact is not found" 404 "$status"
equals "with the code" not_found "$(at code)"
equals "the reason" UNKNOWN_CONTACT "$(at reason)"
[ -n "$(at next_step)" ] || { echo "FAIL no next_step in $body"; failed=1; }

ask $routing/SubmitContact '{"channel":"CHANNEL_EMAIL","queue":"suport"}' "$adapter"
equals "an unknown queue is not found" UNKNOWN_QUEUE "$(at reason)"
[ -n "$(at next_step)" ] || { echo "FAIL no next_step in $body"; failed=1; }

ask $routing/SubmitContact '{"chanel":"CHANNEL_EMAIL"}' "$adapter"
equals "a misspelt field is refused" 400 "$status"
equals "with a reason" BODY_MALFORMED "$(at reason)"
ask $routing/SubmitContact '{' "$adapter"
equals "half a body is refused" 400 "$status"

ask $routing/SubmitContact "$request"
equals "no token: 401" 401 "$status"
equals "with a reason" TOKEN_MISSING "$(at reason)"
ask $routing/SubmitContact "$request" nonsense
equals "a wrong token: 401" 401 "$status"
ask $routing/SubmitContact "$request" "$agent"
equals "the wrong role: 403" 403 "$status"
equals "with a reason" ROLE_NOT_ALLOWED "$(at reason)"
ask $routing/Nothing '{}' "$adapter"
equals "an unknown method: 404" 404 "$status"

ask $routing/CancelContact "{\"requestId\":\"curl-2\",\"contactId\":\"$id\"}" "$adapter"
equals "it can be taken back" OUTCOME_CANCELLED "$(at contact.outcome)"

# code URL: what a GET answers with.
code() { curl -sS --max-time 30 -o /dev/null -w '%{http_code}' "$1"; }
body=
equals "no metrics on the public port" 404 "$(code "$USHER_HTTP/metrics")"
equals "metrics on their own" 200 "$(code "$USHER_METRICS/metrics")"
equals "alive" 200 "$(code "$USHER_METRICS/healthz")"
equals "ready" 200 "$(code "$USHER_METRICS/readyz")"
metrics=$(curl -sS --max-time 30 "$USHER_METRICS/metrics")
equals "metrics count contacts" yes "$(grep -q '^usher_.*contacts' <<<"$metrics" && echo yes)"
equals "the console is served" 200 "$(code "$USHER_HTTP/console/")"
equals "the demo site is served" 200 "$(code "$USHER_HTTP/demo/")"
equals "nothing beside them" 404 "$(code "$USHER_HTTP/console/../../../../etc/passwd")"
page=$(curl -sS --max-time 30 --path-as-is "$USHER_HTTP/console/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd")
equals "nor behind dots in disguise" no "$(grep -q '^root:' <<<"$page" && echo yes || echo no)"
exit $failed
