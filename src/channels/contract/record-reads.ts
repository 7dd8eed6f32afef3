import type { Environment } from "../../settings-error.js";

/**
 * Wraps the environment to record which variables a channel's `configure` reads. `names` are those that it reads by name: if
 * it enumerates all variables, those that are set say nothing.
 */
export function recordReads(environment: Environment): {
  readonly recorded: Environment;
  readonly names: () => readonly string[];
} {
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
  return { recorded, names: () => [...read].filter((name) => !listedAll || !(name in environment)) };
}
