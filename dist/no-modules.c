/*
 * The linker puts this in place of glibc's own function into a static program (build.rs), which then loads no library.
 *
 * A static glibc loads the modules that nsswitch.conf names, and with them the C library of the machine. If that is another
 * version, the program crashes at the first name that it looks up. Without them, it reads /etc/hosts and queries DNS.
 */
void *__wrap___libc_dlopen_mode(const char *name, int mode);

void *__wrap___libc_dlopen_mode(const char *name, int mode)
{
    (void)name;
    (void)mode;
    return 0;
}
