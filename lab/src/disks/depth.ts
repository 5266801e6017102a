/** How much is tried. */
export type Depth = "quick" | "long";
