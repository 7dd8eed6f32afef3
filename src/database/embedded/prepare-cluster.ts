import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { changeOwner } from "./server-account.js";
import { databaseName, nameFromInside, runProgram, type ServerSetup } from "./server-setup.js";

/** These characters need no escaping in a URL or an SQL string. */
const Password = z.string().regex(/^[\w-]{32,}$/);

/** Whether `directory` holds a data directory that these binaries can serve, or room for a new one. */
type ClusterState = "ready" | "absent";

/** @throws {Error} when the directory holds something else, another version's data, or another user's. */
export async function inspectCluster({ directory, binaries }: ServerSetup): Promise<ClusterState> {
  const found = await stat(directory).catch(ignoreAbsence);
  if (found === undefined) return "absent";
  const uid = process.getuid?.() ?? 0;
  if (uid !== 0 && found.uid !== uid) {
    throw new Error(
      `${directory} belongs to another user (uid ${found.uid}): run this program as that user, or choose another DATA_DIR.`,
    );
  }
  const version = (await readFile(join(directory, "PG_VERSION"), "utf8").catch(ignoreAbsence))?.trim();
  if (version === binaries.majorVersion) return "ready";
  if (version !== undefined) {
    throw new Error(
      `${directory} holds data of PostgreSQL ${version}, but the embedded server is PostgreSQL ${binaries.majorVersion}. ` +
        `Move the data with pg_dump of version ${version}, or choose another DATA_DIR.`,
    );
  }
  if ((await readdir(directory)).length === 0) return "absent";
  throw new Error(`${directory} is not empty and holds no PostgreSQL data: choose another DATA_DIR.`);
}

/**
 * Prepares the data directory for a start and returns the superuser's password, which is stored beside it.
 * The caller has claimed the directory, and no server runs on it.
 */
export async function prepareCluster(setup: ServerSetup, state: ClusterState): Promise<string> {
  const file = `${setup.directory}.password`;
  const kept = Password.safeParse((await readFile(file, "utf8").catch(ignoreAbsence))?.trim()).data;
  const password = kept ?? randomBytes(24).toString("base64url");
  switch (state) {
    case "absent":
      if (kept === undefined) await writeWhole(file, password);
      await createCluster(setup, password);
      break;
    case "ready":
      await takeOver(setup);
      // Written after the server knows it: if the program is killed in between, the next start sets another.
      if (kept === undefined) await setPassword(setup, password);
      if (kept === undefined) await writeWhole(file, password);
      break;
  }
  return password;
}

/** Created under a temporary name and then renamed: a start that is killed half-way leaves a draft, which the next removes. */
async function createCluster(setup: ServerSetup, password: string): Promise<void> {
  const { directory, account, binaries, durability } = setup;
  const drafts = `${directory}.initializing-`;
  for (const name of await readdir(dirname(directory))) {
    // initdb of the killed program may still be writing there; what it leaves is removed next time.
    if (name.startsWith(basename(drafts)))
      await rm(join(dirname(directory), name), { recursive: true }).catch(() => {});
  }
  const draft = await mkdtemp(drafts);
  try {
    const data = join(draft, "data");
    await mkdir(data, { mode: 0o700 });
    await writeFile(join(draft, "password"), password, { mode: 0o600 });
    if (account !== undefined) await changeOwner(account, draft);
    const name = await nameFromInside(setup, data);
    const parameters = [
      `--pgdata=${name}`,
      `--username=${databaseName}`,
      "--auth=scram-sha-256",
      `--pwfile=${name}/../password`,
      // The same collation and case rules on every system, regardless of its locales.
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--no-instructions",
      ...(durability === "none" ? ["--no-sync"] : []),
    ];
    await runProgram(setup, binaries.initdb, parameters, { workingDirectory: data });
    await rmdir(directory).catch(ignoreAbsence);
    await rename(data, directory);
    if (durability === "full") await syncDirectory(dirname(directory));
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** For data that was copied or restored: PostgreSQL requires that its own user owns it and others have no access. */
async function takeOver({ account, directory }: ServerSetup): Promise<void> {
  const { uid, mode } = await stat(directory);
  if (account !== undefined && uid !== account.uid) await changeOwner(account, directory);
  if ((mode & 0o077) !== 0) await chmod(directory, 0o700);
}

/** For a lost password file. Single-user mode requires no password. */
async function setPassword(setup: ServerSetup, password: string): Promise<void> {
  const parameters = ["--single", "-D", await nameFromInside(setup, setup.directory), "postgres"];
  const input = `ALTER ROLE ${databaseName} PASSWORD '${password}';\n`;
  await runProgram(setup, setup.binaries.postgres, parameters, { workingDirectory: setup.directory, input });
}

async function writeWhole(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return; // It cannot open directories, and orders renames itself.
  const handle = await open(directory);
  await handle.sync().finally(() => handle.close());
}

function ignoreAbsence(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
