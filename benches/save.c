// `save FILE` replaces FILE by a copy of itself that survives a power failure, as an edit of the settings does: the least
// that such a save costs. It writes a temporary file, syncs it, exchanges the two, removes the former one and syncs the folder.
#define _GNU_SOURCE
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int check(int result, const char *what) {
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

int main(int count, char **arguments) {
    if (count != 2) {
        fputs("usage: save FILE\n", stderr);
        return 2;
    }
    char *copy = strdup(arguments[1]), *name = basename(arguments[1]), new[256];
    int folder = check(open(dirname(copy), O_RDONLY | O_DIRECTORY), "open the folder");
    int old = check(openat(folder, name, O_RDONLY), "open the file");
    struct stat about;
    check(fstat(old, &about), "stat");
    char *bytes = malloc(about.st_size + 1);
    ssize_t length = check(read(old, bytes, about.st_size), "read");
    snprintf(new, sizeof new, ".%s.new", name);
    int file = check(openat(folder, new, O_WRONLY | O_CREAT | O_EXCL, 0600), "create");
    check(write(file, bytes, length) == length ? 0 : -1, "write");
    check(fsync(file), "sync the file");
    check(renameat2(folder, new, folder, name, RENAME_EXCHANGE), "exchange");
    check(unlinkat(folder, new, 0), "remove the former file");
    check(fsync(folder), "sync the folder");
    return 0;
}
