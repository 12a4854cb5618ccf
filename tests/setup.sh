#!/bin/sh
# usage: setup.sh LIST: installs the Debian packages of LIST that are missing, or does nothing, in well under a second.
set -eu
wanted=$(sed 's/#.*//' "$1" | tr -s ' \n' '\n' | sed '/^$/d')
have=$(dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' $wanted 2>/dev/null | awk '$2 == "ii" {print $1}')
missing=$(printf '%s\n%s\n' "$wanted" "$have" | sort | uniq -u)
[ -n "$missing" ] || exit 0
echo "installing:" $missing
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
if ! { ${SUDO:-} apt-get update && ${SUDO:-} apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "setup: apt-get could not install: $missing" >&2
  echo "setup: the whole log is in $log; install them by hand, then run make again" >&2
  exit 1
fi
rm -f "$log"
