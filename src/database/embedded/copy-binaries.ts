import type { Dirent } from "node:fs";
import { chmod, copyFile, lstat, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { completeBinaries } from "./complete-binaries.js";
import { canReach, type ServerAccount } from "./server-account.js";

interface BinariesToCopy {
  readonly packageDirectory: string;
  readonly version: string;
  readonly account: ServerAccount | undefined;
  /** Default: the first place for temporary files that `account` may enter. */
  readonly copiesDirectory: string | undefined;
}

/**
 * Copies the server's programs to a directory of this version and user, readable for everybody, and returns it. A copy
 * appears atomically; one from which a cleaner of temporary files has removed files is replaced.
 */
export async function copyBinaries(binaries: BinariesToCopy): Promise<string> {
  const user = process.getuid?.() ?? "user";
  const home = join(await choosePlace(binaries), `afterchat-postgresql-${binaries.version}-${user}`);
  await refuseForeign(home);
  if (await isWhole(binaries.packageDirectory, home)) return home;
  const draft = await mkdtemp(`${home}.`);
  try {
    await chmod(draft, 0o755);
    await copyOpenly(join(binaries.packageDirectory, "native"), join(draft, "native"));
    if (!(await completeBinaries(draft))) throw new Error(`PostgreSQL's libraries cannot be linked in ${draft}.`);
    await rename(draft, home).catch(() => replace(home, draft, binaries));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return home;
}

async function choosePlace({ account, copiesDirectory }: BinariesToCopy): Promise<string> {
  const places = copiesDirectory === undefined ? [tmpdir(), "/tmp", "/var/tmp"] : [copiesDirectory];
  for (const place of places) if (await canReach(account, place, "enter")) return place;
  throw new Error(
    `PostgreSQL must not run as root, and user ${account?.uid} may enter none of ${places.join(", ")}, where its ` +
      "programs could be copied to. Set TMPDIR to a directory open to all, or DATABASE_URL to a server of your own.",
  );
}

/** Directories for temporary files are writable by all: programs that another user put there must not be run. */
async function refuseForeign(home: string): Promise<void> {
  const found = await lstat(home).catch(() => undefined);
  if (found === undefined || process.getuid === undefined) return;
  if (found.isDirectory() && found.uid === process.getuid() && (found.mode & 0o022) === 0) return;
  throw new Error(`${home} was not made by this user: remove it, or set TMPDIR to another directory.`);
}

/** Compares names and sizes: cleaners remove files but do not change them. */
async function isWhole(packageDirectory: string, home: string): Promise<boolean> {
  const native = join(packageDirectory, "native");
  const entries = await readdir(native, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  try {
    const same = await Promise.all(
      files.map(
        async (file) => (await stat(file)).size === (await stat(join(home, "native", relative(native, file)))).size,
      ),
    );
    return same.every(Boolean) && (await completeBinaries(home));
  } catch {
    return false;
  }
}

/**
 * Copies files only, readable by all: the package may have been unpacked with private permissions. `completeBinaries`
 * creates the links. All files are copied in parallel: fs.cp copies them one by one and takes twice as long.
 */
async function copyOpenly(from: string, to: string): Promise<void> {
  await mkdir(to);
  const entries = await readdir(from, { withFileTypes: true, recursive: true });
  const placeOf = (entry: Dirent) => join(to, relative(from, join(entry.parentPath, entry.name)));
  for (const entry of entries.filter((one) => one.isDirectory())) await mkdir(placeOf(entry), { recursive: true });
  const files = entries.filter((one) => one.isFile());
  await Promise.all(files.map((entry) => copyFileOpenly(join(entry.parentPath, entry.name), placeOf(entry))));
  for (const entry of [to, ...entries.filter((one) => one.isDirectory()).map(placeOf)]) await chmod(entry, 0o755);
}

async function copyFileOpenly(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const isExecutable = ((await stat(from)).mode & 0o111) !== 0;
  await chmod(to, isExecutable ? 0o755 : 0o644);
}

/** rename() replaces a directory only if that is empty. Meanwhile another program may have put a complete copy there. */
async function replace(home: string, draft: string, binaries: BinariesToCopy): Promise<void> {
  if (await isWhole(binaries.packageDirectory, home)) return;
  const replaced = `${draft}.replaced`;
  await rename(home, replaced);
  await rename(draft, home);
  await rm(replaced, { recursive: true, force: true });
}
