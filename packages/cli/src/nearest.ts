/** The known name that was probably meant, if one is close enough. Loaded only once something was misspelt. */
export async function nearest(name: string, known: readonly string[]): Promise<string | undefined> {
  const begun = name.length > 2 ? known.find((each) => each.startsWith(name)) : undefined;
  if (begun !== undefined) return begun;
  const { closestMatch } = await import("leven");
  return closestMatch(name, known, { maxDistance: Math.max(1, Math.floor(name.length / 2)) });
}
