#!/usr/bin/env bash
# npm start: installs and builds if needed, then runs the service in the foreground.
# PORT, HOST and DATA_DIR are taken from the environment.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bash "$root/scripts/setup.sh"

export DATA_DIR=${DATA_DIR:-$root/data}
url="http://${HOST:-127.0.0.1}:${PORT:-9000}"
[ "${PORT:-9000}" != 0 ] || url="http://${HOST:-127.0.0.1}:<port in the line \"listening\">"

cat <<EOF

Session storage service
  URL    $url
  API    $url/docs
  Data   $DATA_DIR
Stop it with Ctrl-C. Its log follows, one JSON object a line.

EOF
# exec: the service takes this process's place, so SIGINT and SIGTERM reach it directly.
exec node "$root/session-storage-service/dist/main.js"
