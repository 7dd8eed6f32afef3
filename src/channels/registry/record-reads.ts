import type { Environment } from "../../settings-error.js";

/**
 * Wraps the environment to record which variables a channel's `configure` reads, since plugins do not declare their
 * settings. If a plugin enumerates all variables, only those that begin with its id count as its settings.
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

/** The prefix of a channel's settings: `PIGEON_POST_` for pigeon-post. */
export function settingPrefix(channelId: string): string {
  return `${channelId.replaceAll("-", "_").toUpperCase()}_`;
}
