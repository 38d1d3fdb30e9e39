#!/usr/bin/env bash
# The base images that the Dockerfiles name, there under their names: already, pulled, or, where no registry can be
# reached, built here from Debian's packages. A built one stands in for what its name says: the same programs, in the
# versions of Debian, or of this machine's Node.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
say() { echo "base images: $*" >&2; }

image_of() { sed -n "s/^ARG $1=//p" "$root/Dockerfile" "$root"/test-containers/*/Dockerfile | sort -u; }
node_image=$(image_of NODE_IMAGE) nginx_image=$(image_of NGINX_IMAGE) python_image=$(image_of PYTHON_IMAGE)

missing=()
for image in "$node_image" "$nginx_image" "$python_image"; do
  docker image inspect "$image" >/dev/null 2>&1 && continue
  timeout 300 docker pull --quiet "$image" >/dev/null 2>&1 && { say "pulled $image"; continue; }
  missing+=("$image")
done
[ ${#missing[@]} -gt 0 ] || exit 0

say "cannot be pulled, so built here: ${missing[*]}"
[ "$(id -u)" -eq 0 ] || { say "that takes root on Debian"; exit 1; }
command -v debootstrap >/dev/null || {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
}

scratch=$(mktemp -d)
cleanup() {
  ! mountpoint -q "$scratch/tree" || umount -l "$scratch/tree"
  rm -rf "$scratch"
}
trap cleanup EXIT
mkdir "$scratch/tree" "$scratch/context"
# In memory: unpacking packages is mostly syncing.
mount -t tmpfs -o size=2g tmpfs "$scratch/tree"
suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
# As this machine's own sources have it, whichever way they are written.
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/debian* 2>/dev/null |
  sed -nE 's/^(URIs:|deb) +(\[[^]]*\] +)?(https?:[^ ]+).*/\3/p' | sed -n 1p) || true
debootstrap --variant=minbase --include=ca-certificates,nginx-light,python3-venv "$suite" "$scratch/tree" \
  ${mirror:+"$mirror"} >"$scratch/debootstrap.log" 2>&1 || {
  tail -n 20 "$scratch/debootstrap.log" >&2
  exit 1
}
rm -rf "$scratch"/tree/var/cache/apt "$scratch"/tree/var/lib/apt/lists/*
# The certificates that this machine trusts: its way to the registries may have one of its own.
cp /etc/ssl/certs/ca-certificates.crt "$scratch/tree/etc/ssl/certs/ca-certificates.crt"
chroot "$scratch/tree" sh -c 'groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node'

node=$(readlink -f "$(command -v node)")
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
install -D "$node" "$scratch/tree/usr/local/bin/node"
mkdir -p "$scratch/tree/usr/local/lib/node_modules"
cp -R "$npm" "$scratch/tree/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$scratch/tree/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$scratch/tree/usr/local/bin/npx"
trust=/etc/ssl/certs/ca-certificates.crt
tar -C "$scratch/tree" -c . | docker import \
  --change "ENV NODE_EXTRA_CA_CERTS=$trust PIP_CERT=$trust SSL_CERT_FILE=$trust" - stand-in >/dev/null
for image in "${missing[@]}"; do docker tag stand-in "$image"; done
docker rmi stand-in >/dev/null
say "they hold Debian $suite with Node $(node --version), $(chroot "$scratch/tree" python3 --version) and $(chroot "$scratch/tree" nginx -v 2>&1 | sed 's/.*: //')"
