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
import os
import re
import shutil
import stat
import uuid


def _is_passed_on(path):
    """A descriptor, and what is a device or open already: /dev/stdout, >(command), a link to either."""
    if isinstance(path, int):
        return True
    path = os.fsdecode(path)
    for _ in range(40):
        folder, name = os.path.split(path)
        folder = os.path.realpath(folder)
        if name == "" or re.match("/(dev|proc)(/(?!shm(/|$))|$)", folder):
            return True
        path = os.path.join(folder, name)
        if not os.path.islink(path):
            return False
        path = os.path.join(folder, os.readlink(path))
    return False


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
    status = _status(path)
    if _is_passed_on(path) or (status is not None and not stat.S_ISREG(status.st_mode)):
        # No other file could take the place of a device or a pipe; a folder fails here as it does with open().
        with open(path, mode, *args, **kwargs) as handle:  # untorn-ignore non-atomic-write -- a device cannot tear
            yield handle
        return
    target = os.path.realpath(os.fsdecode(path))  # Links are followed, as open() does.
    if status is not None and not os.access(target, os.W_OK):
        open(target, "r+").close()  # Raises what open(path, "w") would have raised.
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, ".%s.%s.tmp" % (name[:40], uuid.uuid4().hex))
    try:
        # "x" creates with 0666 less the umask, which is what a new file gets.
        with open(temporary, mode.replace("w", "x"), *args, **kwargs) as handle:
            if status is not None:
                _keep(temporary, status)
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(folder)


def _keep(temporary, status):
    """The mode, and as far as this process may, the owner of the file that is replaced."""
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(temporary, status.st_uid, status.st_gid)
    os.chmod(temporary, stat.S_IMODE(status.st_mode))


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
