import { CST, Lexer } from "yaml";

/** The comments of YAML text, or of a whole value in it. */
export function commentsOf(yaml: string): { text: string; at: number }[] {
  const comments: { text: string; at: number }[] = [];
  if (!yaml.includes("#")) return comments;
  let at = 0;
  let isText = false;
  for (const token of new Lexer().lex(yaml)) {
    // Marks of the lexer itself, which are not in the text; one of them comes before each scalar, which may begin with a #.
    const type: CST.TokenType | "text" | null = isText ? "text" : CST.tokenType(token);
    if (type === "doc-mode" || type === "flow-error-end" || type === "scalar") {
      isText = type === "scalar";
      continue;
    }
    if (type === "comment") comments.push({ text: token.trimEnd(), at });
    isText = false;
    at += token.length;
  }
  return comments;
}
