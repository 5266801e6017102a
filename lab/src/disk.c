/*
 * A disk whose writes are written down: one file, disk.img, in a FUSE file system, for a loop device to stand on.
 *
 *   disk record FOLDER BYTES LOG [IMAGE]   every write, flush and mark that arrives goes to LOG, in one order
 *   disk replay FOLDER BYTES LOG [IMAGE]   the disk is put together from LOG, as the commands on standard input say
 *
 * The content is IMAGE (or zeros), with two layers over it: the base, which only commands change, and the overlay,
 * which holds what was written since. Forgetting the overlay costs microseconds, so thousands of states of a disk can
 * be mounted one after the other. Commands, a line each:
 *
 *   b N          record N goes to the base
 *   o N          record N goes to the overlay
 *   t N FROM TO  of record N only the bytes from FROM to TO go to the overlay: a torn write
 *   r            the overlay is forgotten
 *   f N          the Nth flush from now fails (EIO), once; 0: none does
 *   w N          the Nth write from now fails, once; 0: none does
 *   hits         answers how many have failed since the last "f" or "w"
 *   save PATH    the disk as it is now, as a sparse file; answers "ok"
 *   sync         answers "ok" when all before it is done
 *
 * When standard input ends, the mount is detached, and the program ends when nobody has the disk open any more.
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 32
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096
enum kind { WRITE = 1, ZERO, FLUSH, MARK, DONE };

/* What log.ts reads. `offset` is the number of the record that is done, for DONE. Data follows WRITE and MARK. */
struct record {
  uint32_t kind, length;
  uint64_t offset;
};

static const char zeros[PAGE];
static uint64_t size, pages, dirtyCount, recordCount;
static char *base, *overlay;
static bool *dirty;
static uint64_t *dirtyList;
static int logFile = -1;
static unsigned delay;
static long failingFlush, failingWrite, hits;
static const char **records;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *what) {
  fprintf(stderr, "disk: %s: %s\n", what, strerror(errno));
  _exit(1);
}

static void *memory(uint64_t bytes, int file) {
  int flags = MAP_PRIVATE | MAP_NORESERVE | (file < 0 ? MAP_ANONYMOUS : 0);
  void *found = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, file, 0);
  if (found == MAP_FAILED) fail("memory");
  return found;
}

/* The page as it reads now. */
static char *page(uint64_t index) { return (dirty[index] ? overlay : base) + index * PAGE; }

/* Changes bytes of one layer; without data they become zeros. Zeros over zeros take no memory. */
static void put(bool toBase, uint64_t offset, uint64_t length, const char *data) {
  for (uint64_t done = 0; done < length;) {
    uint64_t at = offset + done, index = at / PAGE, within = at % PAGE;
    uint64_t count = PAGE - within < length - done ? PAGE - within : length - done;
    if (data || memcmp((toBase ? base + index * PAGE : page(index)) + within, zeros, count)) {
      if (!toBase && !dirty[index]) {
        memcpy(overlay + index * PAGE, base + index * PAGE, PAGE);
        dirty[index] = true;
        dirtyList[dirtyCount++] = index;
      }
      char *to = (toBase ? base : overlay) + at;
      if (data) memcpy(to, data + done, count);
      else memset(to, 0, count);
    }
    done += count;
  }
}

/* Appends to the log; returns the number of the record. Called with the mutex held. */
static uint64_t append(uint32_t kind, uint64_t offset, uint32_t length, const char *data) {
  if (logFile < 0) return 0;
  struct record header = {kind, length, offset};
  if (write(logFile, &header, sizeof header) != sizeof header) fail("log");
  for (uint32_t done = 0; data && done < length;) {
    ssize_t count = write(logFile, data + done, length - done);
    if (count <= 0) fail("log");
    done += count;
  }
  return recordCount++;
}

/* Whether this call is the one that fails. */
static bool failsNow(long *left) {
  pthread_mutex_lock(&mutex);
  bool now = *left > 0 && --*left == 0;
  if (now) hits++;
  pthread_mutex_unlock(&mutex);
  return now;
}

