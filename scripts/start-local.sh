#!/usr/bin/env bash
# npm start: installs and builds if needed, then runs the service and the dashboard in the foreground.
# PORT, HOST, DATA_DIR and DASHBOARD_PORT are taken from the environment. Ends with the service's exit code.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bash "$root/scripts/setup.sh"

export DATA_DIR=${DATA_DIR:-$root/data}
dashboard_port=${DASHBOARD_PORT:-3000}
# The page, wherever it is, may read and write.
export CORS_ORIGINS=${CORS_ORIGINS:-http://localhost:$dashboard_port,http://127.0.0.1:$dashboard_port}
url="http://${HOST:-127.0.0.1}:${PORT:-9000}"
[ "${PORT:-9000}" != 0 ] || url="http://${HOST:-127.0.0.1}:<port in the line \"listening\">"

cat <<EOF

Session storage service
  URL    $url
  Page   http://127.0.0.1:$dashboard_port
  API    $url/docs
  Data   $DATA_DIR
Stop it with Ctrl-C. Its log follows, one JSON object a line.

EOF
# Signals come to this process: the service is told, and has its time to end.
service="" page=""
trap '[ -z "$service" ] || kill -TERM "$service" 2>/dev/null' INT TERM
trap '[ -z "$page" ] || kill -TERM "$page" 2>/dev/null' EXIT
node "$root/session-storage-service/dist/main.js" &
service=$!
# The page has to know the service's port, which with PORT=0 only the log tells.
if [ "${PORT:-9000}" != 0 ]; then
  SERVICE_URL=${SERVICE_URL:-$url} node "$root/dashboard/dist/server/main.js" &
  page=$!
fi
# `wait` ends at every signal; the service ends when it has finished.
code=0
while wait "$service" && code=0 || code=$?; kill -0 "$service" 2>/dev/null; do :; done
exit "$code"
