/*
 * The floor: the system calls that a durable replace of an existing file makes, in C, without a runtime around them.
 * floor DIRECTORY SYNC(0|1) COUNT BYTES: replaces DIRECTORY/floor.json COUNT times and prints the nanoseconds of each.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static void check(int good, const char *what) {
  if (good) return;
  perror(what);
  exit(1);
}

static void replace(const char *directory, const char *target, const char *temp, const char *bytes, size_t size,
                    int sync) {
  struct stat before, after;
  check(lstat(target, &before) == 0, "lstat");
  int file = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  check(file >= 0, "open");
  check(write(file, bytes, size) == (ssize_t)size, "write");
  check(fstat(file, &after) == 0 && after.st_size == (off_t)size, "fstat");
  /* Extended attributes: which ones the old file has, and which ones the new one got from its directory. */
  int old = open(target, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  check(old >= 0, "open the old file");
  check(flistxattr(old, NULL, 0) >= 0 && flistxattr(file, NULL, 0) >= 0, "flistxattr");
  check(close(old) == 0, "close the old file");
  check(fchmod(file, before.st_mode & 07777) == 0, "fchmod");
  if (sync) check(fsync(file) == 0, "fsync");
  check(close(file) == 0, "close");
  check(rename(temp, target) == 0, "rename");
  if (!sync) return;
  int holder = open(directory, O_RDONLY | O_CLOEXEC);
  check(holder >= 0 && fsync(holder) == 0, "fsync the directory");
  check(close(holder) == 0, "close the directory");
}

int main(int count_of_arguments, char **arguments) {
  if (count_of_arguments != 5) {
    fprintf(stderr, "usage: floor DIRECTORY SYNC COUNT BYTES\n");
    return 2;
  }
  const char *directory = arguments[1];
  int sync = atoi(arguments[2]);
  long count = atol(arguments[3]);
  size_t size = (size_t)atol(arguments[4]);
  char target[4096], temp[4096];
  snprintf(target, sizeof target, "%s/floor.json", directory);
  snprintf(temp, sizeof temp, "%s/.floor.json.tmp", directory);
  char *bytes = malloc(size);
  check(bytes != NULL, "malloc");
  memset(bytes, 'x', size);
  int first = open(target, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  check(first >= 0 && close(first) == 0, "create");
  /* The first ones warm the caches up and are not counted. */
  for (long i = -10; i < count; i++) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    replace(directory, target, temp, bytes, size, sync);
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (i >= 0) printf("%ld\n", (end.tv_sec - start.tv_sec) * 1000000000L + (end.tv_nsec - start.tv_nsec));
  }
  return 0;
}
