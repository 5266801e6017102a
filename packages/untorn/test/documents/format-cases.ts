/** Values that JSON.stringify carries, in every shape. */
export const parsesBack: readonly unknown[] = [
  null,
  true,
  0,
  -1.5e-7,
  1e21,
  "",
  "$& \\1 \u2028 \ud800 \0 \t",
  [],
  {},
  [[], {}, [[1]], ""],
  { a: {}, b: [], "": { "\n": null } },
  Object.assign(Object.create(null) as object, { plain: [1, "2", { three: false }] }),
  JSON.parse('{"__proto__": {"x": 1}, "2": "two", "1": "one"}'),
  { skipped: undefined, kept: 1 },
];
