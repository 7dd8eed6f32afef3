import { access, chmod, constants, readFile, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** A program of the package: `native/bin/<name>`. */
export function programPath(packageDirectory: string, name: "initdb" | "postgres" | "pg_ctl"): string {
  return join(packageDirectory, "native", "bin", process.platform === "win32" ? `${name}.exe` : name);
}

/**
 * Creates the links that `pg-symlinks.json` lists (an npm package cannot contain links; its install script creates them,
 * if it may run), and restores execute bits that were lost on unpacking.
 * @returns false when that is not possible, as in a read-only directory.
 */
export async function completeBinaries(packageDirectory: string): Promise<boolean> {
  try {
    for (const link of await readLinks(packageDirectory)) {
      const target = join(packageDirectory, link.target);
      if (await canAccess(target, constants.F_OK)) continue;
      // Relative, so that a moved or copied package still works.
      await symlink(basename(link.source), target).catch(ignoreExisting);
      await access(target);
    }
    for (const name of ["initdb", "postgres", "pg_ctl"] as const) {
      const path = programPath(packageDirectory, name);
      if (!(await canAccess(path, constants.X_OK))) await chmod(path, 0o755);
    }
    return true;
  } catch {
    return false;
  }
}

async function readLinks(packageDirectory: string): Promise<z.infer<typeof Links>> {
  const path = join(packageDirectory, "native", "pg-symlinks.json");
  return (await canAccess(path, constants.F_OK)) ? Links.parse(JSON.parse(await readFile(path, "utf8"))) : [];
}

/** Another program may be completing the same package. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

function canAccess(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
