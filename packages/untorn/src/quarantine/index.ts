export { boundQuarantine, measureQuarantine, quarantineBounds } from "./bounds.ts";
export type { Dropped, QuarantineSize } from "./bounds.ts";
export { keepAside, keepBytes, setAside, workFolderOf } from "./set-aside.ts";
export type { SetAside } from "./set-aside.ts";
