import type { Environment } from "./settings-error.js";

export interface KnownSettings {
  readonly core: readonly string[];
  /** The variables that each channel reads, by its id. */
  readonly channels: ReadonlyMap<string, readonly string[]>;
}

export interface MisspeltSetting {
  readonly variable: string;
  /** The most similar setting; null when none is similar. */
  readonly nearest: string | null;
}

/** Variables with these prefixes are meant for Afterchat, and so are those that begin with the id of a channel. */
const corePrefixes = ["ADMIN_", "ATTACHMENTS_", "COMPANY_", "DATABASE_", "IDENTITY_", "JOBS_", "WEBSITE_"];
const programPrefix = "AFTERCHAT_";

/**
 * Finds variables that look like settings but are not: by their prefix, or because they differ from a setting by one or two
 * letters. All other variables of the environment are ignored.
 */
export function findMisspelt(environment: Environment, known: KnownSettings): readonly MisspeltSetting[] {
  const names = new Set([...known.core, ...[...known.channels.values()].flat()]);
  const prefixes = [...corePrefixes, ...[...known.channels.keys()].map(settingPrefix)].filter((prefix) =>
    [...names].some((name) => name.startsWith(prefix)),
  );
  return Object.entries(environment).flatMap(([variable, value]) => {
    if (!value || names.has(variable) || isForeign(variable, value)) return [];
    const written = variable.toUpperCase();
    if (written.startsWith(programPrefix)) {
      return [{ variable, nearest: similar(written.slice(programPrefix.length), [...names]) }];
    }
    const prefix = prefixes.find((prefix) => written.startsWith(prefix));
    if (prefix !== undefined) {
      const candidates = [...names].filter((name) => name.startsWith(prefix));
      return [{ variable, nearest: similar(written, candidates) }];
    }
    const nearest = closest(written, [...names]);
    // If the setting itself is set too, the similar variable belongs to another program.
    const isTypo = nearest !== null && nearest.distance <= maxTypos(nearest.name) && !environment[nearest.name];
    return isTypo ? [{ variable, nearest: nearest.name }] : [];
  });
}

/** The prefix of a channel's settings: `PIGEON_POST_` for pigeon-post. */
function settingPrefix(channelId: string): string {
  return `${channelId.replaceAll("-", "_").toUpperCase()}_`;
}

export function describeMisspelt({ variable, nearest }: MisspeltSetting): string {
  return `${variable} is not a setting of Afterchat${nearest === null ? "" : `: did you mean ${nearest}?`}`;
}

/** Variables of npm, and those that Kubernetes and Docker links set for services whose name is one of the prefixes. */
function isForeign(variable: string, value: string): boolean {
  if (/^npm_/i.test(variable) || /^(tcp|udp):\/\//.test(value)) return true;
  return /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP)(_|$)/.test(variable);
}

/** How many typos to allow. HOME is not a misspelt HOST: short names often differ from others by one or two letters. */
function maxTypos(name: string): number {
  if (name.length < 5) return 0;
  return name.length < 8 ? 1 : 2;
}

/** For a variable that is certainly meant for Afterchat: the nearest name, unless more than 40 % of it differs. */
function similar(written: string, names: readonly string[]): string | null {
  const nearest = closest(written, names);
  return nearest !== null && nearest.distance <= 0.4 * written.length ? nearest.name : null;
}

function closest(
  written: string,
  names: readonly string[],
): { readonly name: string; readonly distance: number } | null {
  const byDistance = names.map((name) => ({ name, distance: editDistance(written, name) }));
  return byDistance.sort((one, other) => one.distance - other.distance)[0] ?? null;
}

/** The number of insertions, deletions, substitutions and swaps of adjacent letters (optimal string alignment distance). */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[other.length] ?? 0;
}
