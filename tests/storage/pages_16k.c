/* Stands before libc: pages of 16 KiB, as on Apple's processors and some of ARM's. Mappings begin with one. */
#define _GNU_SOURCE
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { PAGE = 16384 };

int getpagesize(void) { return PAGE; }

long sysconf(int name) {
    static long (*next)(int);
    extern void *dlsym(void *, const char *);
    if (name == _SC_PAGESIZE) return PAGE;
    if (!next) next = (long (*)(int))dlsym((void *)-1L, "sysconf");
    return next(name);
}

void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
    if (!at && !(flags & MAP_FIXED) && size < (1UL << 45)) {
        char *room = (char *)syscall(SYS_mmap, 0, size + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (room == MAP_FAILED) return MAP_FAILED;
        char *start = (char *)(((unsigned long)room + PAGE - 1) / PAGE * PAGE);
        if (start > room) syscall(SYS_munmap, room, start - room);
        syscall(SYS_munmap, start + size, PAGE - (start - room));
        at = start;
        flags |= MAP_FIXED;
    }
    return (void *)syscall(SYS_mmap, at, size, protection, flags, file, offset);
}
