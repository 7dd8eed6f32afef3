import { readdir, readFile, stat } from "node:fs/promises";
import { createRequire, findPackageJSON } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";

/** Where plugins are looked for. */
export interface PluginLocations {
  /** The folder of the built-in channels, each in a folder of its own with an index.js. */
  readonly builtIns: URL;
  /** Paths and packages are resolved from here. */
  readonly workingDirectory: string;
}

/** The names of the built-in channels: email first, since it reaches most visitors, then alphabetically. */
export async function listBuiltIns(locations: PluginLocations): Promise<readonly string[]> {
  const folders = await readdir(locations.builtIns, { withFileTypes: true }).catch(() => []);
  const names: string[] = [];
  for (const folder of folders) {
    // A folder without an index holds code that channels share.
    if (folder.isDirectory() && (await isFile(builtInFile(locations, folder.name)))) names.push(folder.name);
  }
  return names.sort((a, b) => Number(b === "email") - Number(a === "email") || (a < b ? -1 : 1));
}

/**
 * The file to import for one entry of CHANNELS.
 * @throws {Error} whose message says what to write instead
 */
export async function resolvePlugin(
  entry: string,
  builtIns: readonly string[],
  locations: PluginLocations,
): Promise<URL> {
  if (builtIns.includes(entry)) return pathToFileURL(builtInFile(locations, entry));
  if (isPath(entry)) return resolvePath(entry, locations.workingDirectory);
  const resolved = await resolvePackage(entry, locations.workingDirectory).catch(() => null);
  if (resolved !== null) return pathToFileURL(resolved);
  throw new Error(
    `is neither a built-in channel (${builtIns.join(", ") || "none found"}) nor a package installed in ` +
      `${locations.workingDirectory}: correct the name, install the package, or write a path that begins with ./`,
  );
}

function builtInFile(locations: PluginLocations, name: string): string {
  return join(fileURLToPath(locations.builtIns), name, "index.js");
}

function isPath(entry: string): boolean {
  return entry.startsWith("./") || entry.startsWith("../") || entry.startsWith("file:") || isAbsolute(entry);
}

async function resolvePath(entry: string, workingDirectory: string): Promise<URL> {
  if (entry.startsWith("file:") && !URL.canParse(entry)) throw new Error("is not a file URL: write file:///…");
  const path = entry.startsWith("file:") ? fileURLToPath(entry) : resolve(workingDirectory, entry);
  const file = (await isFile(path)) ? path : join(path, "index.js");
  if (await isFile(file)) return pathToFileURL(file);
  throw new Error(`file not found (tried ${path} and ${file}): paths are relative to ${workingDirectory}`);
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}

/**
 * A package's entry point as `import` would resolve it from the working directory. import.meta.resolve resolves only
 * from this file, and require.resolve fails for packages that export only an `import` condition.
 */
async function resolvePackage(name: string, workingDirectory: string): Promise<string> {
  const base = join(workingDirectory, "afterchat.js");
  const manifest = findPackageJSON(name, pathToFileURL(base).href);
  if (manifest !== undefined) {
    const { name: packageName, exports } = packageManifest.parse(JSON.parse(await readFile(manifest, "utf8")));
    const target = packageName === name ? importTarget(exports?.["."] ?? exports) : null;
    if (target !== null) return join(dirname(manifest), target);
  }
  return createRequire(base).resolve(name);
}

const packageManifest = z.object({
  name: z.string().optional(),
  exports: z.union([z.record(z.string(), z.unknown()), z.string().transform((target) => ({ ".": target }))]).optional(),
});

/**
 * Tries the conditions in the package's order, as Node does: https://nodejs.org/api/packages.html#conditional-exports
 */
function importTarget(exported: unknown): string | null {
  if (typeof exported === "string") return exported;
  if (typeof exported !== "object" || exported === null) return null;
  for (const [condition, target] of Object.entries(exported)) {
    if (!["import", "node", "module-sync", "default"].includes(condition)) continue;
    const found = importTarget(target);
    if (found !== null) return found;
  }
  return null;
}
