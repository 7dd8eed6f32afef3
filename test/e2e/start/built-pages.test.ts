import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { Program } from "../../support/app/program.js";
import { createMigratedDatabase } from "../../support/services/migrated-database.js";
import type { TestDatabase } from "../../support/services/test-database.js";

// A build takes seconds, and on a busy machine many times that.
jest.setTimeout(180_000);

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../../../../", import.meta.url));
/** A checkout of its own, whose sources the tests change. */
let checkout: string;
let database: TestDatabase;

beforeAll(async () => {
  database = await createMigratedDatabase();
  checkout = await mkdtemp(join(tmpdir(), "afterchat-checkout-"));
  await symlink(join(repository, "node_modules"), join(checkout, "node_modules"));
  await mkdir(join(checkout, "dist"));
  for (const path of [
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "scripts",
    "web",
    "dist/plugins",
    "dist/scripts",
    "dist/src",
  ])
    await cp(join(repository, path), join(checkout, path), { recursive: true, preserveTimestamps: true });
});
afterAll(async () => {
  await Program.killAll();
  await rm(checkout, { recursive: true, force: true });
  await database?.drop();
});

const build = (what: string) => run(process.execPath, [join(checkout, "dist/scripts/build-pages.js"), what]);
const loader = () => join(checkout, "dist/pages/afterchat.js");
const source = () => join(checkout, "web/loader/loader.ts");
const start = () =>
  Program.start(
    {
      DATABASE_URL: database.url,
      APP_SECRET: "a secret of the tests that is long enough",
      DATA_DIR: join(checkout, ".afterchat"),
      CHANNELS: "email",
    },
    { file: join(checkout, "dist/src/main.js"), directory: checkout },
  );

/** The processes that were started in the checkout. */
async function processesOfCheckout(): Promise<readonly string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")));
  return commands.filter((command) => command.includes(checkout));
}

describe("The pages", () => {
  test("are missing in a program that was compiled without them, which says what to do", async () => {
    const program = await start();
    try {
      for (const path of ["/afterchat.js", "/widget"]) {
        const response = await fetch(program.url + path);
        expect(response.status).toBe(503);
        expect(await response.text()).toContain("npm run build");
      }
      const startPage = await fetch(program.url);
      expect([startPage.status, await startPage.text()]).toEqual([
        200,
        expect.stringContaining("Afterchat is running."),
      ]);
      expect(program.output).toContain("The pages are not built");
    } finally {
      await program.end("SIGTERM");
    }
  });

  test("have another tag when only their content is another: npm gives all files the same time", async () => {
    await build("pages");
    const page = join(checkout, "dist/pages/widget/index.html");
    const packed = new Date("1985-10-26T08:15:00Z");
    await utimes(page, packed, packed);
    const tagOf = async () => {
      const program = await start();
      try {
        const response = await fetch(`${program.url}/widget`);
        await response.text();
        return response.headers.get("etag");
      } finally {
        await program.end("SIGTERM");
      }
    };
    const first = await tagOf();
    const html = await readFile(page, "utf8");
    await writeFile(page, html.replace(/widget-([\w-]{8})\.js/, "widget-00000000.js"));
    await utimes(page, packed, packed);
    expect((await stat(page)).size).toBe(Buffer.byteLength(html));
    expect(await tagOf()).not.toBe(first);
    await rm(join(checkout, "dist/pages"), { recursive: true });
  });

  test("are built once, and again when a source has changed", async () => {
    await build("pages");
    const first = await stat(loader());
    await build("pages");
    expect((await stat(loader())).mtimeMs).toBe(first.mtimeMs);
    await writeFile(source(), `${await readFile(source(), "utf8")}\nconsole.log("another version");\n`);
    await build("pages");
    expect(await readFile(loader(), "utf8")).toContain("another version");
  });

  test("stay as they were when the build fails", async () => {
    const before = await readFile(loader(), "utf8");
    const text = await readFile(source(), "utf8");
    await writeFile(source(), `${text}\nconst = ;\n`);
    await expect(build("pages")).rejects.toThrow(/loader\.ts/);
    expect(await readFile(loader(), "utf8")).toBe(before);
    expect((await readdir(join(checkout, "dist"))).sort()).toEqual(["pages", "plugins", "scripts", "src"]);
    await writeFile(source(), text);
  });

  test("only those that are known can be built", async () => {
    await expect(build("console")).rejects.toThrow("What to build is one of: pages, explorer.");
  });
});

describe("The API explorer", () => {
  const open = (program: Program) => fetch(`${program.url}/graphql`, { headers: { accept: "text/html" } });

  test("leaves no build behind when the program stops meanwhile", async () => {
    const program = await start();
    const opened = open(program).then(
      (response) => response.text(),
      () => null,
    );
    await program.prints("building the API explorer");
    expect((await program.end("SIGTERM")).code).toBe(0);
    await opened;
    expect(await processesOfCheckout()).toEqual([]);
  });

  test("is built when it is first opened, for all who open it meanwhile", async () => {
    const program = await start();
    try {
      const responses = await Promise.all([open(program), open(program)]);
      for (const response of responses) {
        expect(response.status).toBe(200);
        expect(await response.text()).toContain("<title>API explorer");
      }
      expect(await readdir(join(checkout, "dist"))).toContain("explorer");
    } finally {
      await program.end("SIGTERM");
    }
  });
});

test("The npm package contains what is built, and neither its sources nor what builds it", async () => {
  for (const what of ["pages", "explorer"])
    await run(process.execPath, [join(repository, "dist/scripts/build-pages.js"), what]);
  const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: repository });
  const [{ files }]: [{ files: { path: string }[] }] = JSON.parse(stdout);
  const paths = files.map(({ path }) => path);
  for (const path of [
    "dist/pages/afterchat.js",
    "dist/pages/afterchat.js.br",
    "dist/pages/widget/index.html",
    "dist/pages/website/index.html",
    "dist/explorer/index.html",
  ])
    expect(paths).toContain(path);
  const unexpected = paths.filter((path) => /build-pages|^web\/|^dist\/web\/(?!client\/)|\.tsx$/.test(path));
  expect(unexpected).toEqual([]);
});
