import { cp, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { deriveNames, replaceNames } from "./channel-names.js";

/** The root of the package that contains this file, which is compiled to dist/src/create-channel. */
const packageRoot = fileURLToPath(new URL("../../../", import.meta.url));
const template = join(packageRoot, "scaffold", "channel");

const manifest = z.object({ version: z.string() });
const dependencies = z.object({ devDependencies: z.record(z.string(), z.string()) });

/**
 * Creates a package for a channel with this id in the folder `afterchat-channel-<id>` of `workingDirectory`.
 * @returns the folder
 * @throws {Error} whose message says what to do, if the id is invalid or the folder is not empty
 */
export async function createChannel(id: string, workingDirectory: string): Promise<string> {
  const names = deriveNames(id);
  const folder = resolve(workingDirectory, `afterchat-channel-${id}`);
  const existing = await readdir(folder).catch(() => []);
  if (existing.length > 0) throw new Error(`${folder} already exists: move it, or choose another id.`);

  await mkdir(folder, { recursive: true });
  await cp(template, folder, { recursive: true });
  for (const path of await listFiles(folder)) {
    const text = replaceNames(await readFile(path, "utf8"), names);
    await writeFile(path, text);
    const target = join(folder, restoreFileName(replaceNames(relative(folder, path), names)));
    if (target !== path) await rename(path, target);
  }
  await addAfterchatDependency(folder);
  return folder;
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The template's dotfiles and configuration have a leading underscore, since npm would exclude or interpret them. */
function restoreFileName(path: string): string {
  if (path === "_gitignore" || path === "_env.example") return `.${path.slice(1)}`;
  return path.startsWith("_") ? path.slice(1) : path;
}

/**
 * Depends on the registry's version if Afterchat is an installed package, and on a copy of its folder if it is a
 * checkout.
 */
async function addAfterchatDependency(folder: string): Promise<void> {
  const { version } = manifest.parse(JSON.parse(await readFile(join(packageRoot, "package.json"), "utf8")));
  const file = join(folder, "package.json");
  const content: object = JSON.parse(await readFile(file, "utf8"));
  const installed = dirname(packageRoot).split(sep).includes("node_modules");
  const path = relative(folder, packageRoot).split(sep).join("/").replace(/\/$/, "");
  const afterchat = installed ? `^${version}` : `file:${path}`;
  const changed = {
    ...content,
    peerDependencies: { afterchat: `^${version}` },
    devDependencies: { ...dependencies.parse(content).devDependencies, afterchat },
  };
  await writeFile(file, `${JSON.stringify(changed, null, 2)}\n`);
  // By default npm links the folder, and the new package would share Afterchat's node_modules.
  if (!installed) await writeFile(join(folder, ".npmrc"), "install-links=true\n");
}
