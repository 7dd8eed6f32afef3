import type { Environment } from "../../settings-error.js";

/**
 * The same environment, which records what a channel's `configure` reads: plugins do not declare their settings. A plugin
 * that lists all variables reads foreign ones too: of those only what begins with its id counts as its setting.
 */
export function recordReads(
  environment: Environment,
  channelId: string,
): { readonly recorded: Environment; readonly names: () => readonly string[] } {
  const read = new Set<string>();
  let listedAll = false;
  const record = (name: string | symbol): void => {
    if (typeof name === "string") read.add(name);
  };
  const recorded = new Proxy(environment, {
    get: (target, name) => {
      record(name);
      return Reflect.get(target, name);
    },
    has: (target, name) => {
      record(name);
      return Reflect.has(target, name);
    },
    getOwnPropertyDescriptor: (target, name) => {
      record(name);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    ownKeys: (target) => {
      listedAll = true;
      return Reflect.ownKeys(target);
    },
  });
  const isOwn = (name: string) => !listedAll || !(name in environment) || name.startsWith(settingPrefix(channelId));
  return { recorded, names: () => [...read].filter(isOwn) };
}

/** How the names of a channel's settings begin: `PIGEON_POST_` for pigeon-post. */
export function settingPrefix(channelId: string): string {
  return `${channelId.replaceAll("-", "_").toUpperCase()}_`;
}
