/*
 * The calls that Node does not have: loop devices and mounts. Apart from the disk's own program, so that neither can
 * keep the other alive in a wait that does not end.
 *
 *   device drive     obeys the lines on standard input, and answers each with "ok ..." or "error ERRNO"; when the
 *                    input ends, it undoes what it did:
 *                      attach FILE               answers "ok /dev/loopN"
 *                      mount TYPE FOLDER OPTIONS the attached device; "-" for no options
 *                      writable                  what has become read-only is remounted
 *                      fill FILE BLOCKS          the file takes all the room there is but so many blocks
 *                      limit PID BYTES           the largest file that a process may write; "-" for none
 *                      umount
 *                      detach
 *   device commit FOLDER   makes the file system commit its metadata, and no file's data
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

static char device[32], folder[4096];

/* The kernel names a free number; somebody else may take it first. */
static int attach(const char *path) {
  int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), error = EBUSY;
  if (control < 0) return errno;
  for (int attempt = 0; attempt < 50 && error == EBUSY; attempt++) {
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    if (number < 0) { error = errno; break; }
    snprintf(device, sizeof device, "/dev/loop%d", number);
    /* In a container nobody makes the node. */
    if (access(device, F_OK)) mknod(device, S_IFBLK | 0600, makedev(7, number));
    int loop = open(device, O_RDWR | O_CLOEXEC), file = open(path, O_RDWR | O_CLOEXEC);
    struct loop_config config = {.fd = file, .block_size = 512, .info = {.lo_flags = LO_FLAGS_DIRECT_IO}};
    /* Shown by losetup(8). */
    snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%.60s", path);
    error = loop < 0 || file < 0 || ioctl(loop, LOOP_CONFIGURE, &config) ? errno : 0;
    if (file >= 0) close(file);
    if (loop >= 0) close(loop);
  }
  close(control);
  if (error) device[0] = 0;
  return error;
}

static int detach(void) {
  if (!device[0]) return 0;
  int loop = open(device, O_RDWR | O_CLOEXEC);
  int error = loop < 0 || ioctl(loop, LOOP_CLR_FD, 0) ? errno : 0;
  if (loop >= 0) close(loop);
  device[0] = 0;
  return error;
}

/* btrfs remembers devices it has seen; a disk that comes again with older content must be new to it. */
static void forget(void) {
  struct btrfs_ioctl_vol_args which = {0};
  int control = open("/dev/btrfs-control", O_RDWR | O_CLOEXEC);
  if (control < 0) return;
  strncpy(which.name, device, BTRFS_PATH_NAME_MAX);
  ioctl(control, BTRFS_IOC_FORGET_DEV, &which);
  close(control);
}

/*
 * A file system that is mounted no more may live on in a mount namespace that somebody has made meanwhile, and the next mount
 * of the device would be that one, with the content of another state in its caches. Only when nobody has the device can
 * it be opened exclusively.
 */
static int forgotten(void) {
  for (int attempt = 0; attempt < 6000; attempt++) {
    int file = open(device, O_RDONLY | O_EXCL | O_CLOEXEC), error = errno;
    if (file >= 0) {
      /* Whoever looks at all devices keeps the cache of this one while he has it open. */
      error = ioctl(file, BLKFLSBUF, 0) ? errno : 0;
      close(file);
      return error;
    }
    if (error != EBUSY) return error;
    usleep(10000);
  }
  return EBUSY;
}

static int release(void) {
  int error = 0;
  if (!folder[0]) return 0;
  /* Somebody who looks at all mounts may hold this one for a moment. */
  for (int attempt = 0; attempt < 200; attempt++) {
    error = umount2(folder, 0) ? errno : 0;
    if (error != EBUSY) break;
    usleep(10000);
  }
  if (error) umount2(folder, MNT_DETACH);
  folder[0] = 0;
  if (!error) error = forgotten();
  forget();
  return error;
}

static int mountDevice(const char *type, const char *path, const char *options) {
  if (mount(device, path, type, MS_NOATIME, strcmp(options, "-") ? options : NULL)) {
    int error = errno;
    forget();
    return error;
  }
  strncpy(folder, path, sizeof folder - 1);
  return 0;
}

static int makeWritable(void) { return mount(NULL, folder, NULL, MS_REMOUNT | MS_NOATIME, NULL) ? errno : 0; }

