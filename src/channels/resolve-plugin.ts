import { readdir, readFile, stat } from "node:fs/promises";
import { createRequire, findPackageJSON } from "node:module";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";

/** Where plugins are looked for. */
export interface PluginPlaces {
  /** The folder of the built-in channels, one folder each with an index.js. */
  readonly builtIns: URL;
  /** What paths and packages are resolved from. */
  readonly workingDirectory: string;
}

/** The names of the built-in channels: email first, which most visitors can be reached by, then by name. */
export async function listBuiltIns(places: PluginPlaces): Promise<readonly string[]> {
  const folders = await readdir(places.builtIns, { withFileTypes: true }).catch(() => []);
  const names: string[] = [];
  for (const folder of folders) {
    // Folders without an index are parts that channels share.
    if (folder.isDirectory() && (await isFile(builtInFile(places, folder.name)))) names.push(folder.name);
  }
  return names.sort((one, other) => Number(other === "email") - Number(one === "email") || (one < other ? -1 : 1));
}

/**
 * The file to import for one entry of CHANNELS.
 * @throws {Error} that says what to write instead
 */
export async function resolvePlugin(entry: string, builtIns: readonly string[], places: PluginPlaces): Promise<URL> {
  if (builtIns.includes(entry)) return pathToFileURL(builtInFile(places, entry));
  if (isPath(entry)) return resolvePath(entry, places.workingDirectory);
  const resolved = await resolvePackage(entry, places.workingDirectory).catch(() => null);
  if (resolved !== null) return pathToFileURL(resolved);
  throw new Error(
    `is neither a built-in channel (${builtIns.join(", ") || "there are none"}) nor a package installed in ` +
      `${places.workingDirectory}: correct the name, install the package, or write a path that begins with ./`,
  );
}

function builtInFile(places: PluginPlaces, name: string): string {
  return join(fileURLToPath(places.builtIns), name, "index.js");
}

function isPath(entry: string): boolean {
  return entry.startsWith("./") || entry.startsWith("../") || entry.startsWith("file:") || isAbsolute(entry);
}

async function resolvePath(entry: string, workingDirectory: string): Promise<URL> {
  if (entry.startsWith("file:") && !URL.canParse(entry)) throw new Error("is not a file URL: write file:///…");
  const path = entry.startsWith("file:") ? fileURLToPath(entry) : resolve(workingDirectory, entry);
  const file = (await isFile(path)) ? path : join(path, "index.js");
  if (await isFile(file)) return pathToFileURL(file);
  throw new Error(`names no file (looked for ${path} and ${file}): paths begin at ${workingDirectory}`);
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isFile() ?? false;
}

/**
 * A package's entry as `import` finds it from the working directory. import.meta.resolve looks only from the program's
 * own place, and require.resolve refuses packages that export nothing but an `import` condition.
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

/** The conditions in the order the package lists them, as Node does: https://nodejs.org/api/packages.html#conditional-exports */
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
