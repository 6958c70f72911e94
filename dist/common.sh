# What the scripts in this folder share. They include it when they are in the root of the repository.

# The time of the last commit, for everything that has a time: the same sources give the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC

target=${CARGO_TARGET_DIR:-$PWD/target}

# The triple of this machine.
triple() { rustc -vV | sed -n 's/^host: //p'; }

# What makes a program static, also the empty one that benches/run.sh compares with; words without spaces.
#
# It stays position-independent, so that addresses are random (ASLR). -Crelocation-model=static would save each start the
# relocations: 92,000 of 671,000 instructions of --version and of 1,433,000 of stun list, and 14 to 18 page faults.
# Packed relocations (-z pack-relative-relocs) save 10,000 instructions and 160 KB, but cost 10 to 16 page faults.
static_flags='-Ctarget-feature=+crt-static'

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