/*
 * A write counts as done when the kernel is about to be told so; a flush that arrives earlier does not cover it. The
 * delay, for recordings only, lets more flushes arrive in between.
 */
static int store(uint32_t kind, uint64_t offset, uint64_t length, const char *data) {
  if (offset > size || length > size - offset) return -ENOSPC;
  if (failsNow(&failingWrite)) return -EIO;
  pthread_mutex_lock(&mutex);
  uint64_t number = append(kind, offset, length, data);
  put(false, offset, length, data);
  pthread_mutex_unlock(&mutex);
  if (logFile < 0) return 0;
  if (delay > 0) usleep(delay);
  pthread_mutex_lock(&mutex);
  append(DONE, number, 0, NULL);
  pthread_mutex_unlock(&mutex);
  return 0;
}

static int getAttributes(const char *path, struct stat *to, struct fuse_file_info *file) {
  (void)file;
  memset(to, 0, sizeof *to);
  if (!strcmp(path, "/")) return to->st_mode = S_IFDIR | 0700, to->st_nlink = 2, 0;
  bool disk = !strcmp(path, "/disk.img");
  if (!disk && strcmp(path, "/marks")) return -ENOENT;
  to->st_mode = S_IFREG | 0600;
  to->st_nlink = 1;
  to->st_size = disk ? size : 0;
  return 0;
}

/* Direct, so that no page cache stands between the loop device and the log. */
static int openFile(const char *path, struct fuse_file_info *file) {
  file->direct_io = 1;
  file->fh = !strcmp(path, "/disk.img");
  return 0;
}

static int readFile(const char *path, char *to, size_t length, off_t offset, struct fuse_file_info *file) {
  (void)path;
  if (!file->fh || (uint64_t)offset >= size) return 0;
  if (length > size - offset) length = size - offset;
  pthread_mutex_lock(&mutex);
  for (uint64_t done = 0; done < length;) {
    uint64_t at = offset + done, within = at % PAGE;
    uint64_t count = PAGE - within < length - done ? PAGE - within : length - done;
    memcpy(to + done, page(at / PAGE) + within, count);
    done += count;
  }
  pthread_mutex_unlock(&mutex);
  return length;
}

static int writeFile(const char *path, const char *data, size_t length, off_t offset, struct fuse_file_info *file) {
  (void)path;
  int status = 0;
  if (file->fh) {
    status = store(WRITE, offset, length, data);
  } else {
    pthread_mutex_lock(&mutex);
    append(MARK, 0, length, data);
    pthread_mutex_unlock(&mutex);
  }
  return status ? status : (int)length;
}

/* What fsync(2) on the loop device's file becomes: the block layer's FLUSH. */
static int syncFile(const char *path, int dataOnly, struct fuse_file_info *file) {
  (void)path, (void)dataOnly;
  if (!file->fh) return 0;
  if (failsNow(&failingFlush)) return -EIO;
  pthread_mutex_lock(&mutex);
  append(DONE, append(FLUSH, 0, 0, NULL), 0, NULL);
  pthread_mutex_unlock(&mutex);
  return 0;
}

/* Discards and zeroing arrive here. */
static int zeroFile(const char *path, int mode, off_t offset, off_t length, struct fuse_file_info *file) {
  (void)path, (void)mode;
  return file->fh ? store(ZERO, offset, length, NULL) : -EOPNOTSUPP;
}

static int truncateFile(const char *path, off_t length, struct fuse_file_info *file) {
  (void)path, (void)length, (void)file;
  return 0;
}

static const struct fuse_operations operations = {.getattr = getAttributes, .open = openFile, .read = readFile,
  .write = writeFile, .fsync = syncFile, .fallocate = zeroFile, .truncate = truncateFile};

static void *serve(void *fuse) {
  struct fuse_loop_config config = {.clone_fd = 0, .max_idle_threads = 4};
  fuse_loop_mt(fuse, &config);
  return NULL;
}

