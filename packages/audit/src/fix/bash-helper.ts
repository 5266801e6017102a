const begin = "# untorn: whole-file writes, added by `untorn fix` (begin)";
const end = "# untorn: whole-file writes (end)";

/** The functions that `untorn fix` adds to a script: POSIX shell, so that `sh` scripts can have them too. */
const functions = `${begin}
# A reader, or a crash, finds the old content of a file or the new, never a part. A command that fails, or prints
# nothing (with -e it may), leaves the file as it was.
untorn_write() ( # [-e] FILE COMMAND [ARGUMENT ...]
  untorn_empty=
  if [ "$1" = -e ]; then untorn_empty=-e && shift; fi
  untorn_target=$(untorn_resolve "$1") || exit 1
  shift
  if [ -e "$untorn_target" ] && [ ! -f "$untorn_target" ]; then
    "$@" > "$untorn_target" # untorn-ignore non-atomic-write -- a device or a pipe has no content that could tear
    exit
  fi
  untorn_temp=$(untorn_stage "$untorn_target") || exit 1
  trap 'rm -f "$untorn_temp"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  "$@" > "$untorn_temp"
  untorn_status=$?
  [ "$untorn_status" -eq 0 ] || exit "$untorn_status"
  if [ -z "$untorn_empty" ] && [ ! -s "$untorn_temp" ]; then
    echo "untorn: $1 printed nothing; $untorn_target is as it was" >&2
    exit 1
  fi
  sync "$untorn_temp" 2> /dev/null || sync
  mv -f "$untorn_temp" "$untorn_target" && untorn_settle "$untorn_target"
)
untorn_copy() ( # [-p] SOURCE TARGET
  untorn_keep=
  if [ "$1" = -p ]; then untorn_keep=-p && shift; fi
  if [ "$#" -ne 2 ]; then # a word stood for several, or for none
    cp $untorn_keep "$@" # untorn-ignore non-atomic-write -- several files into a folder, as it was
    exit
  fi
  untorn_to=$2
  if [ -d "$2" ]; then untorn_to=\${2%/}/$(basename "$1"); fi
  untorn_target=$(untorn_resolve "$untorn_to") || exit 1
  if [ "$untorn_target" -ef "$1" ]; then
    echo "cp: '$1' and '$2' are the same file" >&2
    exit 1
  fi
  untorn_temp=$(untorn_stage "$untorn_target" "$1") || exit 1
  trap 'rm -f "$untorn_temp"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  cp $untorn_keep "$1" "$untorn_temp" || exit
  sync "$untorn_temp" 2> /dev/null || sync
  mv -f "$untorn_temp" "$untorn_target" && untorn_settle "$untorn_target"
)
untorn_settle() { # the folder's entry is synced too, where this sync takes names
  sync "$(dirname "$1")" 2> /dev/null || :
}
untorn_resolve() { # links are followed, as a redirect does
  if [ -L "$1" ]; then readlink -f "$1"; else printf '%s\\n' "$1"; fi
}
untorn_stage() ( # TARGET [SOURCE]: an empty temp beside the target, with the mode that the file has or will have
  case $1 in */*) untorn_dir=\${1%/*}/ ;; *) untorn_dir=./ ;; esac
  if [ -e "$1" ] && [ ! -w "$1" ]; then
    echo "untorn: $1: Permission denied" >&2
    exit 1
  fi
  untorn_temp=$untorn_dir.$(basename "$1").$$.$(od -An -N8 -tx1 /dev/urandom | tr -d ' ').tmp
  (set -C && : > "$untorn_temp") || exit 1
  untorn_model=\${2:-}
  if [ -e "$1" ]; then untorn_model=$1; fi
  if [ -n "$untorn_model" ] && [ -e "$untorn_model" ]; then
    untorn_mode=$(stat -c %a "$untorn_model" 2> /dev/null || stat -f %Lp "$untorn_model") || exit 1
    if [ "$untorn_model" != "$1" ]; then untorn_mode=$(printf '%o' "$((0$untorn_mode & ~0$(umask) & 0777))"); fi
    if [ "$untorn_model" = "$1" ]; then
      chown "$(stat -c %u:%g "$1" 2> /dev/null || stat -f %u:%g "$1")" "$untorn_temp" 2> /dev/null || :
    fi
    chmod "$untorn_mode" "$untorn_temp" || exit 1
  fi
  printf '%s\\n' "$untorn_temp"
)
${end}
`;

/** The script with the functions, or unchanged where it has them: after the first comments, where options are set. */
export function withHelper(text: string): string {
  if (text.includes(begin)) return text;
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const block = `${functions.replaceAll("\n", newline)}${newline}`;
  const head = /^(#[^\n]*\n)*/.exec(text)?.[0] ?? "";
  // The comments that stand at the top with a blank line after them are the script's own; others belong to what follows.
  const at =
    head.length > 0 && /^\r?\n/.test(text.slice(head.length))
      ? head.length
      : (/^#![^\n]*\n/.exec(text)?.[0].length ?? 0);
  return `${text.slice(0, at)}${at > 0 && at === head.length ? newline : ""}${block}${text.slice(at).replace(/^\r?\n/, "")}`;
}
