import { isDeepStrictEqual } from "node:util";
import type { Environment, SettingsFault } from "../../settings-error.js";
import type { ChannelPlugin } from "../channel.js";
import { pluginFaults } from "../registry/plugin-shape.js";
import { check, within } from "./check.js";
import { expectNoSecret, secretsIn } from "./find-secrets.js";
import { type ContractCase, type ContractStage, patienceMs } from "./harness.js";

/** Who the channel is, its settings and its addresses. */
export function setupCases<Config, Address>(stage: ContractStage<Config, Address>): readonly ContractCase[] {
  const { plugin, fixture } = stage;
  return [
    {
      title: "has every member of a channel, and says who it is in words that can be stored and shown",
      async run() {
        const faults = pluginFaults(plugin);
        check(faults.length === 0, faults.join("; "));
        check(plugin.name.trim() === plugin.name, "name must not begin or end with white space.", plugin.name);
      },
    },
    {
      title: "is configured by good settings, and not configured by none",
      async run() {
        check(plugin.configure(fixture.environment) !== undefined, "The fixture's environment must be enough.");
        const { unconfiguredEnvironment } = fixture;
        // Without one, a channel may be usable without any settings; it must not fault what nobody set.
        const config = plugin.configure(unconfiguredEnvironment ?? {});
        const expected = unconfiguredEnvironment === undefined || config === undefined;
        check(expected, "configure must give undefined when none of its variables is set.", config);
      },
    },
    ...fixture.badEnvironments.map(({ environment, variables }) => ({
      title: `names at once what is wrong with its settings: ${variables.join(", ")}`,
      run: async () => {
        const faults = faultsOf(plugin, environment);
        const named = [...new Set(faults.map((fault) => fault.variable))].sort();
        check(
          isDeepStrictEqual(named, [...variables].sort()),
          `configure must name exactly ${variables.join(", ")}.`,
          faults,
        );
        for (const fault of faults) check(fault.problem !== "", `${fault.variable} must come with what to do.`);
        expectNoSecret(faults, secretsIn(environment, fixture.secrets));
      },
    })),
    ...fixture.goodAddresses.map((address) => ({
      title: `takes the address ${JSON.stringify(address)}, stores it and shows it`,
      run: async () => {
        const parsed = plugin.address.parse(address);
        const again = plugin.address.parse(JSON.parse(JSON.stringify(parsed)));
        check(isDeepStrictEqual(again, parsed), "What is stored must be read as the same address.", parsed, again);
        const shown = plugin.describeAddress(parsed);
        check(shown.trim() !== "", "describeAddress must show something.");
        check(!/^[\d-]+$/.test(shown), "describeAddress must not show a bare id of the vendor's.", shown);
      },
    })),
    ...fixture.badAddresses.map((address) => ({
      title: `refuses the address ${JSON.stringify(address)?.slice(0, 80)}`,
      run: async () => check(!plugin.address.safeParse(address).success, "This address must be refused."),
    })),
    {
      title: "connects and closes, and may be closed twice",
      run: () => stage.connected(({ connection }) => connection.close()),
    },
    {
      title: "is healthy while its counterpart accepts, and sends nothing to find out",
      run: () =>
        stage.connected(async ({ connection, counterpart }) => {
          const asked = connection.checkHealth(new AbortController().signal);
          const health = await within(patienceMs, "checkHealth must end by itself.", asked);
          check(health.ok, "checkHealth must be ok.", health);
          const received = await counterpart.received();
          check(received.length === 0, "checkHealth must send nothing.", received);
        }),
    },
    {
      title: "says so when its counterpart is gone, and loses nothing by it",
      run: () =>
        stage.connected(async ({ connection, counterpart, stopCounterpart, expectNoSecret }) => {
          // What writes into its own host has nobody who could go.
          if (Object.keys(counterpart.environment).length === 0) return;
          await stopCounterpart();
          const signal = new AbortController().signal;
          const health = await connection.checkHealth(signal);
          check(!health.ok, "checkHealth must not be ok when nothing answers.", health);
          const result = await connection.deliver(stage.outbound(), signal);
          check(result.outcome === "retry", "A delivery must be tried again when nothing answers.", result);
          expectNoSecret([health, result]);
        }),
    },
  ];
}

/** By its members and not by its class: a package may bring its own copy of the contract. */
function faultsOf<Config, Address>(
  plugin: ChannelPlugin<Config, Address>,
  environment: Environment,
): readonly SettingsFault[] {
  try {
    plugin.configure(environment);
  } catch (error) {
    if (error instanceof Error && "faults" in error && Array.isArray(error.faults)) return error.faults;
    throw error;
  }
  return [];
}
