import { cp, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { nameChannel, rename as renameIn } from "./name-channel.js";

/** The package that this file belongs to: dist/src/create-channel, or src/create-channel. */
const packageRoot = fileURLToPath(new URL("../../../", import.meta.url));
const template = join(packageRoot, "scaffold", "channel");

const manifest = z.object({ version: z.string() });
const dependencies = z.object({ devDependencies: z.record(z.string(), z.string()) });

/**
 * Makes a package for a channel of this id, in the folder `afterchat-channel-<id>` of `workingDirectory`.
 * @returns the folder
 * @throws {Error} that says what to do, when the id cannot be one or the folder is not empty
 */
export async function createChannel(id: string, workingDirectory: string): Promise<string> {
  const names = nameChannel(id);
  const folder = resolve(workingDirectory, `afterchat-channel-${id}`);
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) throw new Error(`${folder} is there already: move it away, or choose another id.`);

  await mkdir(folder, { recursive: true });
  await cp(template, folder, { recursive: true });
  for (const path of await listFiles(folder)) {
    const text = renameIn(await readFile(path, "utf8"), names);
    await writeFile(path, text);
    const target = join(folder, unhide(renameIn(relative(folder, path), names)));
    if (target !== path) await rename(path, target);
  }
  await dependOnThis(folder);
  return folder;
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Stored under another name, because npm would leave some of these files out of the package or interpret them. */
function unhide(path: string): string {
  if (path === "_gitignore" || path === "_env.example") return `.${path.slice(1)}`;
  return path.startsWith("_") ? path.slice(1) : path;
}

/** An installed Afterchat comes from the registry; a checkout is installed from its folder, as a copy. */
async function dependOnThis(folder: string): Promise<void> {
  const { version } = manifest.parse(JSON.parse(await readFile(join(packageRoot, "package.json"), "utf8")));
  const file = join(folder, "package.json");
  const own: object = JSON.parse(await readFile(file, "utf8"));
  const installed = dirname(packageRoot).split(sep).includes("node_modules");
  const path = relative(folder, packageRoot).split(sep).join("/").replace(/\/$/, "");
  const afterchat = installed ? `^${version}` : `file:${path}`;
  const changed = {
    ...own,
    peerDependencies: { afterchat: `^${version}` },
    devDependencies: { ...dependencies.parse(own).devDependencies, afterchat },
  };
  await writeFile(file, `${JSON.stringify(changed, null, 2)}\n`);
  // npm would link the folder by default, and the new package would then share its node_modules.
  if (!installed) await writeFile(join(folder, ".npmrc"), "install-links=true\n");
}
