import { describeError } from "../logger.js";
import type { Environment, SettingsFault } from "../settings-error.js";
import type { ChannelPlugin } from "./channel.js";
import { isPlugin, pluginFaults } from "./plugin-shape.js";
import { recordReads } from "./record-reads.js";
import { listBuiltIns, type PluginPlaces, resolvePlugin } from "./resolve-plugin.js";

/** A plugin with its settings read. */
export interface ImportedChannel {
  readonly plugin: ChannelPlugin;
  /** What `configure` gave; undefined: NOT_CONFIGURED. */
  readonly config: unknown;
}

interface LoadedChannels {
  /** In order of preference. */
  readonly channels: readonly ImportedChannel[];
  readonly faults: readonly SettingsFault[];
  /** The variables that each channel has read, by its id; those with faults included. */
  readonly settings: ReadonlyMap<string, readonly string[]>;
}

/** The compiled program stands in dist/src, the built-in channels beside it in dist/plugins. */
const ownPlaces = (): PluginPlaces => ({
  builtIns: new URL("../../plugins/", import.meta.url),
  workingDirectory: process.cwd(),
});

/**
 * Imports the plugins that CHANNELS names, in its order, and reads their settings. Never rejects for a fault of the
 * settings or of a plugin: every fault is returned, so that the start can name them all at once.
 */
export async function importChannels(
  environment: Environment,
  places: PluginPlaces = ownPlaces(),
): Promise<LoadedChannels> {
  const builtIns = await listBuiltIns(places);
  const channels: ImportedChannel[] = [];
  const faults: SettingsFault[] = [];
  const settings = new Map<string, readonly string[]>();
  const entries = listEntries(environment.CHANNELS, builtIns);
  if (entries.length === 0) {
    faults.push({ variable: "CHANNELS", problem: "names no channel: leave it unset for the built-in ones" });
  }
  // As compose files leave variables that nobody set.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const entryById = new Map<string, string>();
  for (const entry of entries) {
    const imported = await importPlugin(entry, builtIns, places);
    if ("problems" in imported) {
      faults.push(...imported.problems.map((problem) => ({ variable: "CHANNELS", problem: `${entry}: ${problem}` })));
      continue;
    }
    const { plugin } = imported;
    const earlier = entryById.get(plugin.id);
    if (earlier !== undefined) {
      const problem = `${entry}: its id "${plugin.id}" is taken by ${earlier}: keep one of the two`;
      faults.push({ variable: "CHANNELS", problem });
      continue;
    }
    entryById.set(plugin.id, entry);
    const { recorded, names } = recordReads(given, plugin.id);
    const configured = configure(plugin, entry, recorded);
    settings.set(plugin.id, names());
    if ("faults" in configured) faults.push(...configured.faults);
    else channels.push({ plugin, config: configured.config });
  }
  return { channels, faults, settings };
}

function listEntries(setting: string | undefined, builtIns: readonly string[]): readonly string[] {
  if (setting === undefined || setting.trim() === "") return builtIns;
  return setting
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

type Imported = { readonly plugin: ChannelPlugin } | { readonly problems: readonly string[] };

async function importPlugin(entry: string, builtIns: readonly string[], places: PluginPlaces): Promise<Imported> {
  let file: URL;
  try {
    file = await resolvePlugin(entry, builtIns, places);
  } catch (error) {
    return { problems: [describeError(error)] };
  }
  try {
    const exported: { readonly default?: unknown; readonly channel?: unknown } = await import(file.href);
    const plugin = exported.default ?? exported.channel;
    if (plugin === undefined) return { problems: ["exports no channel: export the plugin as default or as `channel`"] };
    if (typeof plugin === "function") return { problems: ["exports a function: export the plugin that it makes"] };
    return isPlugin(plugin) ? { plugin } : { problems: pluginFaults(plugin) };
  } catch (error) {
    return { problems: [`could not be loaded: ${describeError(error)}`] };
  }
}

type Configured = { readonly config: unknown } | { readonly faults: readonly SettingsFault[] };

function configure(plugin: ChannelPlugin, entry: string, environment: Environment): Configured {
  try {
    const config = plugin.configure(environment);
    if (!(config instanceof Promise)) return { config };
    config.catch(() => {});
    return {
      faults: [{ variable: "CHANNELS", problem: `${entry}: configure must return its settings, not a promise` }],
    };
  } catch (error) {
    if (isSettingsError(error)) return { faults: error.faults };
    const problem = `${entry}: its settings could not be read: ${describeError(error)}`;
    return { faults: [{ variable: "CHANNELS", problem }] };
  }
}

/** By its members and not by its class: a package may bring its own copy of the contract. */
function isSettingsError(error: unknown): error is { readonly faults: readonly SettingsFault[] } {
  if (!(error instanceof Error) || !("faults" in error) || !Array.isArray(error.faults)) return false;
  return error.faults.length > 0 && error.faults.every(isSettingsFault);
}

function isSettingsFault(fault: unknown): boolean {
  if (typeof fault !== "object" || fault === null || !("variable" in fault) || !("problem" in fault)) return false;
  return typeof fault.variable === "string" && typeof fault.problem === "string";
}
