#!/bin/sh
# Builds the wheel of a release into FOLDER (dist): one for CPython 3.11 and newer, GSL inside,
# for any Linux with glibc 2.17. The compiler is Zig's, which can link against an old glibc.
#     tools/wheel.sh [FOLDER]
set -eu
out=${1:-dist}
mkdir -p "$out"
out=$(CDPATH='' cd -- "$out" && pwd -P)
cd -- "$(dirname -- "$0")/.."
tools/setup.sh check
root=$(pwd -P)
bin=$root/.venv/bin
work=$root/build/wheel
machine=$(uname -m)

rm -rf "$work"
mkdir -p "$work/bin" "$work/include" "$work/lib/pkgconfig"
"$bin/python" -m pip install --quiet --disable-pip-version-check --no-compile \
    --requirement tools/requirements-wheel.txt

# With a target named, Zig looks in no folder of the system: GSL gets a prefix of its own, and so
# does the part of Python's headers that Debian keeps apart.
from_pkg_config() {
    pkg-config --variable="$1" gsl
}
cp -R "$(from_pkg_config includedir)/gsl" "$work/include/"
cp "$(from_pkg_config libdir)/libgsl.a" "$(from_pkg_config libdir)/libgslcblas.a" "$work/lib/"
if [ -d "/usr/include/$machine-linux-gnu" ]; then
    mkdir "$work/include/$machine-linux-gnu"
    cp -R "/usr/include/$machine-linux-gnu"/python3* "$work/include/$machine-linux-gnu/" || true
fi
cat >"$work/lib/pkgconfig/gsl.pc" <<PC
prefix=\${pcfiledir}/../..
includedir=\${prefix}/include
libdir=\${prefix}/lib
Name: GSL
Description: GNU Scientific Library
Version: $(pkg-config --modversion gsl)
Cflags: -I\${includedir}
Libs: -L\${libdir} -lgsl -lgslcblas -lm
PC
cat >"$work/bin/cc" <<CC
#!/bin/sh
export ZIG_GLOBAL_CACHE_DIR="$root/build/zig" ZIG_LOCAL_CACHE_DIR="$root/build/zig"
exec "$bin/python" -m ziglang cc -target $machine-linux-gnu.2.17 "\$@"
CC
chmod +x "$work/bin/cc"

export CC="$work/bin/cc" LDFLAGS=-s PATH="$bin:$PATH" PKG_CONFIG_LIBDIR="$work/lib/pkgconfig"
# The same commit gives the same bytes.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
"$bin/python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
    --config-settings=setup-args=-Dgsl_link=static --config-settings=build-dir=build/wheel/meson \
    --wheel-dir "$work" .
"$bin/auditwheel" repair --plat "manylinux_2_17_$machine" --only-plat --wheel-dir "$out" "$work"/*.whl
