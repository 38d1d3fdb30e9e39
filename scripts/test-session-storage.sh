#!/usr/bin/env bash
# Twelve checks against a running service: test-session-storage.sh [URL]
# Stops at the first that fails, with the request, the answer and what was expected of it.
set -euo pipefail
url=${1:-http://127.0.0.1:9000}
url=${url%/}
session="check-$(date +%s)-$$"
number=0 request="" status="" answer=""

for tool in curl jq; do
  command -v "$tool" >/dev/null || { echo "test-session-storage: $tool is needed" >&2; exit 2; }
done

fail() {
  printf 'FAILED\n  request   %s\n  expected  %s\n  answered  %s\n  body      %s\n' "$request" "$1" "$status" "$answer" >&2
  exit 1
}

check() {
  number=$((number + 1))
  printf '%2d/12  %-40s' "$number" "$1"
}

# call METHOD PATH [JSON]: sets $status and $answer.
call() {
  local method=$1 path=$2 body=${3-} options=()
  [ -z "$body" ] || options=(-H 'Content-Type: application/json' --data-binary "$body")
  request="$method $url$path${body:+ $body}"
  if ! answer=$(curl -sS --max-time 10 -w '\n%{http_code}' -X "$method" "${options[@]}" "$url$path" 2>&1); then
    status="no HTTP status"
    fail "an answer"
  fi
  status=${answer##*$'\n'}
  answer=${answer%$'\n'*}
}

# expect STATUS JQ-FILTER: the filter sees the body, and the session's id as $id.
expect() {
  [ "$status" = "$1" ] || fail "status $1"
  jq -e --arg id "$session" "$2" >/dev/null 2>&1 <<<"$answer" || fail "$2"
}

pass() { echo ok; }

echo "Checking $url with session $session"

check "health"
call GET /health
expect 200 '.status == "ok" and .journal.healthy and (.version | type == "string")'
pass

check "create a session"
call POST /api/sessions "{\"sessionId\":\"$session\",\"userId\":\"check\",\"initial\":{\"prompt\":\"hello\",\"config\":{\"model\":\"test-model\"}}}"
expect 201 '.success and .created and .sessionId == $id and .seq == 1'
pass

check "get the session"
call GET "/api/sessions/$session"
expect 200 '.metadata.sessionId == $id and .metadata.userId == "check" and .metadata.status == "active"
  and .metadata.model == "test-model" and .initial.prompt == "hello" and .actions == [] and .final == null'
pass

check "add a goal"
call POST "/api/state/$session/goals" '{"id":"g1","description":"answer the question","priority":"high"}'
expect 200 '.success and .seq == 2 and .goal.id == "g1" and .goal.status == "pending"'
pass

check "spawn an agent"
call POST "/api/state/$session/agents" '{"agentId":"a1","type":"researcher","task":"look it up"}'
expect 200 '.agentId == "a1" and .type == "researcher" and .status == "spawned" and .seq == 3'
pass

check "record an action"
call POST "/api/actions/$session" '{"type":"tool_call","tool":"Read","agentId":"a1","input":{"path":"notes.txt"}}'
expect 200 '.success and .seq == 4'
pass

check "record a response"
call POST "/api/actions/$session/responses" '{"content":"done","usage":{"inputTokens":10,"outputTokens":5}}'
expect 200 '.success and .seq == 5'
pass

check "patch the state"
call PATCH "/api/state/$session" '{"phase":"execution","currentStep":"reading"}'
expect 200 '.success and .seq == 6 and .version == 4'
pass

check "read the actions"
call GET "/api/actions/$session"
expect 200 'length == 1 and .[0].seq == 4 and .[0].tool == "Read" and .[0].input.path == "notes.txt"'
pass

check "read the state"
call GET "/api/state/$session"
expect 200 '.phase == "execution" and .currentStep == "reading" and .seq == 6 and .version == 4
  and (.goals | map(.id)) == ["g1"] and (.agents.active | map(.agentId)) == ["a1"] and .agents.completed == []'
pass

check "find it among the recent sessions"
call GET /api/query/recent
expect 200 'length <= 10 and any(.[]; .sessionId == $id and .metrics.toolCalls == 1 and .tokenUsage.total == 15)'
pass

check "find it in the statistics"
call GET /api/query/stats
expect 200 '.total >= 1 and .active >= 1 and .events >= 6 and .tokenUsage.total >= 15 and (.activeSessions | length >= 1)'
pass

echo "12 checks passed. The session stays; remove it with: curl -X DELETE $url/api/sessions/$session"
