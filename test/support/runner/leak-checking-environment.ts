import { setTimeout as wait } from "node:timers/promises";
import { TestEnvironment as NodeEnvironment } from "jest-environment-node";

/** What a test file must not leave behind. Pipes are left out: the first line on stderr opens one for good. */
const watched = ["TCPSocketWrap", "TCPServerWrap", "ProcessWrap", "Timeout", "Immediate"];
/** Closing takes a moment: sockets say goodbye, Agenda's last timers run out. */
const graceMs = 3_000;
const pollIntervalMs = 50;

/** What is used of the events of jest-circus. */
interface TestEvent {
  readonly name: string;
  readonly test?: { readonly errors: readonly unknown[]; mode?: string | null | undefined };
}

type Context = ConstructorParameters<typeof NodeEnvironment>;
type MakeFakeTimers = new (options: object) => NonNullable<LeakCheckingEnvironment["fakeTimersModern"]>;

/** Set by `jest.setTimeout` for the file that calls it. */
const testTimeout = Symbol.for("TEST_TIMEOUT_SYMBOL");

/**
 * Tests run in Node's own context, since Node loads them (see run-test-file.ts), and not in one that Jest makes. Fails a
 * test file that leaves a connection, a server, a process or a timer behind.
 */
export default class LeakCheckingEnvironment extends NodeEnvironment {
  #before = new Map<string, number>();
  #hasFailed = false;
  readonly #replacedByJest = { console, exit: process.exit };

  constructor(...[config, context]: Context) {
    super(config, context);
    const FakeTimers = this.fakeTimersModern?.constructor as MakeFakeTimers;
    this.fakeTimersModern = new FakeTimers({ config: config.projectConfig, global: globalThis });
    this.global = globalThis as unknown as typeof this.global;
    Reflect.deleteProperty(globalThis, testTimeout);
  }

  override async setup(): Promise<void> {
    await super.setup();
    this.#before = countResources();
  }

  /** With FAIL_FAST=1 what comes after the first failure is skipped: whoever sets it asks only whether one fails. */
  handleTestEvent({ name, test }: TestEvent): void {
    if (name === "test_done" && test !== undefined && test.errors.length > 0) this.#hasFailed = true;
    if (name === "test_start" && test !== undefined && this.#hasFailed && process.env.FAIL_FAST === "1")
      test.mode = "skip";
  }

  override async teardown(): Promise<void> {
    let left = this.#leftBehind();
    for (let waitedMs = 0; left.length > 0 && waitedMs < graceMs; waitedMs += pollIntervalMs) {
      await wait(pollIntervalMs, undefined, { ref: false });
      left = this.#leftBehind();
    }
    await super.teardown();
    globalThis.console = this.#replacedByJest.console;
    process.exit = this.#replacedByJest.exit;
    if (left.length > 0) throw new Error(`The tests left behind: ${left.join(", ")}. Close what they open.`);
  }

  #leftBehind(): string[] {
    const now = countResources();
    return watched.flatMap((kind) => {
      const more = (now.get(kind) ?? 0) - (this.#before.get(kind) ?? 0);
      return more > 0 ? [`${more} ${kind}`] : [];
    });
  }
}

function countResources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
