import { createHash, randomBytes, randomInt } from "node:crypto";
import { constants } from "node:fs";
import { access, type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { dirname, join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** One running program's exclusive claim to a directory. The operating system releases it when the program dies. */
export interface DirectoryClaim {
  release(): Promise<void>;
}

const attempts = 5;
/** sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included. */
const maxSocketPathBytes = 103;

/**
 * Claims `directory` for this program, until `release` or the program's death. Live programs are known by listening
 * sockets in `<directory>.programs`: unlike a file with a process id they cannot go stale or be mistaken for another
 * program's, and they are seen from other containers on the same volume.
 *
 * Each program first listens and then looks for others. Two that start at the same moment see each other, withdraw
 * and try again after a random pause, so that never both go on.
 * @throws {Error} naming the DATA_DIR when another live program has it.
 */
export async function claimDirectory(directory: string): Promise<DirectoryClaim> {
  if (process.platform === "win32") return claimPipe(directory);
  const programs = await openPrograms(`${directory}.programs`);
  try {
    let other = "";
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (attempt > 1) await delay(randomInt(20, 150));
      const name = `${process.pid}-${randomBytes(3).toString("hex")}`;
      const server = await listenAs(programs, name);
      const withdraw = async () => {
        await rm(join(programs.directory, name), { force: true });
        await close(server);
      };
      const found = await findOther(programs, name);
      if (found === undefined) {
        return {
          release: async () => {
            await withdraw();
            await programs.handle?.close();
          },
        };
      }
      other = found;
      await withdraw();
    }
    throw inUse(directory, `process ${other.split("-")[0]}`);
  } catch (error) {
    await programs.handle?.close();
    throw error;
  }
}

interface Programs {
  readonly directory: string;
  /** The same directory in few enough bytes for a socket's path. */
  readonly shortPath: string;
  readonly handle?: FileHandle;
}

async function openPrograms(directory: string): Promise<Programs> {
  await mkdir(directory, { recursive: true });
  await access(directory, constants.W_OK).catch((cause: unknown) => {
    throw new Error(
      `${directory} cannot be written by this user: run this program as the user who started it first, or choose another DATA_DIR.`,
      { cause },
    );
  });
  const shorter = relative(process.cwd(), directory) || ".";
  for (const shortPath of [directory, shorter]) {
    if (Buffer.byteLength(join(shortPath, ".4194304-abcdef")) <= maxSocketPathBytes) return { directory, shortPath };
  }
  if (process.platform !== "linux") throw new Error(`The path ${directory} is too long: choose a shorter DATA_DIR.`);
  const handle = await open(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  return { directory, shortPath: `/proc/self/fd/${handle.fd}`, handle };
}

/** Other programs ignore names that start with a dot, so a socket that is bound but not listening yet never looks dead. */
async function listenAs(programs: Programs, name: string): Promise<Server> {
  const server = await listen(join(programs.shortPath, `.${name}`));
  await rename(join(programs.directory, `.${name}`), join(programs.directory, name));
  return server;
}

/** The name of another live program; sockets of dead ones are removed. */
async function findOther(programs: Programs, ownName: string): Promise<string | undefined> {
  for (const name of await readdir(programs.directory)) {
    if (name === ownName || name.startsWith(".")) continue;
    if (await isAlive(join(programs.shortPath, name))) return name;
    await rm(join(programs.directory, name), { force: true });
  }
  return undefined;
}

/** Anything not clearly dead counts as alive: a needless refusal is better than two servers on one directory. */
function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      resolve(!["ECONNREFUSED", "ENOENT", "ENOTSOCK"].includes(error.code ?? ""));
    });
  });
}

/** On Windows a named pipe has one server, and its name is freed when that process ends. */
async function claimPipe(directory: string): Promise<DirectoryClaim> {
  const name = createHash("sha256").update(directory.toLowerCase()).digest("hex");
  try {
    const server = await listen(`\\\\.\\pipe\\afterchat-${name}`);
    return { release: () => close(server) };
  } catch (error) {
    throw inUse(directory, "a pipe of its name is open", error);
  }
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on("error", reject);
    // Another user who may enter the directory must be able to see that this program lives.
    server.listen({ path, readableAll: true, writableAll: true }, () => resolve(server));
    server.unref();
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function inUse(directory: string, by: string, cause?: unknown): Error {
  return new Error(
    `DATA_DIR ${dirname(directory)} is in use by another running program (${by}). Stop that program, or give this one a DATA_DIR of its own.`,
    { cause },
  );
}
