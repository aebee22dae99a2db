# SPDX-License-Identifier: MIT
# For the scripts here, which run in the project's folder.

die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# step WORDS LOG COMMAND...: says what is being done and does it; its output goes to build/LOG.log
# and is shown only when it fails.
step() {
  local words=$1 log=build/$2.log
  shift 2
  mkdir -p build
  printf '== %s\n' "$words"
  "$@" >"$log" 2>&1 </dev/null && return
  tail -n 80 "$log" >&2
  die "failed: $words (all of it is in $log)"
}
