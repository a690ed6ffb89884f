#!/bin/sh
# Makes .venv with immunoreset built into it, and installs what that needs and the machine lacks.
#     tools/setup.sh report    what the report needs
#     tools/setup.sh test      and what the tests need
#     tools/setup.sh check     and what the other checks of .ci/run need
# With nothing changed since the last call it ends at once.
set -eu
wanted=${1:?one of report, test, check}
cd -- "$(dirname -- "$0")/.."
root=$(pwd -P)
python=$root/.venv/bin/python
pkg_config=${PKG_CONFIG:-pkg-config}

say() {
    printf 'immunoreset: %s\n' "$*" >&2
}

# quietly COMMAND...: what it prints is shown only when it fails.
quietly() {
    if "$@" >.venv/setup.log 2>&1 </dev/null; then
        return 0
    fi
    cat .venv/setup.log >&2
    return 1
}

# --- what the machine must have -----------------------------------------------------------------

# Puts the name of a usable Python in $base.
find_python() {
    for base in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$base" - 2>/dev/null <<'PY'; then
import ensurepip, os, sys, sysconfig, venv
header = os.path.join(sysconfig.get_path("include"), "Python.h")
sys.exit(not (sys.version_info >= (3, 11) and os.path.exists(header)))
PY
            return 0
        fi
    done
    return 1
}

# compiles FLAG...: the C program on standard input compiles and links.
compiles() {
    ${CC:-cc} -x c - "$@" -o .venv/program 2>/dev/null && rm .venv/program
}

find_compiler() {
    printf '#include <stdio.h>\nint main(void) { return puts(""); }\n' | compiles
}

find_gsl() {
    "$pkg_config" --exists 'gsl >= 2.7' || return 1
    case $missing in *compiler*) return 0 ;; esac
    # shellcheck disable=SC2046  # the flags are words
    printf '#include <gsl/gsl_math.h>\nint main(void) { return (int) gsl_log1p(0); }\n' \
        | compiles $("$pkg_config" --cflags gsl) $("$pkg_config" --libs gsl)
}

find_missing() {
    missing=
    find_python || missing="$missing python"
    find_compiler || missing="$missing compiler"
    command -v "$pkg_config" >/dev/null || missing="$missing pkg-config"
    find_gsl 2>/dev/null || missing="$missing GSL"
}

# names PYTHON COMPILER PKG-CONFIG GSL: what a package manager calls the things that are missing.
names() {
    for thing in $missing; do
        case $thing in
            python) printf ' %s' "$1" ;;
            compiler) printf ' %s' "$2" ;;
            pkg-config) printf ' %s' "$3" ;;
            GSL) printf ' %s' "$4" ;;
        esac
    done
}

provide() {
    find_missing
    [ -n "$missing" ] || return 0
    if command -v apt-get >/dev/null; then
        packages=$(names 'python3 python3-venv python3-dev' 'gcc libc6-dev' pkg-config libgsl-dev)
        remedy="apt-get install$packages, as root"
        if [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; then
            say "installing$packages"
            # shellcheck disable=SC2086  # the names are words
            quietly tools/apt-install.sh $packages || say 'apt-get could not install them'
            find_missing
        fi
    elif [ -n "${CONDA_PREFIX:-}" ]; then
        remedy="conda install -c conda-forge$(names python c-compiler pkg-config gsl)"
    elif command -v dnf >/dev/null; then
        remedy="dnf install$(names 'python3 python3-devel' gcc pkgconf-pkg-config gsl-devel)"
    elif command -v brew >/dev/null; then
        remedy="brew install$(names python '(for the compiler: xcode-select --install)' pkgconf gsl)"
    else
        remedy="the package manager of this system:$(names python3 gcc pkg-config gsl)"
    fi
    [ -n "$missing" ] || return 0
    say "not found:$missing"
    say 'needed: Python 3.11 with venv and headers, a C compiler, pkg-config, GSL 2.7; or newer'
    say "install with: $remedy"
    exit 1
}

# --- what .venv must have -----------------------------------------------------------------------

# The interpreter and the folder that .venv was made for: it works with no other.
identity() {
    "$1" -c 'import sys; print(sys.version, sys.argv[1])' "$root"
}

# is_older STAMP PATH...: something in the paths was changed, added or removed after the stamp.
is_older() {
    stamp=$1
    shift
    [ ! -f "$stamp" ] || [ -n "$(find "$@" -newer "$stamp" | head -n 1)" ]
}

venv_is_stale() {
    [ ! -f .venv/made ] || [ "$(identity "$python" 2>/dev/null)" != "$(cat .venv/made)" ]
}

packages_are_stale() {
    is_older ".venv/fetched-$wanted" pyproject.toml tools/requirements.py tools/requirements-check.txt
}

package_is_stale() {
    is_older .venv/built pyproject.toml meson.build meson.options csrc python
}

# The two stamps below are taken before the work, so that a change during it counts as newer.

install_requirements() {
    touch .venv/stamp
    case $wanted in
        report)
            includes=report
            "$python" tools/requirements.py report
            ;;
        test)
            includes='report test'
            "$python" tools/requirements.py report test
            ;;
        check)
            includes='report test check'
            "$python" tools/requirements.py report test
            cat tools/requirements-check.txt
            ;;
        *)
            say "what is $wanted? report, test and check are known"
            exit 2
            ;;
    esac >.venv/requirements.txt
    say 'fetching Python packages'
    quietly pip_install --requirement .venv/requirements.txt
    for each in $includes; do
        cp -p .venv/stamp ".venv/fetched-$each"
    done
}

# The folder of the build is kept, so that only what changed is compiled again.
install_package() {
    touch .venv/stamp
    say 'building immunoreset'
    quietly pip_install --no-build-isolation --no-deps \
        --config-settings=build-dir=.venv/build/package .
    mv .venv/stamp .venv/built
}

pip_install() {
    "$python" -m pip --disable-pip-version-check --no-input \
        install --progress-bar off --no-compile "$@"
}

unset PYTHONHOME PYTHONPATH
export PYTHONNOUSERSITE=1
if [ -d .venv ] && [ ! -f .venv/setup.log ]; then
    say "$root/.venv is not of this script's making: move it away first"
    exit 1
fi
mkdir -p .venv
touch .venv/setup.log
if venv_is_stale; then
    provide
    say "making .venv with $("$base" --version)"
    rm -rf .venv
    mkdir .venv
    quietly "$base" -m venv .venv
    identity "$python" >.venv/made
fi
PATH=$root/.venv/bin:$PATH
if packages_are_stale; then
    install_requirements
fi
if package_is_stale; then
    provide
    install_package
fi
if [ "$wanted" != report ] && [ ! -f .venv/build/core/build.ninja ]; then
    quietly meson setup -Dcore_only=true .venv/build/core
fi
