import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { FakeHttpServer } from "../../support/fakes/http-server.js";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const types: Readonly<Record<string, string>> = { css: "text/css", html: "text/html", js: "text/javascript" };

/** Serves web/widget/states: all states of the widget on one page, or those that `?only=` names, separated by commas. */
export async function serveStates(): Promise<FakeHttpServer> {
  const result = await build({
    configFile: join(repository, "web/vite.config.ts"),
    logLevel: "error",
    build: { write: false, rolldownOptions: { input: { states: join(repository, "web/widget/states/states.html") } } },
  });
  const output = [result].flat().flatMap((each) => ("output" in each ? each.output : []));
  const files = new Map(output.map((file) => [`/${file.fileName}`, file.type === "chunk" ? file.code : file.source]));
  return FakeHttpServer.start(({ path }) => {
    const { pathname } = new URL(path, "http://states");
    const name = pathname === "/" ? "/widget/states/states.html" : pathname;
    const body = files.get(name);
    if (body === undefined) return { status: pathname === "/favicon.ico" ? 204 : 404 };
    return { status: 200, body, headers: { "content-type": types[name.split(".").at(-1) ?? ""] ?? "text/plain" } };
  });
}
