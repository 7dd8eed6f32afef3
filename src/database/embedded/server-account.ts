import { chown, lchown, readdir, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** The user that PostgreSQL runs as when this program is root, which PostgreSQL refuses to be. */
export interface ServerAccount {
  readonly uid: number;
  readonly gid: number;
}

type Access = "enter" | "read" | "execute";

const bits: Readonly<Record<Access, number>> = { enter: 0o1, read: 0o4, execute: 0o5 };

/**
 * Whom to start PostgreSQL as: `undefined` is the user of this program. Root takes the data directory's owner, so that
 * data made by an ordinary user stays that user's; otherwise `postgres` or `nobody`.
 */
export async function chooseServerAccount(dataDirectory: string): Promise<ServerAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(dataDirectory).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const lines = (await readFile("/etc/passwd", "utf8").catch(() => "")).split("\n");
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
    if (Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  return { uid: 65534, gid: 65534 };
}

/**
 * Whether `account` may traverse to `path` and use it, by owner, group and mode. Access control lists are ignored: a wrong
 * "no" only costs a copy. Spawning with a uid drops supplementary groups, so they do not count.
 */
export async function canReach(account: ServerAccount | undefined, path: string, access: Access): Promise<boolean> {
  if (account === undefined) return true;
  try {
    const target = resolve(await realpath(path));
    if (!(await isAllowed(account, target, access))) return false;
    for (let parent = dirname(target); ; parent = dirname(parent)) {
      if (!(await isAllowed(account, parent, "enter"))) return false;
      if (parent === dirname(parent)) return true;
    }
  } catch {
    return false;
  }
}

async function isAllowed(account: ServerAccount, path: string, access: Access): Promise<boolean> {
  const { uid, gid, mode } = await stat(path);
  const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
  return ((mode >> shift) & bits[access]) === bits[access];
}

/** Changes the owner of a directory and everything in it to `account`, without following links out of it. */
export async function changeOwner(account: ServerAccount, directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    await lchown(join(entry.parentPath, entry.name), account.uid, account.gid);
  }
  await chown(directory, account.uid, account.gid);
}
