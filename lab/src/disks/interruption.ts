/** Whoever is at work looks at it between two tries, so that everything is unmounted and removed on the way out. */
export const interruption = new AbortController();
/** The reason of an abort that was asked for. */
export const asked = new Error("interrupted; everything is unmounted");
