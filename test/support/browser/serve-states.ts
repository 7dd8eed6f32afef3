import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { FakeHttpServer } from "../fakes/http-server.js";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const types: Readonly<Record<string, string>> = { css: "text/css", html: "text/html", js: "text/javascript" };

/**
 * Serves a page that shows all states of something, or those that `?only=` names.
 * @param config the Vite configuration that the states are built with, and the page: paths in the repository
 */
export async function serveStates({
  config,
  page,
}: {
  readonly config: string;
  readonly page: string;
}): Promise<FakeHttpServer> {
  const result = await build({
    configFile: join(repository, config),
    logLevel: "error",
    build: { write: false, rolldownOptions: { input: { states: join(repository, page) } } },
  });
  const output = [result].flat().flatMap((each) => ("output" in each ? each.output : []));
  const files = new Map(output.map((file) => [`/${file.fileName}`, file.type === "chunk" ? file.code : file.source]));
  return FakeHttpServer.start(({ path }) => {
    const { pathname } = new URL(path, "http://states");
    const name = pathname === "/" ? page.replace(/^web/, "") : pathname;
    const body = files.get(name);
    if (body === undefined) return { status: pathname === "/favicon.ico" ? 204 : 404 };
    return { status: 200, body, headers: { "content-type": types[name.split(".").at(-1) ?? ""] ?? "text/plain" } };
  });
}

export const widgetStates = { config: "web/vite.config.ts", page: "web/widget/states/states.html" };
export const consoleStates = { config: "web/console/vite.config.ts", page: "web/console/states/states.html" };
