/*
 * Stops or fails a process at a chosen system call: preloaded into it (ld.so(8), LD_PRELOAD). Counts the calls on files
 * below $UNTORN_SHIM_FOLDER, and at the AT-th does what was asked for. The process asks by mkdir("/untorn-shim/WHAT/AT"),
 * which fails with errno = 1 + how many calls were counted since it was asked the last time:
 *   off     count only             kill    SIGKILL instead of the call
 *   short   half of a read or write is done, other calls are as usual
 *   N       the call fails with errno N (a close closes all the same, as close(2) says)
 * A process that cannot ask is told by UNTORN_SHIM_DO=WHAT/AT, and writes how many calls it made to $UNTORN_SHIM_COUNT;
 * the programs that it starts are not.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define FDS 4096
#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static atomic_int counted;
static int at;
static int failure; /* errno; -1: kill, -2: short, 0: nothing */
static const char *count_file;
static _Atomic char ours[FDS];

static int below(const char *path) {
  const char *folder = getenv("UNTORN_SHIM_FOLDER");
  return folder != NULL && path != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static int known(int fd) { return fd >= 0 && fd < FDS && ours[fd]; }

/* Whether this call is the one; never returns if it is the one to be killed at. */
static int hit(int counts) {
  if (!counts || atomic_fetch_add(&counted, 1) + 1 != at || failure == 0) return 0;
  if (failure == -1) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  if (failure > 0) errno = failure;
  return 1;
}

static int fails(int counts) { return hit(counts) && failure > 0; }

static void order(const char *what) {
  const char *slash = strchr(what, '/');
  at = slash == NULL ? 0 : atoi(slash + 1);
  failure = strncmp(what, "kill", 4) == 0 ? -1 : strncmp(what, "short", 5) == 0 ? -2 : atoi(what);
}

__attribute__((constructor)) static void begin(void) {
  /* A shell that starts a runtime with another command line leaves the orders to it. */
  if (strcmp(program_invocation_short_name, "sh") == 0) return;
  const char *what = getenv("UNTORN_SHIM_DO"), *path = getenv("UNTORN_SHIM_COUNT");
  if (what != NULL) order(what);
  if (path != NULL) count_file = strdup(path);
  unsetenv("UNTORN_SHIM_DO");
  unsetenv("UNTORN_SHIM_COUNT");
}

__attribute__((destructor)) static void end(void) {
  FILE *file = count_file == NULL ? NULL : fopen(count_file, "w");
  if (file == NULL) return;
  fprintf(file, "%d", counted);
  fclose(file);
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  const char *control = "/untorn-shim/";
  if (strncmp(path, control, strlen(control)) != 0) return fails(below(path)) ? -1 : real(path, mode);
  order(path + strlen(control));
  errno = atomic_exchange(&counted, 0) + 1;
  return -1;
}

static int opened(const char *path, int fd) {
  if (fd >= 0 && fd < FDS) ours[fd] = below(path) != 0;
  return fd;
}

#define OPEN(name)                                             \
  int name(const char *path, int flags, ...) {                 \
    REAL(name);                                                \
    va_list list;                                              \
    va_start(list, flags);                                     \
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;  \
    va_end(list);                                              \
    if (fails(below(path))) return -1;                         \
    return opened(path, real(path, flags, mode));              \
  }
OPEN(open)
OPEN(open64)

static int closed(int fd, int result) {
  int mine = known(fd);
  if (mine) ours[fd] = 0;
  return fails(mine) ? -1 : result;
}

int close(int fd) {
  REAL(close);
  if (known(fd) && failure == -1) hit(1);
  else if (known(fd)) return closed(fd, real(fd));
  if (fd >= 0 && fd < FDS) ours[fd] = 0;
  return real(fd);
}

/* libuv makes some calls by number: close and statx. */
long syscall(long number, ...) {
  REAL(syscall);
  va_list list;
  va_start(list, number);
  long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
  long d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
  va_end(list);
  if (number == SYS_close) return close((int)a);
  if (number == SYS_statx) {
    const char *path = (const char *)b;
    int mine = path != NULL && path[0] != 0 ? below(path) : known((int)a);
    if (fails(mine)) return -1;
  }
  return real(number, a, b, c, d, e, f);
}

/* One buffer that is cut in half, or all of them. */
#define TRANSFER(name, type, pointer, offset, ...)                         \
  ssize_t name(int fd, type data, __typeof__((size_t)0) count __VA_ARGS__) { \
    REAL(name);                                                            \
    if (hit(known(fd))) {                                                  \
      if (failure > 0) return -1;                                          \
      count = (count + 1) / 2;                                             \
    }                                                                      \
    return real(fd, data, count offset);                                   \
  }
#define COMMA ,
TRANSFER(read, void *, , )
TRANSFER(write, const void *, , )
TRANSFER(pread, void *, , COMMA where, COMMA off_t where)
TRANSFER(pwrite, const void *, , COMMA where, COMMA off_t where)
TRANSFER(pread64, void *, , COMMA where, COMMA off64_t where)
TRANSFER(pwrite64, const void *, , COMMA where, COMMA off64_t where)

#define VECTOR(name, offset, ...)                                          \
  ssize_t name(int fd, const struct iovec *vectors, int count __VA_ARGS__) { \
    REAL(name);                                                            \
    struct iovec first = vectors[0];                                       \
    if (hit(known(fd))) {                                                  \
      if (failure > 0) return -1;                                          \
      first.iov_len = (first.iov_len + 1) / 2;                             \
      return real(fd, &first, 1 offset);                                   \
    }                                                                      \
    return real(fd, vectors, count offset);                                \
  }
VECTOR(readv, )
VECTOR(writev, )
VECTOR(preadv64, COMMA where, COMMA off64_t where)
VECTOR(pwritev64, COMMA where, COMMA off64_t where)

#define ON_HANDLE(name, args, pass)                     \
  int name args {                                       \
    REAL(name);                                         \
    return fails(known(fd)) ? -1 : real pass;           \
  }
ON_HANDLE(fsync, (int fd), (fd))
ON_HANDLE(fdatasync, (int fd), (fd))
ON_HANDLE(ftruncate, (int fd, off_t size), (fd, size))
ON_HANDLE(ftruncate64, (int fd, off64_t size), (fd, size))
ON_HANDLE(fchmod, (int fd, mode_t mode), (fd, mode))
ON_HANDLE(fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid))

#define ON_PATH(name, args, pass)                       \
  int name args {                                       \
    REAL(name);                                         \
    return fails(below(path)) ? -1 : real pass;         \
  }
ON_PATH(unlink, (const char *path), (path))
ON_PATH(rmdir, (const char *path), (path))
ON_PATH(rename, (const char *path, const char *target), (path, target))
ON_PATH(link, (const char *path, const char *target), (path, target))
