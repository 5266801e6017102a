/** What the disk wrote down, in the order in which it arrived. disk.c has the same record. */
export type LogRecord =
  | { readonly kind: "write"; readonly offset: number; readonly length: number }
  | { readonly kind: "zero"; readonly offset: number; readonly length: number }
  | { readonly kind: "flush" }
  | { readonly kind: "mark"; readonly text: string }
  /** The kernel was told that the record of this number is done. */
  | { readonly kind: "done"; readonly of: number };

const headerBytes = 16;

/** Reads a log. A record's number is its place in the result. */
export function parseLog(bytes: Uint8Array): LogRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: LogRecord[] = [];
  for (let at = 0; at < bytes.byteLength;) {
    if (at + headerBytes > bytes.byteLength) throw new Error(`the log ends inside the header at ${at}`);
    const kind = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    const offset = Number(view.getBigUint64(at + 8, true));
    at += headerBytes;
    const end = at + (kind === 1 || kind === 4 ? length : 0);
    if (end > bytes.byteLength) throw new Error(`the log ends inside the record at ${at - headerBytes}`);
    records.push(recordOf(kind, offset, length, bytes.subarray(at, end)));
    at = end;
  }
  return records;
}

function recordOf(kind: number, offset: number, length: number, data: Uint8Array): LogRecord {
  if (kind === 1 || kind === 2) return { kind: kind === 1 ? "write" : "zero", offset, length };
  if (kind === 3) return { kind: "flush" };
  if (kind === 4) return { kind: "mark", text: Buffer.from(data).toString().trim() };
  if (kind === 5) return { kind: "done", of: offset };
  throw new Error(`the log has a record of the unknown kind ${kind}`);
}
