/**
 * The same suite for every channel, chosen by what it declares in `supports`. A plugin's test imports it as
 * `afterchat/channel-contract`, describes its counterpart (a real server on loopback, or a stand-in for a vendor) in a
 * fixture, and calls `channelContract`. It runs with node:test, Jest, Vitest or Mocha.
 */
import type { ChannelPlugin } from "../channel.js";
import { closingCases } from "./closing-cases.js";
import type { ChannelFixture } from "./fixture.js";
import { type ContractCase, ContractStage } from "./harness.js";
import { partCases } from "./part-cases.js";
import { receivingCases } from "./receiving-cases.js";
import { sendingCases } from "./sending-cases.js";
import { setupCases } from "./setup-cases.js";

export {
  type Behaviour,
  type ChannelFixture,
  type Counterpart,
  everyBehaviour,
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

/** What registers tests: that of the test framework in use. */
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

/** The suite as a list, for whoever runs it by other means. */
export function contractCases<Config, Address>(
  plugin: ChannelPlugin<Config, Address>,
  fixture: ChannelFixture,
): readonly ContractCase[] {
  const stage = new ContractStage(plugin, fixture);
  return [
    ...setupCases(stage),
    ...sendingCases(stage),
    ...partCases(stage),
    ...receivingCases(stage),
    ...closingCases(stage),
  ];
}

/** Jest, Mocha and Vitest with globals put theirs there; otherwise it is Node's own. */
function findRunner(): Runner {
  const { describe, test, it } = globalThis as Partial<Runner> & { readonly it?: Runner["test"] };
  const register = test ?? it;
  if (describe !== undefined && register !== undefined) return { describe, test: register };
  return process.getBuiltinModule("node:test");
}
