import { chmod, cp, lstat, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { mayReach, type ServerAccount } from "./server-account.js";

export interface BinariesToCopy {
  readonly packageDirectory: string;
  readonly version: string;
  readonly account: ServerAccount | undefined;
  readonly copiesDirectory?: string;
  /** Creates the links in the copy; false when it could not. */
  complete(packageDirectory: string): Promise<boolean>;
}

/**
 * Copies the server's programs to a directory of this version and user, readable for everybody, and returns it. A copy
 * appears whole or not at all; one that a cleaner of temporary files has thinned out is made anew.
 */
export async function copyBinaries(binaries: BinariesToCopy): Promise<string> {
  const home = join(
    await choosePlace(binaries),
    `afterchat-postgresql-${binaries.version}-${process.getuid?.() ?? "user"}`,
  );
  await refuseForeign(home);
  if (await isWhole(home, binaries)) return home;
  const draft = await mkdtemp(`${home}.`);
  try {
    await cp(join(binaries.packageDirectory, "native"), join(draft, "native"), {
      recursive: true,
      verbatimSymlinks: true,
    });
    await openToAll(draft);
    if (!(await binaries.complete(draft))) throw new Error(`The links among PostgreSQL's libraries cannot be made in ${draft}.`);
    // A directory takes another's place only when that is empty.
    await rename(draft, home).catch(async () => {
      if (await isWhole(home, binaries)) return;
      await rename(home, join(draft, "replaced"));
      await rename(join(draft, "native"), join(await emptyHome(draft), "native"));
      await rename(join(draft, "home"), home);
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return home;
}
