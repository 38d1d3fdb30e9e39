#!/usr/bin/env bash
# from-trixie.sh FOLDER PACKAGE...: unpacks Debian packages of the release after bookworm into a folder; installs nothing.
# The machine's own package sources are used, with the suite's name swapped, in folders that go again.
set -euo pipefail
folder=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/{sources,lists,cache/archives/partial,empty} "$folder"
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
for list in /etc/apt/sources.list /etc/apt/sources.list.d/debian*.{list,sources}; do
  if [ -f "$list" ]; then sed "s/\b$codename/trixie/g" "$list" >"$scratch/sources/$(basename "$list")"; fi
done
options=(-o APT::Sandbox::User=root -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$scratch/sources"
  -o "Dir::State::lists=$scratch/lists" -o "Dir::Cache=$scratch/cache" -o "Dir::Etc::preferencesparts=$scratch/empty")
apt-get "${options[@]}" update -qq >&2
(cd "$scratch" && apt-get "${options[@]}" download -qq "$@" >&2)
for package in "$scratch"/*.deb; do dpkg -x "$package" "$folder"; done
