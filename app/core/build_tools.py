"""Programs that building a package from source starts, by name: compilers, build tools, questions to the system.

That an install step starts one of them says nothing; what some of them run in turn is another question.
"""

from __future__ import annotations

_BUILDS = """
    cc c++ gcc g++ clang clang++ clang-cl cl cl.exe icc icpc nvcc hipcc gfortran ifort f2py ld lld ar nm objcopy
    objdump readelf ranlib strip as nasm yasm make gmake nmake mingw32-make cmake ctest ninja meson scons bazel
    bazelisk autoconf automake autoreconf autogen.sh configure libtool libtoolize aclocal m4 bison flex swig cython
    cythonize protoc msbuild devenv vcvarsall.bat rustc cargo rustup go javac jar tsc install_name_tool otool lipo
    codesign dsymutil patchelf node-gyp node-gyp-build node-pre-gyp prebuild-install prebuildify cmake-js msgfmt
    msginit xgettext lrelease pyuic5 pyrcc5 sphinx-build patch
"""
_ASKS = """
    pkg-config pkgconf uname arch getconf sysctl sw_vers xcrun xcode-select xcodebuild lsb_release ldconfig ldd locate
    which where whereis vswhere dpkg dpkg-architecture rpm nproc ls cat head tail grep sed awk sort uniq wc tr cut
    find test file stat date pwd dirname basename readlink realpath git hg svn svnversion bzr nvidia-smi rocminfo
    lscpu
"""
_MOVES = (
    "cp mv mkdir rm rmdir ln touch chmod tar unzip gzip gunzip zip xz bzip2 zstd 7z ditto install xcopy copy robocopy"
)
_TOOLS = frozenset(f"{_BUILDS} {_ASKS} {_MOVES}".split())


def is_build_tool(program: str) -> bool:
    """Whether a program, by its name in `Fact.programs`, is one that builds start (`pg_config`, `x86_64-linux-gcc`)."""
    return program in _TOOLS or program.endswith(("-config", "_config", "-gcc", "-g++", "-clang"))
