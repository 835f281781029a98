#!/usr/bin/env bash
# Install Debian packages that are missing: scripts/system.sh COMMAND=PACKAGE...
# Where that is not allowed, say in one sentence what is lost, and go on.
set -euo pipefail

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root=(sudo -n); else as_root=(false); fi
fi

lost() {
    case $1 in
    bubblewrap) echo "Without bubblewrap submissions are graded without a sandbox: grade only code you trust (install it: apt install bubblewrap)." ;;
    chromium) echo "Without chromium the browser tests are skipped (install it: apt install chromium)." ;;
    nodejs | npm) echo "Without $1 the tests of the hub are skipped (install it: apt install $1)." ;;
    postgresql) echo "Without postgresql the tests of a gradebook on a server are skipped (install it: apt install postgresql)." ;;
    *) echo "$1 is missing and could not be installed (install it: apt install $1)." ;;
    esac
}

updated=
install() {
    [ "${as_root[0]:-}" != false ] && command -v apt-get >/dev/null || return 1
    if [ -z "$updated" ]; then "${as_root[@]}" apt-get update -qq >/dev/null 2>&1 || true; updated=yes; fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$1" >/dev/null 2>&1 </dev/null
}

for wanted in "$@"; do
    command=${wanted%%=*} package=${wanted##*=}
    command -v "$command" >/dev/null && continue
    if install "$package"; then echo "installed $package"; else lost "$package" >&2; fi
done
