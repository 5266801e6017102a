const begin = "# untorn: whole-file writes, added by `untorn fix` (begin)";
const end = "# untorn: whole-file writes (end)";

/** The functions that `untorn fix` adds to a script: POSIX shell, so that `sh` scripts can have them too. */
const functions = `${begin}
# A reader, or a crash, finds the old content of a file or the new, never a part. A command that fails, or prints
# nothing (with -e it may), leaves the file as it was. What no new file can stand for (a device, a file whose folder
# cannot be written to, somebody else's file) is written in place.
untorn_write() { ( # [-e] FILE COMMAND [ARGUMENT ...]
  untorn_empty=
  if [ "$1" = -e ]; then untorn_empty=-e && shift; fi
  untorn_file=$1
  shift
  if ! untorn_stage "$untorn_file"; then
    "$@" >| "$untorn_file" || exit # untorn-ignore non-atomic-write -- as it was
    exit 0
  fi
  "$@" >| "$untorn_temp" || exit
  if [ -z "$untorn_empty" ] && [ ! -s "$untorn_temp" ]; then
    command echo "untorn: $1 printed nothing; $untorn_file is as it was" >&2
    exit 1
  fi
  untorn_commit
) || return; }
untorn_copy() { ( # [OPTION ...] SOURCE TARGET
  IFS=' '
  untorn_options=
  while [ "$#" -gt 2 ]; do
    case $1 in -*) untorn_options="$untorn_options $1" && shift ;; *) break ;; esac
  done
  untorn_to=\${2:-}
  if [ -d "$untorn_to" ]; then untorn_to=\${2%/}/\${1##*/}; fi
  if [ "$#" -ne 2 ] || [ ! -e "$1" ] || [ -d "$1" ] || [ "$untorn_to" -ef "$1" ] ||
    { [ -L "$untorn_to" ] && [ ! -e "$untorn_to" ]; } || ! untorn_stage "$untorn_to" "$1"; then
    command cp $untorn_options "$@" || exit # untorn-ignore non-atomic-write -- as it was: several files, no file, an error
    exit 0
  fi
  command cp $untorn_options "$1" "$untorn_temp" || exit
  untorn_commit
) || return; }
# An empty temp beside the file, with the mode that the file has or will have; fails where no new file can stand for it.
untorn_stage() { # FILE [SOURCE]
  untorn_target=$1
  case $1 in /dev/fd/* | /dev/std* | /proc/*) return 1 ;; -*) untorn_target=./$1 ;; esac
  if [ -L "$untorn_target" ]; then untorn_target=$(command readlink -f "$untorn_target") || return 1; fi
  case $untorn_target in /proc/*) return 1 ;; */*) untorn_folder=\${untorn_target%/*}/ ;; *) untorn_folder=./ ;; esac
  [ -w "$untorn_folder" ] || return 1
  untorn_model=\${2:-}
  case $untorn_model in -*) untorn_model=./$untorn_model ;; esac
  if [ -e "$untorn_target" ]; then
    [ -f "$untorn_target" ] && [ -w "$untorn_target" ] || return 1
    untorn_model=$untorn_target
  fi
  untorn_name=\${untorn_target##*/}
  if [ "\${#untorn_name}" -gt 50 ]; then untorn_name=long; fi
  untorn_temp=$untorn_folder.$untorn_name.$$.$(command od -An -N8 -tx1 /dev/urandom | command tr -d ' ').tmp
  trap 'command rm -f "$untorn_temp"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  (set -C && : > "$untorn_temp") || exit 1
  [ -n "$untorn_model" ] || return 0
  untorn_mode=$(untorn_stat %a %Lp) || exit 1
  if [ "$untorn_model" != "$untorn_target" ]; then
    untorn_mode=$(command printf '%o' "$((0$untorn_mode & ~0$(umask) & 0777))")
  elif ! command chown "$(untorn_stat %u:%g %u:%g)" "$untorn_temp" 2> /dev/null; then
    command rm -f "$untorn_temp"
    return 1
  fi
  command chmod "$untorn_mode" "$untorn_temp" || exit 1
}
untorn_stat() { # FORMAT of GNU, FORMAT of BSD
  command stat -L -c "$1" "$untorn_model" 2> /dev/null || command stat -L -f "$2" "$untorn_model"
}
untorn_commit() { # the folder's entry is synced too, where this sync takes names
  command sync "$untorn_temp" 2> /dev/null || command sync
  command mv -f "$untorn_temp" "$untorn_target" || exit 1
  command sync "$untorn_folder" 2> /dev/null || :
}
${end}
`;

/** What bash scripts that hand their functions to other shells need, so that the functions find the helper there. */
const exported = `[ -z "\${BASH_VERSION:-}" ] || export -f untorn_write untorn_copy untorn_stage untorn_stat untorn_commit\n${end}\n`;

/**
 * The script with the functions, after the first comments, where options are set; the functions of an earlier version are
 * replaced.
 */
export function withHelper(text: string, exports: boolean): string {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const wanted = exports ? functions.replace(`${end}\n`, exported) : functions;
  const own = wanted.replaceAll("\n", newline);
  const present = text.indexOf(begin);
  const last = text.indexOf(end + newline, present);
  if (present !== -1)
    return last === -1 ? text : text.slice(0, present) + own + text.slice(last + end.length + newline.length);
  const block = own + newline;
  const head = /^(#[^\n]*\n)*/.exec(text)?.[0] ?? "";
  // The comments that stand at the top with a blank line after them are the script's own; others belong to what follows.
  const at =
    head.length > 0 && /^\r?\n/.test(text.slice(head.length))
      ? head.length
      : (/^#![^\n]*\n/.exec(text)?.[0].length ?? 0);
  return `${text.slice(0, at)}${at > 0 && at === head.length ? newline : ""}${block}${text.slice(at).replace(/^\r?\n/, "")}`;
}
