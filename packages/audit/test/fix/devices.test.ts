import assert from "node:assert/strict";
import { test } from "node:test";
import { missing, sameAfterwards } from "./sides.ts";

const script = `#!/usr/bin/env python3
import sys
from pathlib import Path
path = sys.argv[1]
with open(path, "w") as f:
    f.write("words")
Path(path).write_text("more words")
open(path.encode(), "wb").write(b"bytes")
print("done")
`;

// What a path of a command line may be. The old content is longer, so that a file that is not emptied shows.
for (const [title, command] of [
  ["a plain file", "echo 'old content, which is longer' > out; python3 a.py out; cat out"],
  ["a file that is not there", "python3 a.py out; cat out"],
  ["what is printed, into a pipe", "python3 a.py /dev/stdout | cat"],
  ["what is printed, into a file", "echo 'old content, which is longer' > out; python3 a.py /dev/stdout > out"],
  ["what is printed behind what is there", "echo old > out; python3 a.py /dev/stdout >> out; cat out"],
  ["a descriptor by its name", "python3 a.py /dev/fd/3 3> out; cat out"],
  ["a descriptor of the process itself", "python3 a.py /proc/self/fd/3 3> out; cat out"],
  ["a link to what is printed", "ln -s /dev/stdout link; python3 a.py link > out; cat out; test -L link"],
  ["a folder that is a link to descriptors", "ln -s /dev/fd fds; python3 a.py fds/3 3> out; cat out"],
  ["another program", "python3 a.py >(cat > out); sleep 0.3; cat out"],
  ["nothing", "python3 a.py /dev/null; test -c /dev/null"],
  ["a pipe with a name", "mkfifo p; cat p > out & exec 3> p; python3 a.py p; exec 3>&-; wait; rm p; cat out"],
  ["a link to a file", "mkdir sub; ln -s sub/out link; python3 a.py link; cat sub/out"],
  ["a folder", "mkdir out; python3 a.py out"],
  ["a name that ends in a slash", "python3 a.py out/"],
  ["no name", "python3 a.py ''"],
  ["a name as long as a name may be", `name=$(printf '語%.0s' {1..80}); python3 a.py "$name"; cat "$name"`],
] as const) {
  test(`Python, a path that is ${title}`, { skip: missing("python3") || missing("bash") }, async (context) => {
    const files = await sameAfterwards(context, { "a.py": script }, command);
    assert.equal(files.length, 2);
  });
}

/** Gives up the rights of root, where it has them. */
const user = script.replace("path = sys", "import os\nos.getuid() or os.setresuid(65534, 65534, 65534)\npath = sys");

for (const [title, command] of [
  [
    "in a folder that cannot be written to",
    "touch d/out; chmod 666 d/out; chmod 555 d; python3 a.py d/out; cat d/out; chmod 755 d",
  ],
  ["that is not there, in such a folder", "chmod 555 d; python3 a.py d/out 2>&1 | tail -n 1; chmod 755 d"],
  [
    "that cannot be written to",
    "touch d/out; chmod 444 d/out; chmod 777 d; python3 a.py d/out 2>&1 | tail -n 1; cat d/out",
  ],
  [
    "by a link from such a folder",
    "mkdir e; chmod 777 d; ln -s ../d/out e/out; chmod 555 e; python3 a.py e/out; cat d/out; chmod 755 e",
  ],
  ["of somebody else", "touch d/out; chmod 666 d/out; chmod 777 d; python3 a.py d/out; stat -c %u d/out; cat d/out"],
  ["in a folder that is not there", "python3 a.py none/out 2>&1 | tail -n 1"],
] as const) {
  test(`Python, a user's file ${title}`, { skip: missing("python3") || missing("bash") }, async (context) => {
    await sameAfterwards(context, { "a.py": user, "d/other": "" }, `chmod 755 .; ${command}; ls -A d`);
  });
}

test("Python, a file that is mounted by itself", { skip: missing("python3") }, async (context) => {
  const busy = "import errno, os\ndef busy(*names):\n    raise OSError(errno.EBUSY, 'is mounted')\nos.replace = busy\n";
  const text = script.replace("import sys\n", `import sys\n${busy}`);
  await sameAfterwards(
    context,
    { "a.py": text, out: "old content, which is longer" },
    "python3 a.py out; stat -c %h out",
  );
});

for (const [title, text, command] of [
  [
    "that os.open has opened",
    `import os
with open(os.open("out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
    f.write("secret")
with open("other", "w") as f:
    f.write("words")
`,
    "python3 a.py",
  ],
  [
    "where no path is given",
    `import sys
def write(path, data):
    with open(path or 1, "w", closefd=bool(path)) as f:
        f.write(data)
write("out", "words")
write(None, "printed")
with open(sys.stdout.fileno() if len(sys.argv) > 1 else "other", "w", closefd=False) as f:
    f.write("printed, too")
`,
    "python3 a.py yes",
  ],
] as const) {
  test(`Python, a descriptor ${title}`, { skip: missing("python3") }, async (context) => {
    const files = await sameAfterwards(context, { "a.py": text }, command);
    assert.equal(files.length, 2);
  });
}

for (const [title, text, command] of [
  [
    "a descriptor where no path is given",
    'fs.writeFileSync(process.argv[2] || 1, "words");\nfs.writeFileSync(process.argv[2] === "-" ? process.stdout.fd : "other", "more");\n',
    "node a.mjs; node a.mjs -",
  ],
  [
    "a descriptor that a function takes",
    'const save = (to) => fs.writeFileSync(to, "words");\nconst out = process.argv[2] ? "out" : process.stdout.fd;\nfs.writeFileSync(out, "x");\nfs.writeFileSync(fs.openSync("other", "w"), "x");\n',
    "node a.mjs; node a.mjs yes",
  ],
  [
    "a path of the command line",
    'import path from "node:path";\nconst file = path.resolve(process.argv[2] ?? "out");\nfs.writeFileSync(file, "words");\n',
    "node a.mjs; node a.mjs /dev/stdout > printed; node a.mjs >(cat > piped); sleep 0.3",
  ],
  [
    "a path of the parsed command line",
    'import { parseArgs } from "node:util";\nconst { values } = parseArgs({ options: { out: { type: "string" } } });\nfs.writeFileSync(values.out, "words");\n',
    "node a.mjs --out /dev/stdout | cat",
  ],
] as const) {
  test(`JavaScript, ${title}`, { skip: missing("bash") }, async (context) => {
    await sameAfterwards(context, { "a.mjs": `import fs from "node:fs";\n${text}` }, command);
  });
}
