# What the scripts in this folder share. They include it when they are in the root of the repository.

# The time of the last commit, for everything that has a time: the same sources give the same bytes. Git would not tell it to
# root in a folder of another user, such as one that is mounted into a container.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -c safe.directory='*' log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")

# What is shipped is optimized as a whole, on one core: with thin LTO instead, 'stun list' takes 10 % more instructions and 20 %
# more page faults.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=3 CARGO_PROFILE_RELEASE_LTO=fat CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1

# The triple of this machine.
triple() { rustc -vV | sed -n 's/^host: //p'; }

# What makes a program static, also the empty one that benches/run.sh compares with; words without spaces.
#
# It is not position-independent: relocations and the pages that they touch would take 0.1 ms of each start, and --version
# 1.2 times as long as an empty program instead of 1.0. The price is that the addresses of its own code and data are fixed;
# those of the heap, the stack and the mappings stay random (ASLR). The dynamic program has all of them random.
static_flags='-Ctarget-feature=+crt-static -Crelocation-model=static'

# Prints the path of the static program: the one that is given, or a new build.
static_program() { # [PROGRAM]
    if [ $# -gt 0 ]; then echo "$1"; else dist/build.sh >&2 && echo "$target/$(triple)/release/cowork-calls"; fi
}

# Writes the manual pages, compressed, to a folder that does not exist yet or may be replaced.
write_manual() { # PROGRAM FOLDER
    rm -rf "$2"
    "$1" --quiet man --dir "$2"
    gzip --best --no-name "$2"/*.1
}

# Packs what is in a folder so that the same files give the same bytes, for root, and readable by all.
pack() ( # FOLDER
    cd "$1"
    tar --create --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
        --format=gnu -- *
)
