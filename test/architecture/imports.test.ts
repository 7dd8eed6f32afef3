import { readdir, readFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "@jest/globals";

/**
 * Which folder of `src` may import which, besides the common files. A new edge belongs here only if it points down: towards
 * folders that know less. See docs/decisions, "Imports point one way".
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  // Infrastructure, which knows no domain.
  events: [],
  tokens: [],
  jobs: [],
  "work-queue": [],
  database: ["events"],
  limits: ["database"],
  http: ["limits"],
  graphql: ["events", "http", "limits", "tokens"],
  processes: ["database"],
  sessions: ["database", "events", "tokens"],
  command: [],
  "create-channel": [],
  // The domain, from the lowest to the highest.
  channels: ["database", "events", "graphql", "http", "limits"],
  agents: ["database", "events", "graphql", "limits", "sessions", "tokens"],
  attachments: ["channels", "database", "limits", "sessions", "tokens"],
  "blocked-networks": ["agents", "database", "events", "graphql"],
  "contact-form": ["agents", "database", "events", "graphql"],
  visitors: [
    ...["agents", "channels", "database", "graphql", "limits", "sessions", "tokens"],
    ...["conversations", "forwarding"],
  ],
  conversations: [
    ...["agents", "attachments", "channels", "contact-form", "database", "events", "graphql", "limits", "sessions"],
    ...["forwarding", "visitors"],
  ],
  forwarding: [
    ...["agents", "attachments", "channels", "database", "events", "graphql", "limits", "processes", "work-queue"],
    ...["conversations", "visitors"],
  ],
  presence: ["agents", "database", "graphql", "limits", "processes", "sessions", "visitors"],
  inbound: [
    ...["agents", "attachments", "channels", "database", "events", "graphql", "limits", "tokens", "work-queue"],
    ...["conversations", "forwarding", "visitors"],
  ],
  pages: [],
  website: ["agents", "attachments", "conversations", "database", "forwarding", "graphql", "visitors"],
  "set-up": ["channels", "database", "forwarding", "graphql", "visitors", "website"],
  counts: ["conversations", "database", "events", "forwarding", "graphql"],
  erasure: ["attachments", "channels", "database", "forwarding", "graphql", "inbound", "sessions", "visitors"],
};

/** One transaction writes all three, so they may import each other. */
const together = new Set(["conversations", "forwarding", "visitors"]);

/** Files at the root of `src` that every folder may import. They import only one another. */
const commonFiles = new Set([
  "author",
  "clock",
  "errors",
  "json",
  "logger",
  "maybe-promise",
  "normalize-text",
  "parse-name",
  "settings-error",
  "trust-proxy",
  "viewer",
]);

/** Files of the wiring at the root of `src`. Folders may import their types, and receive their values as arguments. */
const wiringTypes = new Set(["context", "loaders", "services"]);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly kind: "type" | "value";
}

let imports: readonly Import[];

beforeAll(async () => {
  const repository = fileURLToPath(new URL("../../../", import.meta.url));
  const files = (await Promise.all(["src", "plugins"].map((folder) => sourceFiles(repository, folder)))).flat();
  imports = (await Promise.all(files.map((file) => importsOf(repository, file)))).flat();
});

