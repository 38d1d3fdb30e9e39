#!/bin/sh
# Starts Claude Code on record, in this folder. What is in .claude/ only counts in a workspace that somebody trusts.
set -eu
export CLAUDE_CONFIG_DIR="${CLAUDE_CONFIG_DIR:-$HOME/.claude}"
mkdir -p "$CLAUDE_CONFIG_DIR"
[ -e "$CLAUDE_CONFIG_DIR/.claude.json" ] ||
  printf '{"projects":{"%s":{"hasTrustDialogAccepted":true}}}\n' "$(pwd -P)" >"$CLAUDE_CONFIG_DIR/.claude.json"
exec hook-agent run -- claude "$@"
