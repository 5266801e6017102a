/** Paths that hold tests: what they write is thrown away. */
const testFolder =
  /(^|\/)(tests?([-_](?!runner|server|framework|kit)[^/]*)?|[^/]*[-_]tests|__tests__|__mocks__|spec|e2e|fixtures|benchmarks?)(\/|$)/i;
const testFile =
  /(^|\/)([^/]*\.(test|spec)\.[^/]+|test_[^/]*\.py|[^/]*_test\.py|conftest\.py|test-[^/]*\.[cm]?js|[^/]*[-_]test\.[cm]?[jt]sx?|[^/]*\.bats|benchmark[^/]*)$/i;

/** Whether a path (relative, with `/`) belongs to tests by the usual conventions. */
export function isTestPath(path: string): boolean {
  return testFolder.test(path.slice(0, path.lastIndexOf("/") + 1)) || testFile.test(path);
}
