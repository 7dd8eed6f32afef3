import { createRequire } from "node:module";

interface TestFile {
  readonly path: string;
}

interface Sequencer {
  sort(files: readonly TestFile[]): TestFile[];
}

const load = createRequire(import.meta.url);
const { default: JestSequencer }: { readonly default: new (options: object) => Sequencer } =
  load("@jest/test-sequencer");

/** Files that wait for processes and servers, the longest first: begun last, they would run on when all others are done. */
const longest = [
  "/jobs/scheduler.",
  "/e2e/crashes/random-kills.",
  "/e2e/crashes/two-processes.",
  "/e2e/start/",
  "/e2e/crashes/",
  "/e2e/mail-server/",
  "/e2e/timing.",
  "/database/embedded-postgres.",
];

/** Jest's order, which knows durations of the run before where there was one; but a first run begins with the longest too. */
export default class LongestFirst extends JestSequencer {
  override sort(files: readonly TestFile[]): TestFile[] {
    return super.sort(files).toSorted((one, other) => rank(one) - rank(other));
  }
}

function rank({ path }: TestFile): number {
  const found = longest.findIndex((part) => path.replaceAll("\\", "/").includes(part));
  return found === -1 ? longest.length : found;
}
