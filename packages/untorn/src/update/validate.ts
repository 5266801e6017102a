import { UntornError } from "../platform/index.ts";
import { pull } from "../protocol/index.ts";
import type { Protocol } from "../protocol/index.ts";

/** The part of the Standard Schema interface (standardschema.dev, version 1) that a validator is asked through. */
export interface StandardSchema<T = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
  };
}

/** What a schema answers: the value, or its complaints. */
export type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One complaint of a schema about a value. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** A function that throws or returns `false` or a reason, or any Standard Schema object (zod, valibot, arktype, ...). */
export type Validator<T> = StandardSchema | ((value: T) => boolean | string | void | Promise<boolean | string | void>);

/** Asks the validator; `UNTORN_INVALID` with its reasons if it refuses, and nothing has been changed. */
export function* validate<T>(value: T, validator: Validator<T> | undefined, path: string): Protocol<void> {
  if (validator === undefined) return;
  const problem = isSchema(validator) ? yield* askSchema(value, validator, path) : yield* ask(value, validator, path);
  if (problem === undefined) return;
  throw new UntornError({
    code: "UNTORN_INVALID",
    path,
    phase: "stage",
    outcome: "unchanged",
    problem: `the new content is not valid: ${problem.text}`,
    cause: problem.cause,
  });
}

/** Some schemas are functions themselves (arktype), which answer in a way of their own when they are called. */
function isSchema<T>(validator: Validator<T>): validator is StandardSchema {
  return "~standard" in validator;
}

const onlyLater = "the validator returned a promise, and a synchronous call cannot wait for it";

interface Problem {
  readonly text: string;
  readonly cause?: unknown;
}

function* ask<T>(
  value: T,
  validator: Extract<Validator<T>, (value: T) => unknown>,
  path: string,
): Protocol<Problem | undefined> {
  const told = yield* pull(() => outcomeOf(() => validator(value)), path, onlyLater);
  if ("error" in told) return problemOf(told.error);
  if (told.answer === false) return { text: "the validator returned false" };
  return typeof told.answer === "string" ? { text: told.answer } : undefined;
}

function* askSchema(value: unknown, schema: StandardSchema, path: string): Protocol<Problem | undefined> {
  const told = yield* pull(() => outcomeOf(() => schema["~standard"].validate(value)), path, onlyLater);
  if ("error" in told) return problemOf(told.error);
  const { issues } = told.answer;
  return issues === undefined ? undefined : { text: issuesText(issues), cause: issues };
}

type Outcome<T> = { readonly answer: T } | { readonly error: unknown };

/** What a validator says by throwing is its answer; so it cannot be taken for what is wrong with the call. */
function outcomeOf<T>(asked: () => T | Promise<T>): Outcome<T> | Promise<Outcome<T>> {
  try {
    const answer = asked();
    if (typeof (answer as { then?: unknown } | undefined)?.then !== "function") return { answer: answer as T };
    return Promise.resolve(answer).then(
      (answer) => ({ answer }),
      (error: unknown) => ({ error }),
    );
  } catch (error) {
    return { error };
  }
}

function problemOf(error: unknown): Problem {
  return { text: error instanceof Error ? error.message : String(error), cause: error };
}

/**
 * A schema's complaint without the value that it is about, where the schema tells it apart (valibot: "Expected string but
 * received 12"): it is the file's, may be a secret, and an error goes to logs.
 */
export function issueText({ message, ...more }: Pick<StandardIssue, "message">): string {
  const { received } = more as { received?: unknown };
  const end = `eceived ${String(received)}`;
  if (typeof received !== "string" || received === "undefined" || !message.endsWith(end)) return message;
  return message.slice(0, -end.length - 1).replace(/(?: but|:)? *$/, "");
}

/** A schema's complaints in one line, each with its place. */
export function issuesText(issues: readonly StandardIssue[]): string {
  const texts = issues.map((issue) => {
    const { path } = issue;
    const message = issueText(issue);
    const place = (path ?? []).map((part) => String(typeof part === "object" ? part.key : part)).join(".");
    return place === "" ? message : `${place}: ${message}`;
  });
  return texts.join("; ");
}
