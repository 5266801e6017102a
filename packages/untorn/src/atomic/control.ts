/**
 * What a call and its place in the order tell each other while its protocol runs.
 * `open` up to the commit; `committing` while a commit of several steps must not be disturbed; `committed` afterwards.
 */
export interface Control {
  /** Throws once the call has been given up (aborted, overtaken); asked between steps and right before the commit. */
  readonly check: () => void;
  readonly enter: (phase: "committing" | "committed") => void;
}

/** For a protocol that runs to its end in one go. */
export const undisturbed: Control = { check() {}, enter() {} };
