// `turns RUNS WORK LIMIT OURS... [-- THEIRS...]...` runs commands as whole processes, in turns, so that the load of the machine
// hits all alike, and prints a row of the tables in docs/speed.md: the median time of OURS, those of all THEIRS together, their
// ratio, and whether LIMIT holds, which is a ratio (`1.1`), a time (`10 ms`) or the peak memory of OURS (`5 MiB`).
// A `%` in a command is the number of the run. Exits with 1 if the limit does not hold, with 2 if a process fails.
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WARM_UP = 10, MOST_COMMANDS = 4, MOST_WORDS = 32 };

struct command {
    char **words;
    double *times; // ms
    long peak;     // KiB
};

static void require(int is_done, const char *what) {
    if (!is_done) {
        perror(what);
        exit(2);
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

// Runs a command with its output in a file that no disk slows down; returns the milliseconds until it has ended.
static double run(struct command *command, int number, int output) {
    char *words[MOST_WORDS] = {0}, *sign;
    for (int i = 0; command->words[i]; i++) {
        require(i + 1 < MOST_WORDS, "too many words");
        words[i] = command->words[i];
        if ((sign = strchr(words[i], '%')))
            require(asprintf(&words[i], "%.*s%d%s", (int)(sign - words[i]), words[i], number, sign + 1) > 0, "name");
    }
    require(!ftruncate(output, 0) && !lseek(output, 0, SEEK_SET), "output");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, 1);
    posix_spawn_file_actions_adddup2(&actions, output, 2);
    pid_t child;
    int status;
    struct rusage usage;
    double started = now();
    require(!posix_spawnp(&child, words[0], &actions, NULL, words, environ), words[0]);
    require(wait4(child, &status, 0, &usage) == child, "wait");
    double time = now() - started;
    if (status) {
        fprintf(stderr, "%s failed with status %#x:", words[0], status);
        for (int i = 1; words[i]; i++) fprintf(stderr, " %s", words[i]);
        fputc('\n', stderr);
        sendfile(2, output, &(off_t){0}, 1 << 12);
        exit(2);
    }
    // The child was a copy of this process for an instant, which counts as well; but this process is smaller.
    if (usage.ru_maxrss > command->peak) command->peak = usage.ru_maxrss;
    posix_spawn_file_actions_destroy(&actions);
    return time;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(struct command *command, int runs) {
    qsort(command->times, runs, sizeof(double), ascending);
    return command->times[runs / 2];
}

// Rounds up, so that nothing looks better than it is.
static double up(double value) { return ceil(value * 100) / 100; }

static const char *text(double value, const char *unit) {
    char *text;
    require(asprintf(&text, "%.2f%s", up(value), unit) > 0, "print");
    return text;
}

int main(int count, char **arguments) {
    struct command commands[MOST_COMMANDS] = {0};
    int runs = count > 4 ? atoi(arguments[1]) : 0, known = 0;
    if (runs < 1) {
        fputs("usage: turns RUNS WORK LIMIT OURS... [-- THEIRS...]...\n", stderr);
        return 2;
    }
    for (char **words = arguments + 4, **end = words; words < arguments + count; words = ++end) {
        while (*end && strcmp(*end, "--")) end++;
        *end = NULL;
        require(known < MOST_COMMANDS, "too many commands");
        commands[known++] = (struct command){.words = words, .times = calloc(runs, sizeof(double))};
    }

    int output = memfd_create("output", MFD_CLOEXEC);
    require(output >= 0, "output");
    for (int i = 0; i < WARM_UP + runs; i++)
        for (int k = 0; k < known; k++) {
            double time = run(&commands[k], i, output);
            if (i >= WARM_UP) commands[k].times[i - WARM_UP] = time;
        }

    char *unit;
    double limit = strtod(arguments[3], &unit), ours = median(&commands[0], runs), theirs = 0;
    for (int k = 1; k < known; k++) theirs += median(&commands[k], runs);
    double memory = commands[0].peak / 1024.0, ratio = ours / theirs;
    int is_memory = !strcmp(unit, " MiB");
    int holds = up(is_memory ? memory : *unit ? ours : ratio) <= limit;
    printf("| %-25s | %9s | %9s | %5s | %6s | %-5s |\n", arguments[2], is_memory ? text(memory, unit) : text(ours, " ms"),
           known > 1 ? text(theirs, " ms") : "", known > 1 ? text(ratio, "") : "", arguments[3], holds ? "yes" : "no");
    return !holds;
}
