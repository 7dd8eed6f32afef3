import { access, readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import { importChannels } from "../../src/channels/registry/import-channels.js";
import { readConfig } from "../../src/config.js";

const repository = new URL("../../../", import.meta.url);
const read = (path: string) => readFile(new URL(path, repository), "utf8");

/** The environment that docker-compose.yml sets for the program, with the secrets of .env filled in. */
async function composedEnvironment(): Promise<Readonly<Record<string, string>>> {
  const compose = await read("docker-compose.yml");
  const environment = /^ {2}afterchat:\n[\s\S]*?^ {4}environment:\n((?: {6}.*\n)+)/m.exec(compose)?.[1] ?? "";
  const filled = environment
    .replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1")
    .replaceAll(/\$\{\w+:\?[^}]*\}/g, "0123456789abcdef0123456789abcdef");
  return Object.fromEntries(
    [...filled.matchAll(/^ {6}(\w+): ?(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
}

describe("Container files", () => {
  test("docker-compose.yml sets only documented settings", async () => {
    const documentation = await read("docs/configuration.md");
    const names = Object.keys(await composedEnvironment());
    expect(names).toContain("DATABASE_URL");
    expect(names.filter((name) => !documentation.includes(`\`${name}\``))).toEqual([]);
  });

  test("the program accepts what docker-compose.yml sets: PostgreSQL, MongoDB for the jobs, SMTP", async () => {
    const environment = { NODE_ENV: "production", ...(await composedEnvironment()) };
    const config = readConfig(environment);
    expect(config).toMatchObject({ production: true, publicUrl: "http://localhost:4000" });
    expect(config.jobsUrl).toMatch(/^mongodb:/);
    const { channels, faults } = await importChannels(environment);
    expect(faults).toEqual([]);
    expect(channels.map(({ plugin }) => plugin.id)).toContain("email");
  });

  test(".env.example lists every secret that docker-compose.yml requires", async () => {
    const required = new Set((await read("docker-compose.yml")).match(/(?<=\$\{)\w+(?=:\?)/g));
    const example = await read(".env.example");
    expect([...required].sort()).toEqual([...(example.match(/^\w+(?==$)/gm) ?? [])].sort());
  });

  test("everything the Dockerfile copies exists and is not excluded by .dockerignore", async () => {
    const dockerfile = await read("Dockerfile");
    const ignored = await read(".dockerignore");
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = ""]) =>
      paths.split(" "),
    );
    expect(copied).toContain("src");
    for (const path of copied) {
      await access(new URL(path, repository));
      expect(ignored).toMatch(new RegExp(`^!${path}$`, "m"));
    }
  });
});
