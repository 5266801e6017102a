import { issueText } from "untorn";
import * as v from "valibot";

const text = v.pipe(v.string(), v.nonEmpty("it is empty"));

/** What a tool does, and what it takes. Members that are not named here are kept. */
export const toolSchema = v.looseObject({
  description: text,
  parameters: v.optional(v.record(v.string(), v.unknown())),
  tags: v.optional(v.array(v.string())),
});

/** Whom an agent is to be. */
export const roleSchema = v.looseObject({
  description: text,
  instructions: text,
  tools: v.optional(v.array(v.string())),
});

/** A text with places to be filled in. */
export const promptSchema = v.looseObject({
  text,
  description: v.optional(v.string()),
  variables: v.optional(v.array(v.string())),
});

/** Something that was seen again and again. */
export const patternSchema = v.looseObject({
  description: text,
  confidence: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  occurrences: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  examples: v.optional(v.array(v.unknown())),
});

/** What a tool does, and what it takes. */
export type ToolSpecification = v.InferOutput<typeof toolSchema>;
/** Whom an agent is to be. */
export type RoleSpecification = v.InferOutput<typeof roleSchema>;
/** A text with places to be filled in. */
export type PromptSpecification = v.InferOutput<typeof promptSchema>;
/** Something that was seen again and again. */
export type PatternSpecification = v.InferOutput<typeof patternSchema>;

/** What is wrong with a specification; `undefined`: nothing. */
export function specificationProblem(schema: v.GenericSchema, value: unknown): string | undefined {
  const { success, issues } = v.safeParse(schema, value);
  if (success) return undefined;
  const [issue] = issues;
  return `${v.getDotPath(issue) ?? "it"}: ${issueText(issue)}`;
}
