/** Raw HTML as CommonMark 6.6 defines it, found without regular expressions: lines can be 10 MB long. */

/**
 * Where the open or closing tag that starts at `at` ends (after its `>`); if there is none, the complement (a negative
 * number) of how far that took to find out.
 */
export function tagEnd(text: string, at: number, limit: number): number {
  const closing = text.charCodeAt(at + 1) === 47;
  let position = at + (closing ? 2 : 1);
  if (position >= limit || !isLetter(text.charCodeAt(position))) return ~position;
  while (position < limit && isTagNameCode(text.charCodeAt(position))) position += 1;
  if (closing) {
    position = skipWhiteSpace(text, position, limit);
    return position < limit && text.charCodeAt(position) === 62 ? position + 1 : ~position;
  }
  for (;;) {
    const next = skipWhiteSpace(text, position, limit);
    if (next >= limit) return ~next;
    const code = text.charCodeAt(next);
    if (code === 62) return next + 1;
    if (code === 47) return text.charCodeAt(next + 1) === 62 && next + 1 < limit ? next + 2 : ~next;
    if (next === position) return ~next;
    position = attributeEnd(text, next, limit);
    if (position < 0) return position;
  }
}

function attributeEnd(text: string, at: number, limit: number): number {
  if (!isAttributeStart(text.charCodeAt(at))) return ~at;
  let position = at + 1;
  while (position < limit && isAttributeCode(text.charCodeAt(position))) position += 1;
  const equals = skipWhiteSpace(text, position, limit);
  if (equals >= limit || text.charCodeAt(equals) !== 61) return position;
  const value = skipWhiteSpace(text, equals + 1, limit);
  if (value >= limit) return ~value;
  const quote = text.charCodeAt(value);
  if (quote === 34 || quote === 39) {
    for (position = value + 1; position < limit; position += 1) {
      if (text.charCodeAt(position) === quote) return position + 1;
    }
    return ~position;
  }
  for (position = value; position < limit && isUnquotedCode(text.charCodeAt(position));) position += 1;
  return position === value ? ~position : position;
}

function skipWhiteSpace(text: string, at: number, limit: number): number {
  let position = at;
  while (position < limit && isWhiteSpace(text.charCodeAt(position))) position += 1;
  return position;
}

export function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isWhiteSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 13;
}

function isTagNameCode(code: number): boolean {
  return isLetter(code) || isDigit(code) || code === 45;
}

function isAttributeStart(code: number): boolean {
  return isLetter(code) || code === 95 || code === 58;
}

function isAttributeCode(code: number): boolean {
  return isAttributeStart(code) || isDigit(code) || code === 46 || code === 45;
}

function isUnquotedCode(code: number): boolean {
  return !isWhiteSpace(code) && code !== 34 && code !== 39 && code !== 60 && code !== 61 && code !== 62 && code !== 96;
}
