import type { LoadedConfig } from "../config.ts";
import type { Tier } from "../finding.ts";

/** The globs of a configuration, ready to be asked. */
export interface Globs {
  excluded(file: string): boolean;
  test(file: string): boolean;
  /** The tier that is configured for a file or for the path it writes, or null. */
  tier(file: string, target: string): Tier | null;
}

type Match = (path: string) => boolean;

/** Compiles the globs; the matcher is loaded only where a configuration has any. Files are asked for without `below`. */
export async function compileGlobs({ config, below }: LoadedConfig): Promise<Globs> {
  if (config.exclude.length + config.tests.length + config.tiers.length === 0) {
    return { excluded: () => false, test: () => false, tier: () => null };
  }
  const { default: picomatch } = await import("picomatch");
  const match = (globs: string | readonly string[]): Match => picomatch([globs].flat(), { dot: true });
  const matchFile = (globs: string | readonly string[]): Match => {
    const matches = match(globs);
    return (file) => matches(below + file);
  };
  const none: Match = () => false;
  const overrides = config.tiers.map(({ tier, files, target }) => ({
    tier,
    files: files === undefined ? null : matchFile(files),
    // The start of a written path is seldom known, so that a bare name stands for that name anywhere.
    target: target === undefined ? null : match(target.includes("/") ? target : `**/${target}`),
  }));
  return {
    excluded: config.exclude.length === 0 ? none : matchFile(config.exclude),
    test: config.tests.length === 0 ? none : matchFile(config.tests),
    tier(file, target) {
      const found = overrides.find(
        (one) => (one.files?.(file) ?? true) && (one.target?.(target.replace(/^\.?\//, "")) ?? true),
      );
      return found?.tier ?? null;
    },
  };
}
