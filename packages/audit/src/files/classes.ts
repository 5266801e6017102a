/** Paths that hold tests: what they write is thrown away. */
const testFolder =
  /(^|\/)(tests?|__tests__|__mocks__|__fixtures__|specs?|e2e|fixtures?|testdata|test[-_]fixtures|benchmarks?|integration[-_]tests?|test[-_]?utils|testing)(\/|$)/i;
const testFile =
  /(^|\/)([^/]*[.-](test|spec|bench)\.[^/]+|[^/]*[._-]e2e\.[^/]+|test_[^/]*\.py|[^/]*_test\.(py|sh|ts|js)|conftest\.py|test-[^/]*\.(js|mjs|cjs|ts|sh|py)|[^/]*\.bats|benchmark[^/]*)$/i;

/** Whether a path (relative, with `/`) belongs to tests by the usual conventions. */
export function isTestPath(path: string): boolean {
  return testFolder.test(path.slice(0, path.lastIndexOf("/") + 1)) || testFile.test(path);
}
