# Read by run and test: makes sure of the machine, then of the checkout's own environment in .venv.

# say_supported: nothing when Onward runs on this machine, else one line and the end.
say_supported() {
  case "$(uname -s)/$(uname -m)" in
    Linux/x86_64 | Linux/aarch64 | Linux/arm64)
      getconf GNU_LIBC_VERSION >/dev/null 2>&1 && return ;;
    Darwin/arm64) return ;;
  esac
  echo "Onward does not run here by itself ($(uname -s) $(uname -m)); use docker-compose: docker compose up" >&2
  exit 1
}

# find_python: prints a Python of 3.11 or newer that can make environments.
find_python() {
  for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if command -v "$candidate" >/dev/null 2>&1 &&
      "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "Onward needs Python 3.11 or newer with venv. On Debian and Ubuntu: sudo apt install python3-venv" >&2
  exit 1
}

# make_environment FILE...: installs exactly what the lock files say, and only when they have changed.
make_environment() {
  wanted=$(cat "$@" | cksum)
  mark=.venv/installed-$(echo "$*" | tr -c 'a-z0-9\n' -)
  if [ -x .venv/bin/python ] && [ "$(cat "$mark" 2>/dev/null)" = "$wanted" ]; then return; fi
  echo "Installing into .venv (the first time, or because the lock files changed)" >&2
  rm -f "$mark"
  requirements=""
  for file in "$@"; do requirements="$requirements -r $file"; done
  if command -v uv >/dev/null 2>&1; then
    [ -x .venv/bin/python ] || uv venv --quiet --clear --python '>=3.11' .venv
    # shellcheck disable=SC2086 # the list is meant to be split
    uv pip install --quiet --python .venv/bin/python --require-hashes $requirements
  else
    if [ ! -x .venv/bin/python ]; then
      python=$(find_python)
      "$python" -m venv --clear .venv
    fi
    # shellcheck disable=SC2086
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes $requirements
  fi
  echo "$wanted" >"$mark"
}
