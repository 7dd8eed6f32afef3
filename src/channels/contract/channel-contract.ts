/**
 * The contract kit: one test suite for every channel, selected by what the channel declares in `supports`. A plugin's
 * test imports it as `afterchat/channel-contract`, describes its vendor (a fake, or a real server on loopback) in a
 * fixture, and calls `channelContract`. It runs with node:test, Jest, Vitest or Mocha.
 */
import type { ChannelPlugin } from "../channel.js";
import { closingCases } from "./closing-cases.js";
import type { ChannelFixture } from "./fixture.js";
import { type ContractCase, ContractHarness } from "./harness.js";
import { partCases } from "./part-cases.js";
import { receivingCases } from "./receiving-cases.js";
import { sendingCases } from "./sending-cases.js";
import { setupCases } from "./setup-cases.js";

export {
  type Behaviour,
  type ChannelFixture,
  everyBehaviour,
  type FakeVendor,
  type Inbound,
  type ReceivedMessage,
} from "./fixture.js";
export type { ContractCase } from "./harness.js";
export {
  createTestHost,
  sampleAttachment,
  sampleMessage,
  sampleOriginal,
  sampleOutbound,
  type TestHost,
} from "./test-host.js";

/** Registers tests with the test framework in use. */
export interface Runner {
  describe(title: string, register: () => void): unknown;
  test(title: string, run: () => Promise<void>): unknown;
}

/** Registers the suite for `plugin`. Vitest without globals needs its own `{ describe, test }` as `runner`. */
export function channelContract<Config, Address>(
  plugin: ChannelPlugin<Config, Address>,
  fixture: ChannelFixture,
  runner: Runner = findRunner(),
): void {
  runner.describe(`The channel ${plugin.id}`, () => {
    for (const { title, run } of contractCases(plugin, fixture)) runner.test(title, run);
  });
}

/** The suite as a list, to run it by other means. */
export function contractCases<Config, Address>(
  plugin: ChannelPlugin<Config, Address>,
  fixture: ChannelFixture,
): readonly ContractCase[] {
  const harness = new ContractHarness(plugin, fixture);
  return [
    ...setupCases(harness),
    ...sendingCases(harness),
    ...partCases(harness),
    ...receivingCases(harness),
    ...closingCases(harness),
  ];
}

/** The global functions of Jest, Mocha or Vitest if they exist, otherwise node:test. */
function findRunner(): Runner {
  const { describe, test, it } = globalThis as Partial<Runner> & { readonly it?: Runner["test"] };
  const register = test ?? it;
  if (describe !== undefined && register !== undefined) return { describe, test: register };
  return process.getBuiltinModule("node:test");
}
