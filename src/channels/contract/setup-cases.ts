import { isDeepStrictEqual } from "node:util";
import type { Environment, SettingsFault } from "../../settings-error.js";
import type { ChannelPlugin } from "../channel.js";
import { pluginFaults } from "../registry/plugin-shape.js";
import { check, settlesWithin } from "./check.js";
import { expectNoSecret, findSecrets } from "./find-secrets.js";
import { type ContractCase, type ContractHarness, deadlineMs } from "./harness.js";
import { recordReads } from "./record-reads.js";

/** The plugin's members, settings and addresses, its connection and its health. */
export function setupCases<Config, Address>(harness: ContractHarness<Config, Address>): readonly ContractCase[] {
  const { plugin, fixture } = harness;
  return [
    {
      title: "has every member of a channel, and an id and a name that can be stored and shown",
      async run() {
        const faults = pluginFaults(plugin);
        check(faults.length === 0, faults.join("; "));
        check(plugin.name.trim() === plugin.name, "name must not begin or end with white space.", plugin.name);
      },
    },
    {
      title: "is configured by valid settings, and not configured without any",
      async run() {
        check(plugin.configure(fixture.environment) !== undefined, "The fixture's environment must be sufficient.");
        const { unconfiguredEnvironment } = fixture;
        // If the fixture gives none, the channel may be usable without any settings, but must not report a fault.
        const config = plugin.configure(unconfiguredEnvironment ?? {});
        const expected = unconfiguredEnvironment === undefined || config === undefined;
        check(expected, "configure must return undefined when none of its variables is set.", config);
      },
    },
    {
      title: "names every variable that it reads, and no others",
      async run() {
        const environments = [
          fixture.environment,
          fixture.unconfiguredEnvironment ?? {},
          ...fixture.badEnvironments.map(({ environment }) => environment),
        ];
        const read = new Set(environments.flatMap((environment) => readBy(plugin, environment)));
        const named = plugin.settings.map(({ name }) => name);
        // What is set in a valid environment is a setting, even if it was not read by its name.
        const used = [...read, ...Object.keys(fixture.environment)].filter((name) => name !== "NODE_ENV");
        const missing = used.filter((name) => !named.includes(name));
        check(missing.length === 0, "settings must name every variable that configure reads.", missing);
        const unknown = named.filter((name) => !used.includes(name));
        check(unknown.length === 0, "settings must name only variables that configure reads.", unknown);
      },
    },
    ...fixture.badEnvironments.map(({ environment, variables }) => ({
      title: `reports all invalid settings together: ${variables.join(", ")}`,
      run: async () => {
        const faults = faultsOf(plugin, environment);
        const reported = [...new Set(faults.map((fault) => fault.variable))].sort();
        check(
          isDeepStrictEqual(reported, [...variables].sort()),
          `configure must report exactly ${variables.join(", ")}.`,
          faults,
        );
        for (const fault of faults)
          check(fault.problem !== "", `The problem of ${fault.variable} must say what to do.`);
        expectNoSecret(faults, findSecrets(environment, fixture.secrets));
      },
    })),
    ...fixture.goodAddresses.map((address) => ({
      title: `accepts, stores and shows the address ${JSON.stringify(address)}`,
      run: async () => {
        const parsed = plugin.address.parse(address);
        const restored = plugin.address.parse(JSON.parse(JSON.stringify(parsed)));
        check(isDeepStrictEqual(restored, parsed), "A stored address must be read back unchanged.", parsed, restored);
        const shown = plugin.describeAddress(parsed);
        check(shown.trim() !== "", "describeAddress must not return an empty text.");
        check(!/^[\d-]+$/.test(shown), "describeAddress must not return a bare vendor id.", shown);
      },
    })),
    ...fixture.badAddresses.map((address) => ({
      title: `rejects the address ${JSON.stringify(address)?.slice(0, 80)}`,
      run: async () => check(!plugin.address.safeParse(address).success, "This address must be rejected."),
    })),
    {
      title: "connects and closes, and can be closed twice",
      run: () => harness.withChannel(({ connection }) => connection.close()),
    },
    {
      title: "is healthy while its vendor accepts, and sends nothing to find out",
      run: () =>
        harness.withChannel(async ({ connection, vendor }) => {
          const checking = connection.checkHealth(new AbortController().signal);
          const health = await settlesWithin(deadlineMs, "checkHealth must settle without being aborted.", checking);
          check(health.ok, "checkHealth must be ok.", health);
          const received = await vendor.received();
          check(received.length === 0, "checkHealth must send nothing.", received);
        }),
    },
    {
      title: "reports that its vendor is unreachable, and retries the delivery",
      run: () =>
        harness.withChannel(async ({ connection, vendor, stopVendor, expectNoSecret }) => {
          // A channel that only writes to its host has no vendor that could be unreachable.
          if (Object.keys(vendor.environment).length === 0) return;
          await stopVendor();
          const signal = new AbortController().signal;
          const health = await connection.checkHealth(signal);
          check(!health.ok, "checkHealth must not be ok when the vendor is unreachable.", health);
          const result = await connection.deliver(harness.outbound(), signal);
          check(result.outcome === "retry", "A delivery must be retried when the vendor is unreachable.", result);
          expectNoSecret([health, result]);
        }),
    },
  ];
}

/** The variables that `configure` reads in an environment, whether it accepts it or not. */
function readBy<Config, Address>(plugin: ChannelPlugin<Config, Address>, environment: Environment): readonly string[] {
  const { recorded, names } = recordReads(environment);
  faultsOf(plugin, recorded);
  return names();
}

/** Checks the error's members and not its class: a package may bring its own copy of the contract. */
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