describe("imports point in one direction", () => {
  test("folders of src import one another only along the allowed edges", () => {
    const unexpected = imports.filter(({ from, to }) => {
      const [importer, imported] = [folderOf(from), folderOf(to)];
      if (importer === null || imported === null || importer === imported) return false;
      return !(allowed[importer]?.includes(imported) ?? false);
    });
    expect(unexpected.map(describeImport)).toEqual([]);
  });

  test("every allowed edge is used", () => {
    const used = new Set(imports.map(({ from, to }) => `${folderOf(from)} → ${folderOf(to)}`));
    const named = Object.entries(allowed).flatMap(([from, tos]) => tos.map((to) => `${from} → ${to}`));
    expect(named.filter((edge) => !used.has(edge))).toEqual([]);
  });

  test("the allowed edges have no cycle other than conversations, forwarding and visitors", () => {
    const collapse = (folder: string) => (together.has(folder) ? "together" : folder);
    const edges = new Map<string, Set<string>>();
    for (const [from, tos] of Object.entries(allowed)) {
      const known = edges.get(collapse(from)) ?? new Set<string>();
      for (const to of tos) if (collapse(to) !== collapse(from)) known.add(collapse(to));
      edges.set(collapse(from), known);
    }
    expect(foldersInCycles(edges)).toEqual([]);
  });

  test("common files import only one another", () => {
    const unexpected = imports.filter(
      ({ from, to }) => commonFiles.has(rootFileOf(from) ?? "") && !commonFiles.has(rootFileOf(to) ?? ""),
    );
    expect(unexpected.map(describeImport)).toEqual([]);
  });

  test("folders import the wiring only as types", () => {
    const upwards = imports.filter(({ from, to, kind }) => {
      const file = rootFileOf(to);
      if (folderOf(from) === null || file === null || commonFiles.has(file)) return false;
      return kind === "value" || !wiringTypes.has(file);
    });
    expect(upwards.map(describeImport)).toEqual([]);
  });

  test("database, events, graphql, jobs, tokens and work-queue import no types of the wiring either", () => {
    const below = new Set(["database", "events", "graphql", "jobs", "tokens", "work-queue"]);
    const upwards = imports.filter(
      ({ from, to }) => below.has(folderOf(from) ?? "") && wiringTypes.has(rootFileOf(to) ?? ""),
    );
    expect(upwards.map(describeImport)).toEqual([]);
  });

  test("src imports no plugins", () => {
    const outwards = imports.filter(({ from, to }) => from.startsWith("src/") && to.startsWith("plugins/"));
    expect(outwards.map(describeImport)).toEqual([]);
  });

  test("plugins do not import one another, except that Messenger and Instagram import meta", () => {
    const pluginOf = (file: string) => /^plugins\/([^/]+)\//.exec(file)?.[1] ?? null;
    const across = imports.filter(({ from, to }) => {
      const [importer, imported] = [pluginOf(from), pluginOf(to)];
      if (importer === null || imported === null || importer === imported) return false;
      return !(imported === "meta" && (importer === "messenger" || importer === "instagram"));
    });
    expect(across.map(describeImport)).toEqual([]);
  });

  test("plugins import nothing from src by path, only afterchat/channel", () => {
    const inwards = imports.filter(({ from, to }) => from.startsWith("plugins/") && to.startsWith("src/"));
    expect(inwards.map(describeImport)).toEqual([]);
  });

  test("the client library imports only itself and the client of graphql-ws", async () => {
    const repository = fileURLToPath(new URL("../../../", import.meta.url));
    for (const file of await sourceFiles(repository, "web/client")) {
      const text = await readFile(join(repository, file), "utf8");
      const sources = [...text.matchAll(/^(?:import|export) [^"';]*?from "([^"]+)"/gms)].map(
        ([, source = ""]) => source,
      );
      const allowed = (source: string) => source === "graphql-ws/client" || /^\.\/[^/]+\.js$/.test(source);
      expect({ file, foreign: sources.filter((source) => !allowed(source)) }).toEqual({ file, foreign: [] });
    }
  });
});

async function sourceFiles(repository: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(repository, folder), { recursive: true });
  return entries
    .filter((entry) => entry.endsWith(".ts"))
    .map((entry) => posix.join(folder, entry.replaceAll("\\", "/")));
}

/** The relative imports and re-exports of one file; tsc has already refused those that lead nowhere. */
async function importsOf(repository: string, file: string): Promise<Import[]> {
  const text = await readFile(join(repository, file), "utf8");
  const statements = text.matchAll(/^(?:import|export) (type )?[^"';]*?from "(\.[^"]+)"|import\("(\.[^"]+)"\)/gms);
  return [...statements].map(([, type, fromClause, dynamic]) => ({
    from: file,
    to: posix.normalize(posix.join(dirname(file), (fromClause ?? dynamic ?? "").replace(/\.js$/, ".ts"))),
    kind: type === undefined ? "value" : "type",
  }));
}

/** The first folder below `src`; null for a file at its root, or outside. */
function folderOf(file: string): string | null {
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? null;
}

/** The name of a file at the root of `src`; null for any other. */
function rootFileOf(file: string): string | null {
  return /^src\/([^/]+)\.ts$/.exec(file)?.[1] ?? null;
}

function describeImport({ from, to, kind }: Import): string {
  return `${from} imports ${kind === "type" ? "types of " : ""}${to}`;
}

/** The nodes that lie on a cycle. */
function foldersInCycles(edges: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const reachable = (from: string, seen = new Set<string>()): Set<string> => {
    for (const to of edges.get(from) ?? []) if (!seen.has(to)) reachable(to, seen.add(to));
    return seen;
  };
  return [...edges.keys()].filter((folder) => reachable(folder).has(folder));
}