/* Adds to a file until nothing is left; returns its new size, or -1. */
static off_t takeAll(int file, off_t size, off_t block) {
  for (off_t chunk = 1 << 28; chunk >= block;) {
    if (!fallocate(file, 0, size, chunk)) size += chunk;
    else if (errno == ENOSPC || errno == EDQUOT) chunk /= 2;
    else if (errno != EINTR) return -1;
  }
  return size;
}

/*
 * The room that is to be left is held by a second file, which is removed in the end: a full btrfs can still do that, and
 * cannot cut a file. Blocks are only free again once the filesystem's metadata is committed: hence the syncs.
 */
static int fill(const char *path, long long blocks) {
  char spare[8192];
  struct statfs found;
  snprintf(spare, sizeof spare, "%s-spare", path);
  unlink(path);
  int held = open(spare, O_RDWR | O_CREAT | O_CLOEXEC, 0600), error = 0;
  if (held < 0 || syncfs(held) || fstatfs(held, &found)) error = errno;
  /* What a commit frees comes back a moment after it. */
  for (int attempt = 0; !error && blocks > 0 && fallocate(held, 0, 0, blocks * found.f_bsize); attempt++)
    if (errno != ENOSPC || attempt == 50 || usleep(10000) || syncfs(held)) error = errno;
  int file = error ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (!error && (file < 0 || takeAll(file, 0, found.f_bsize) < 0)) error = errno;
  if (unlink(spare) && !error) error = errno;
  if (held >= 0) close(held);
  if (!error && syncfs(file)) error = errno;
  if (file >= 0) close(file);
  return error;
}

/* The soft limit alone, so that it can be taken back. */
static int limit(pid_t process, const char *bytes) {
  struct rlimit now;
  if (prlimit(process, RLIMIT_FSIZE, NULL, &now)) return errno;
  now.rlim_cur = strcmp(bytes, "-") ? strtoull(bytes, NULL, 10) : now.rlim_max;
  return prlimit(process, RLIMIT_FSIZE, &now, NULL) ? errno : 0;
}

static void drive(void) {
  char line[8192], word[16], first[4096], second[2048], third[1024];
  while (fgets(line, sizeof line, stdin)) {
    int count = sscanf(line, "%15s %4095s %2047s %1023s", word, first, second, third), error = EINVAL;
    if (count == 2 && !strcmp(word, "attach")) error = attach(first);
    else if (count == 4 && !strcmp(word, "mount")) error = mountDevice(first, second, third);
    else if (count == 1 && !strcmp(word, "writable")) error = makeWritable();
    else if (count == 3 && !strcmp(word, "fill")) error = fill(first, atoll(second));
    else if (count == 3 && !strcmp(word, "limit")) error = limit(atoi(first), second);
    else if (!strcmp(word, "umount")) error = release();
    else if (!strcmp(word, "detach")) error = detach();
    if (error) printf("error %d\n", error);
    else printf("ok %s\n", device);
    fflush(stdout);
  }
  release();
  detach();
}

/*
 * An fsync of an unrelated file commits the journal of ext4 and xfs, with every rename in it; the file needs a real
 * change, or there is nothing to commit. btrfs would log that one file only, and has a call for the whole.
 */
static int commit(const char *path) {
  struct statfs found;
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0 || fstatfs(directory, &found)) return 1;
  if (found.f_type == BTRFS_SUPER_MAGIC) {
    __u64 transaction = 0;
    return ioctl(directory, BTRFS_IOC_START_SYNC, &transaction) || ioctl(directory, BTRFS_IOC_WAIT_SYNC, &transaction);
  }
  struct stat status;
  int file = openat(directory, ".unrelated", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  return file < 0 || fstat(file, &status) || fchmod(file, status.st_mode ^ 0040) || fsync(file);
}

int main(int count, char **arguments) {
  if (count == 3 && !strcmp(arguments[1], "commit")) {
    int failed = commit(arguments[2]);
    if (failed) perror("commit");
    return failed;
  }
  if (count != 2 || strcmp(arguments[1], "drive")) return fprintf(stderr, "usage: device drive | commit FOLDER\n"), 2;
  signal(SIGINT, SIG_IGN);
  signal(SIGTERM, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  /* Whoever reads the answers may be gone; there is still something to be undone. */
  signal(SIGPIPE, SIG_IGN);
  drive();
  return 0;
}