/* The log as a table of its records. */
static void loadLog(const char *path) {
  struct stat status;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0 || fstat(file, &status)) fail(path);
  if (status.st_size == 0) return;
  const char *text = memory(status.st_size, file);
  records = calloc(status.st_size / sizeof(struct record) + 1, sizeof *records);
  for (int64_t at = 0; at + (int64_t)sizeof(struct record) <= status.st_size;) {
    /* Records follow texts of any length, so a header is copied out before it is looked at. */
    struct record header;
    memcpy(&header, text + at, sizeof header);
    records[recordCount++] = text + at;
    at += sizeof header + (header.kind == WRITE || header.kind == MARK ? header.length : 0);
  }
}

static void apply(bool toBase, uint64_t number, uint64_t from, uint64_t to) {
  struct record header;
  if (!records || number >= recordCount) errno = EINVAL, fail("no such record");
  memcpy(&header, records[number], sizeof header);
  const char *data = header.kind == WRITE ? records[number] + sizeof header : NULL;
  if (header.kind != WRITE && header.kind != ZERO) errno = EINVAL, fail("record is no write");
  if (to > header.length) to = header.length;
  if (from < to) put(toBase, header.offset + from, to - from, data ? data + from : NULL);
}

static void save(const char *path) {
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0 || ftruncate(file, size)) fail(path);
  for (uint64_t index = 0; index < pages; index++)
    if (memcmp(page(index), zeros, PAGE) && pwrite(file, page(index), PAGE, index * PAGE) != PAGE) fail(path);
  if (close(file)) fail(path);
}

static void obey(char *line) {
  uint64_t number = 0, from = 0, to = UINT32_MAX;
  line[strcspn(line, "\n")] = 0;
  pthread_mutex_lock(&mutex);
  if (!strncmp(line, "save ", 5)) save(line + 5);
  else if (line[0] == 'r') for (; dirtyCount > 0; dirtyCount--) dirty[dirtyList[dirtyCount - 1]] = false;
  else if (line[0] == 'f' || line[0] == 'w') {
    failingFlush = line[0] == 'f' ? atol(line + 1) : 0;
    failingWrite = line[0] == 'w' ? atol(line + 1) : 0;
    hits = 0;
  } else if (!strcmp(line, "hits")) printf("%ld\n", hits), fflush(stdout);
  else if (sscanf(line + 1, "%lu %lu %lu", &number, &from, &to) > 0) apply(line[0] == 'b', number, from, to);
  pthread_mutex_unlock(&mutex);
  if (line[0] == 's') puts("ok"), fflush(stdout);
}

int main(int count, char **arguments) {
  if (count < 5) return fprintf(stderr, "usage: disk record|replay FOLDER BYTES LOG [IMAGE]\n"), 2;
  /* An interrupt from the keyboard is for the one who drives this; a disk that vanished would stop the kernel's writes. */
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  /* Whoever reads the answers may be gone; there is still something to be undone. */
  signal(SIGPIPE, SIG_IGN);
  /* Memory that this process asks for must not be won by writing to its own disk. */
  prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
  size = strtoull(arguments[3], NULL, 10);
  pages = size / PAGE;
  if (getenv("DISK_DELAY_US")) delay = atoi(getenv("DISK_DELAY_US"));
  int image = count > 5 ? open(arguments[5], O_RDONLY | O_CLOEXEC) : -1;
  if (count > 5 && image < 0) fail(arguments[5]);
  base = memory(size, image);
  overlay = memory(size, -1);
  dirty = memory(pages * sizeof *dirty, -1);
  dirtyList = memory(pages * sizeof *dirtyList, -1);
  if (strcmp(arguments[1], "record")) loadLog(arguments[4]);
  else if ((logFile = open(arguments[4], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0) fail(arguments[4]);

  char *options[] = {"disk", "-o", "fsname=untorn-lab", NULL};
  struct fuse_args given = FUSE_ARGS_INIT(3, options);
  struct fuse *fuse = fuse_new(&given, &operations, sizeof operations, NULL);
  if (!fuse || fuse_mount(fuse, arguments[2])) return 1;
  pthread_t server;
  if (pthread_create(&server, NULL, serve, fuse)) fail("thread");
  puts("ready"), fflush(stdout);

  char line[4096];
  while (fgets(line, sizeof line, stdin)) obey(line);
  umount2(arguments[2], MNT_DETACH);
  pthread_join(server, NULL);
  return 0;
}
