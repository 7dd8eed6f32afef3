import { settingPrefix } from "./channels/registry/record-reads.js";
import type { Environment } from "./settings-error.js";

export interface KnownSettings {
  readonly core: readonly string[];
  /** What each channel reads, by its id. */
  readonly channels: ReadonlyMap<string, readonly string[]>;
}

export interface MisspeltSetting {
  readonly variable: string;
  /** The setting that was probably meant; null when none is similar. */
  readonly nearest: string | null;
}

/** Variables that begin so are meant for Afterchat, besides those that begin with the id of a channel. */
const corePrefixes = ["ADMIN_", "ATTACHMENTS_", "COMPANY_", "DATABASE_", "IDENTITY_", "JOBS_", "WEBSITE_"];
const programPrefix = "AFTERCHAT_";

/**
 * The variables that are set, are no setting, and look like one: by their prefix, or because they differ from one by a
 * letter or two. The environment is full of others, which are none of Afterchat's business.
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
    // Beside the setting itself it is another program's.
    const isTypo = nearest !== null && nearest.distance <= typos(nearest.name) && !environment[nearest.name];
    return isTypo ? [{ variable, nearest: nearest.name }] : [];
  });
}

export function describeMisspelt({ variable, nearest }: MisspeltSetting): string {
  return `${variable} is not a setting of Afterchat${nearest === null ? "" : `: did you mean ${nearest}?`}`;
}

/** npm's own, and what Kubernetes and Docker's links set in every container about a service named like a prefix. */
function isForeign(variable: string, value: string): boolean {
  if (/^npm_/i.test(variable) || /^(tcp|udp):\/\//.test(value)) return true;
  return /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_(TCP|UDP)(_|$)/.test(variable);
}

/** HOME is no misspelt HOST: the shorter a name, the more others differ from it by a letter or two. */
function typos(name: string): number {
  if (name.length < 5) return 0;
  return name.length < 8 ? 1 : 2;
}

/** For a variable that is surely meant for Afterchat: the nearest name unless more than two fifths of it differ. */
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

/** How many letters are to be inserted, removed, replaced or swapped with the next (optimal string alignment). */
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
