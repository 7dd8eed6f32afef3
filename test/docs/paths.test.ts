import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

interface Page {
  readonly path: string;
  readonly text: string;
}

let pages: readonly Page[];

beforeAll(async () => {
  const docs = (await readdir(join(repository, "docs"), { recursive: true })).map((name) => join("docs", name));
  const paths = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", ...docs].filter((path) =>
    path.endsWith(".md"),
  );
  pages = await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(repository, path), "utf8") })),
  );
});

describe("in the documentation", () => {
  test("every relative link leads to a file and every fragment to a heading", () => {
    const broken = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s#]*)(#[^)\s]*)?\)/g)].flatMap(([, file = "", fragment]) => {
        const target = file === "" ? path : join(dirname(path), file);
        if (!existsSync(join(repository, target))) return [`${path}: ${file}`];
        const headings = pages.find((page) => page.path === target)?.text.matchAll(/^#+ (.*)$/gm) ?? [];
        const known = [...headings].map(([, heading = ""]) => fragmentOf(heading));
        return fragment === undefined || known.includes(fragment) ? [] : [`${path}: ${file}${fragment}`];
      }),
    );
    expect(broken).toEqual([]);
  });

  test("every path of the repository that is named in code exists", () => {
    const missing = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/`((?:src|plugins|test|bench|demo|scripts|scaffold)\/[\w./-]+)`/g)].flatMap(([, name = ""]) => {
        // A module may be named without its ending; the guide names files of the package that the scaffold becomes.
        const places = [name, `${name}.ts`, join("scaffold/channel", name)];
        return places.some((place) => existsSync(join(repository, place))) ? [] : [`${path}: ${name}`];
      }),
    );
    expect(missing).toEqual([]);
  });
});

/** The fragment that GitHub generates for a heading. */
function fragmentOf(heading: string): string {
  const text = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "");
  return `#${text.trim().replace(/\s/g, "-")}`;
}
