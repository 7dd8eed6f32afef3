import { createHash } from "node:crypto";
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Builds what browsers load, if its sources have changed since the last time:
 *
 *   node dist/scripts/build-pages.js pages       the widget, its loader, the console, the mailbox and the demo website, into dist/pages
 *   node dist/scripts/build-pages.js explorer    the API explorer, into dist/explorer
 *
 * `npm start` and the tests build the pages, which takes some seconds once. The explorer is large: it is built when it is first opened,
 * and for the npm package and the Docker image.
 */
interface Target {
  /** The configurations of Vite, built one after the other. */
  readonly configs: readonly string[];
  /** Whether a path in web/ belongs to its sources. */
  readonly isSource: (path: string) => boolean;
}

const targets: Readonly<Record<string, Target>> = {
  pages: {
    configs: [
      "web/vite.config.ts",
      "web/loader/vite.config.ts",
      "web/console/vite.config.ts",
      "web/mailbox/vite.config.ts",
    ],
    isSource: (path) => !path.startsWith("explorer/"),
  },
  explorer: {
    configs: ["web/explorer/vite.config.ts"],
    // Beside its own folder: what builds it.
    isSource: (path) => path.startsWith("explorer/") || !path.includes("/"),
  },
};

const fingerprintName = ".built-from";
const repository = fileURLToPath(new URL("../../", import.meta.url));
const [, , name = ""] = process.argv;
const target = targets[name];
if (target === undefined) throw new Error(`What to build is one of: ${Object.keys(targets).join(", ")}.`);
await build(join(repository, "dist", name), target);

async function build(folder: string, { configs, isSource }: Target): Promise<void> {
  // From before the build: what is changed meanwhile is built the next time.
  const sources = await fingerprint(isSource);
  if ((await fingerprintOf(folder)) === sources) return;
  const { build: buildWithVite } = await import("vite");
  // A running server and other builds never see half of it.
  const building = `${folder}.${process.pid}`;
  try {
    for (const config of configs) {
      await buildWithVite({
        configFile: join(repository, config),
        logLevel: "warn",
        build: {
          outDir: building,
          emptyOutDir: config === configs[0],
          // On a busy machine it would warn that compressing takes the most time.
          rolldownOptions: { checks: { pluginTimings: false } },
        },
      });
    }
    await writeFile(join(building, fingerprintName), sources);
    await replace(folder, building);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function replace(folder: string, by: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await rename(by, folder).catch(async (error: unknown) => {
    // Another build has just done the same.
    if ((await fingerprintOf(folder)) === null) throw error;
  });
}

/** What the folder was built from; null if it was not. */
function fingerprintOf(folder: string): Promise<string | null> {
  return readFile(join(folder, fingerprintName), "utf8").catch(() => null);
}

/** Changes with each source, the versions of packages and the program that builds: sizes and times, which are read in no time. */
async function fingerprint(isSource: Target["isSource"]): Promise<string> {
  const web = join(repository, "web");
  const entries = await readdir(web, { withFileTypes: true, recursive: true });
  const sources = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => isSource(relative(web, path).replaceAll("\\", "/")));
  const paths = [...sources.sort(), join(repository, "package-lock.json"), join(repository, "scripts/build-pages.ts")];
  const facts = paths.map(async (path) => {
    const { size, mtimeMs } = await stat(path);
    return `${relative(repository, path)} ${size} ${mtimeMs}`;
  });
  return createHash("sha256")
    .update((await Promise.all(facts)).join("\n"))
    .digest("hex");
}
