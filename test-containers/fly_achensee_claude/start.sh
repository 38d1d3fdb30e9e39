#!/bin/sh
# Starts Claude Code on record, in this folder. What is in .claude/ only counts in a workspace that somebody trusts.
set -eu
config=${CLAUDE_CONFIG_DIR:-$HOME/.claude}
mkdir -p "$config"
[ -e "$config/.claude.json" ] ||
  printf '{"projects":{"%s":{"hasTrustDialogAccepted":true}}}\n' "$(pwd -P)" >"$config/.claude.json"
exec hook-agent run -- claude "$@"
