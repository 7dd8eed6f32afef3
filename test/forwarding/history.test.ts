import { afterAll, beforeAll, jest, test } from "@jest/globals";
import fc from "fast-check";
import { FakeChannel } from "../support/services/fake-channel.js";
import { agentNumber, ForwardingContext } from "./forwarding-context.js";
import { History, script } from "./history.js";

const runs = Number(process.env.HISTORY_RUNS ?? 25);
// The suite plays the same histories every time. HISTORY_RUNS=500 plays others, HISTORY_SEED those of a failure.
const usual = 1978329476;
const seed = process.env.HISTORY_SEED ?? (process.env.HISTORY_RUNS === undefined ? String(usual) : undefined);
const timeoutMs = Math.max(60_000, runs * 5_000);

const channel = new FakeChannel("email", "when-away", "idempotent");
let context: ForwardingContext;

beforeAll(async () => {
  context = await ForwardingContext.setup([channel]);
  await context.addAgent(agentNumber(2));
  // The jitter of retries: none, so that the model can say when.
  jest.spyOn(Math, "random").mockReturnValue(0.5);
});

afterAll(async () => {
  jest.restoreAllMocks();
  await context.teardown();
});

test(
  "whatever happens, in whatever order: states, due times, deliveries and what was handed over are as the plain model says",
  async () => {
    await fc.assert(
      fc.asyncProperty(script, (played) => History.play(context, channel, played)),
      { numRuns: runs, ...(seed === undefined ? {} : { seed: Number(seed) }) },
    );
  },
  timeoutMs,
);
