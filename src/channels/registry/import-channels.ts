import { describeError } from "../../logger.js";
import type { Environment, SettingsFault } from "../../settings-error.js";
import type { ChannelPlugin, ChannelSetting } from "../channel.js";
import { isPlugin, pluginFaults } from "./plugin-shape.js";
import { listBuiltIns, type PluginLocations, resolvePlugin } from "./resolve-plugin.js";

/** A variable that a channel reads, and whether it is set; never its value. */
export interface NamedSetting extends ChannelSetting {
  readonly isSet: boolean;
}

/** A plugin and its settings. */
export interface ImportedChannel {
  readonly plugin: ChannelPlugin;
  readonly settings: readonly NamedSetting[];
  /** What `configure` returned; undefined means NOT_CONFIGURED. */
  readonly config: unknown;
}

interface ImportedChannels {
  /** In order of preference. */
  readonly channels: readonly ImportedChannel[];
  readonly faults: readonly SettingsFault[];
  /** The variables that each channel reads, by its id; those with faults included. */
  readonly settings: ReadonlyMap<string, readonly string[]>;
}

/** Relative to this file in dist/src/channels/registry: the built-in channels are compiled to dist/plugins. */
const defaultLocations = (): PluginLocations => ({
  builtIns: new URL("../../../plugins/", import.meta.url),
  workingDirectory: process.cwd(),
});

/**
 * Imports the plugins listed in CHANNELS, in that order, and reads their settings. A fault in the settings or in a
 * plugin never makes it reject: all faults are returned, so that they can be reported together.
 */
export async function importChannels(
  environment: Environment,
  locations: PluginLocations = defaultLocations(),
): Promise<ImportedChannels> {
  const builtIns = await listBuiltIns(locations);
  const channels: ImportedChannel[] = [];
  const faults: SettingsFault[] = [];
  const settings = new Map<string, readonly string[]>();
  const entries = parseEntries(environment.CHANNELS, builtIns);
  if (entries.length === 0) {
    faults.push({ variable: "CHANNELS", problem: "lists no channel: leave it unset to use the built-in ones" });
  }
  // Compose files pass unset variables as empty strings.
  const nonEmpty = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const entryById = new Map<string, string>();
  for (const entry of entries) {
    const imported = await importPlugin(entry, builtIns, locations);
    if ("problems" in imported) {
      faults.push(...imported.problems.map((problem) => ({ variable: "CHANNELS", problem: `${entry}: ${problem}` })));
      continue;
    }
    const { plugin } = imported;
    const earlier = entryById.get(plugin.id);
    if (earlier !== undefined) {
      const problem = `${entry}: its id "${plugin.id}" is already used by ${earlier}: remove one of the two`;
      faults.push({ variable: "CHANNELS", problem });
      continue;
    }
    entryById.set(plugin.id, entry);
    const configured = configure(plugin, entry, nonEmpty);
    settings.set(
      plugin.id,
      plugin.settings.map(({ name }) => name),
    );
    if ("faults" in configured) faults.push(...configured.faults);
    else channels.push({ plugin, config: configured.config, settings: namedSettings(plugin, nonEmpty) });
  }
  return { channels, faults, settings };
}

/** Which of the variables that a plugin names are set: not to white space alone. */
export function namedSettings({ settings }: ChannelPlugin, environment: Environment): readonly NamedSetting[] {
  return settings.map(({ name, required }) => ({ name, required, isSet: Boolean(environment[name]?.trim()) }));
}

function parseEntries(setting: string | undefined, builtIns: readonly string[]): readonly string[] {
  if (setting === undefined || setting.trim() === "") return builtIns;
  return setting
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

type Imported = { readonly plugin: ChannelPlugin } | { readonly problems: readonly string[] };

async function importPlugin(entry: string, builtIns: readonly string[], locations: PluginLocations): Promise<Imported> {
  let file: URL;
  try {
    file = await resolvePlugin(entry, builtIns, locations);
  } catch (error) {
    return { problems: [describeError(error)] };
  }
  try {
    const exported: { readonly default?: unknown; readonly channel?: unknown } = await import(file.href);
    const plugin = exported.default ?? exported.channel;
    if (plugin === undefined) return { problems: ["exports no channel: export the plugin as default or as `channel`"] };
    if (typeof plugin === "function") return { problems: ["exports a function: export the plugin that it returns"] };
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

/** Checks the members and not the class: a package may bring its own copy of the contract. */
function isSettingsError(error: unknown): error is { readonly faults: readonly SettingsFault[] } {
  if (!(error instanceof Error) || !("faults" in error) || !Array.isArray(error.faults)) return false;
  return error.faults.length > 0 && error.faults.every(isSettingsFault);
}

function isSettingsFault(fault: unknown): boolean {
  if (typeof fault !== "object" || fault === null || !("variable" in fault) || !("problem" in fault)) return false;
  return typeof fault.variable === "string" && typeof fault.problem === "string";
}
