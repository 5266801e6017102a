/** The name of the module that `untorn fix` adds to a Python project. */
export const helperModule = "untorn_files";

/** Tells the helper from a module of the project's own by the same name, which is never replaced. */
export const helperMark = "Written by `untorn fix`";

/** The module: plain Python 3.8, nothing but the standard library. */
export const helperText = `"""Replace files whole: a reader, or a crash, finds the old content or the new, never a part.

${helperMark}. Each function does what the one of the standard library does, by way of a temporary file in
the same folder that is synced and then renamed over the target.
"""

import contextlib
import errno
import os
import re
import shutil
import stat
import uuid


def _target(path):
    """The file behind a path, links followed as open() does; None where no new file can stand for it: a descriptor, what
    is a device or open already (/dev/stdout, >(command)), a file in a folder that cannot be written to."""
    if isinstance(path, int):
        return None
    path = os.fsdecode(path)
    for _ in range(40):
        folder, name = os.path.split(path)
        folder = os.path.realpath(folder)
        if name == "" or re.match("/(dev|proc)(/(?!shm(/|$))|$)", folder):
            return None
        path = os.path.join(folder, name)
        if not os.path.islink(path):
            return path if os.access(folder, os.W_OK) else None
        path = os.path.join(folder, os.readlink(path))
    return None


def _status(path):
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _sync_folder(folder):
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows opens no folders.
    try:
        os.fsync(handle)
    except OSError:
        pass  # Some file systems sync no folders.
    finally:
        os.close(handle)


@contextlib.contextmanager
def atomic_open(path, mode="w", *args, **kwargs):
    """As open(path, "w"), but the file is replaced when the block ends, and left as it was when it raises."""
    if mode.replace("b", "").replace("t", "") != "w":
        raise ValueError("atomic_open replaces a file: its mode is 'w', 'wt' or 'wb', not %r" % mode)
    target = _target(path)
    status = _status(path)
    if target is None or (status is not None and (not stat.S_ISREG(status.st_mode) or not os.access(target, os.W_OK))):
        with _in_place(path, mode, *args, **kwargs) as handle:
            yield handle
        return
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, ".%s.%s.tmp" % (name[:40], uuid.uuid4().hex))
    try:
        # "x" creates with 0666 less the umask, which is what a new file gets.
        with open(temporary, mode.replace("w", "x"), *args, **kwargs) as handle:
            whole = status is None or _is_like(temporary, status)
            if whole:
                yield handle
                handle.flush()
                os.fsync(handle.fileno())
        if whole:
            _replace(temporary, target)
        else:
            os.unlink(temporary)
            with _in_place(path, mode, *args, **kwargs) as handle:
                yield handle
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _in_place(path, mode, *args, **kwargs):
    """As open() does, also in how it fails."""
    return open(path, mode, *args, **kwargs)


def _is_like(temporary, status):
    """Gives a file the mode and the owner of another, as far as this process may; whether it could."""
    try:
        if hasattr(os, "chown"):
            os.chown(temporary, status.st_uid, status.st_gid)
        os.chmod(temporary, stat.S_IMODE(status.st_mode))
    except OSError:
        return False
    return True


def _replace(temporary, target):
    try:
        os.replace(temporary, target)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        # A single file that is mounted, as into a container, cannot be replaced.
        with open(temporary, "rb") as reader, open(target, "wb") as writer:  # untorn-ignore * -- as it was
            shutil.copyfileobj(reader, writer)
        os.unlink(temporary)


def atomic_write_text(path, data, encoding=None, errors=None, newline=None):
    """As pathlib.Path.write_text."""
    if not isinstance(data, str):
        raise TypeError("data must be str, not %s" % type(data).__name__)
    with atomic_open(path, "w", encoding=encoding, errors=errors, newline=newline) as handle:
        return handle.write(data)


def atomic_write_bytes(path, data):
    """As pathlib.Path.write_bytes."""
    view = memoryview(data)
    with atomic_open(path, "wb") as handle:
        return handle.write(view)


def _copy(source, path):
    with open(source, "rb") as reader, atomic_open(path, "wb") as writer:
        shutil.copyfileobj(reader, writer)


def atomic_copyfile(source, path):
    """As shutil.copyfile."""
    if os.path.exists(path) and os.path.samefile(source, path):
        raise shutil.SameFileError("%r and %r are the same file" % (source, path))
    _copy(source, path)
    return path


def _into(source, path):
    return os.path.join(path, os.path.basename(source)) if os.path.isdir(path) else path


def atomic_copy(source, path):
    """As shutil.copy: content and mode; the target may be a folder."""
    path = _into(source, path)
    atomic_copyfile(source, path)
    shutil.copymode(source, path)
    return path


def atomic_copy2(source, path):
    """As shutil.copy2: content, mode and times; the target may be a folder."""
    path = _into(source, path)
    atomic_copyfile(source, path)
    shutil.copystat(source, path)
    return path
`;
