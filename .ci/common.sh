# Sourced by each check. From here on the folder is the clone's, and .venv has what a check needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$(pwd -P)
unset PYTHONHOME PYTHONPATH
export PYTHONNOUSERSITE=1
tools/setup.sh check
PATH=$root/.venv/bin:$PATH

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

# need COMMAND PACKAGE...: without the command, installs the Debian packages.
need() {
    command -v "$1" >/dev/null || quietly tools/apt-install.sh "${@:2}"
}

need_clang() {
    need clang clang
    # The run-time of the sanitizers is a package of its own, with the version in its name.
    if [ ! -e "$(clang -print-file-name=libclang_rt.asan-x86_64.a)" ] \
        && [ ! -e "$(clang -print-file-name=libclang_rt.asan.a)" ] \
        && command -v apt-get >/dev/null; then
        quietly tools/apt-install.sh "libclang-rt-$(clang -dumpversion | cut -d. -f1)-dev"
    fi
}

# quietly COMMAND...: what it prints is shown only when it fails.
quietly() {
    local said
    said=$("$@" 2>&1 </dev/null) && return 0
    printf '%s\n' "$said" >&2
    return 1
}

# configure NAME [MESON OPTION...]: the tree in build/ci/NAME, warnings being errors.
configure() {
    local folder=build/ci/$1
    [ -f "$folder/build.ninja" ] || quietly meson setup --werror "${@:2}" "$folder"
}

# build NAME [MESON OPTION...]: the same, and all of it is built.
build() {
    configure "$@"
    ninja -C "build/ci/$1" --quiet
}

build_gcc() {
    CC=gcc build gcc -Dcore_tests=true -Ddebug=true
}

# run_core_tests NAME [TEST...]
run_core_tests() {
    meson test -C "build/ci/$1" --no-rebuild --print-errorlogs "${@:2}"
}

# install_package NAME [MESON OPTION...]: the package, so built, in build/ci/NAME-installed, which
# is put before the one in .venv.
install_package() {
    local target=$root/build/ci/$1-installed
    build "$1" "-Dpython.platlibdir=$target" "-Dpython.purelibdir=$target" "${@:2}"
    quietly meson install -C "build/ci/$1" --no-rebuild
    export PYTHONPATH=$target
    [ -f "$target/immunoreset/__init__.py" ] || fail "nothing was installed in $target"
}

# The package and the C tests under the address and undefined behaviour sanitizers, as
# install_package. At -O1 gcc takes half the time that it takes at -O2.
install_sanitized() {
    CC=gcc install_package sanitized -Dcore_tests=true --buildtype=debugoptimized -Doptimization=1 \
        -Db_sanitize=address,undefined -Db_lundef=false
}

asan_options=allocator_may_return_null=1:halt_on_error=1:detect_stack_use_after_return=1:strict_string_checks=1
ubsan_options=halt_on_error=1:print_stacktrace=1
