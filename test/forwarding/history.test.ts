import { afterAll, beforeAll, jest, test } from "@jest/globals";
import fc from "fast-check";
import { FakeChannel } from "../support/services/fake-channel.js";
import { agentNumber, ForwardingContext } from "./forwarding-context.js";
import { History, script } from "./history.js";

const runs = Number(process.env.HISTORY_RUNS ?? 25);
// The suite runs the same histories every time. HISTORY_RUNS=500 runs others, HISTORY_SEED those of a failure.
const defaultSeed = 1978329476;
const seed = process.env.HISTORY_SEED ?? (process.env.HISTORY_RUNS === undefined ? String(defaultSeed) : undefined);
const timeoutMs = Math.max(60_000, runs * 5_000);

const channel = new FakeChannel("email", "when-away", "idempotent");
let context: ForwardingContext;

beforeAll(async () => {
  context = await ForwardingContext.setup([channel]);
  await context.addAgent(agentNumber(2));
  // No jitter of retries, so that the model can predict their times.
  jest.spyOn(Math, "random").mockReturnValue(0.5);
});

afterAll(async () => {
  jest.restoreAllMocks();
  await context.teardown();
});

test(
  "After any sequence of events, states, due times, deliveries and what was sent match the plain model",
  async () => {
    await fc.assert(
      fc.asyncProperty(script, (generated) => History.run(context, channel, generated)),
      { numRuns: runs, ...(seed === undefined ? {} : { seed: Number(seed) }) },
    );
  },
  timeoutMs,
);
