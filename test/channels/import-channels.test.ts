import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { importChannels } from "../../src/channels/registry/import-channels.js";

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "afterchat-plugins-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** A third-party plugin: plain JavaScript without imports. */
const source = (id: string, changes = "") => `
export default {
  id: "${id}", name: "A channel", policy: "when-away",
  supports: { replies: false, receipts: false, idempotentSend: false, maxTextLength: null, replyWindowHours: null },
  address: { safeParse: (data) => ({ success: true, data }) },
  settings: [{ name: "SET", required: true }],
  configure: (environment) => (environment.SET ? { set: environment.SET } : undefined),
  describeAddress: String,
  connect: async () => ({}),
  ${changes}
};`;

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(home, path)), { recursive: true });
  await writeFile(join(home, path), text);
}

const load = (environment: Readonly<Record<string, string>>) =>
  importChannels(environment, {
    builtIns: pathToFileURL(`${join(home, "built-in")}/`),
    workingDirectory: home,
  });

describe("Importing channels", () => {
  beforeAll(async () => {
    // One folder is not a channel: `shared` has no index.js.
    await write("package.json", '{"type":"module"}');
    await write("built-in/zulu/index.js", source("zulu"));
    await write("built-in/email/index.js", source("email"));
    await write("built-in/alpha/index.js", source("alpha"));
    await write("built-in/shared/part.js", "export {};");
    await write("own/pigeon.js", source("pigeon"));
    await write("own/folder/index.js", source("folder"));
    await write("own/named.js", source("named").replace("export default", "export const channel ="));
  });

  test("uses every built-in channel if CHANNELS is unset or empty, email first", async () => {
    for (const environment of [{}, { CHANNELS: "" }]) {
      const { channels, faults } = await load(environment);
      expect(faults).toEqual([]);
      expect(channels.map(({ plugin }) => plugin.id)).toEqual(["email", "alpha", "zulu"]);
    }
  });

  test("keeps the order of CHANNELS, and accepts names, paths, folders and file URLs", async () => {
    const url = pathToFileURL(join(home, "own/named.js")).href;
    const { channels, faults } = await load({ CHANNELS: ` zulu, ./own/pigeon.js ,./own/folder,${url},email` });
    expect(faults).toEqual([]);
    expect(channels.map(({ plugin }) => plugin.id)).toEqual(["zulu", "pigeon", "folder", "named", "email"]);
  });

  test("accepts packages installed in the working directory, with main, with import only, or in CommonJS", async () => {
    await write("node_modules/with-main/package.json", '{"name":"with-main","type":"module","main":"lib.js"}');
    await write("node_modules/with-main/lib.js", source("with-main"));
    await write(
      "node_modules/@corp/chat/package.json",
      '{"name":"@corp/chat","type":"module","exports":{".":{"types":"./a.d.ts","import":"./lib/main.js"},"./second":"./second.js"}}',
    );
    await write("node_modules/@corp/chat/lib/main.js", source("corp"));
    await write("node_modules/@corp/chat/second.js", source("second"));
    await write("node_modules/common/package.json", '{"name":"common"}');
    await write("node_modules/common/index.js", source("common").replace("export default", "module.exports ="));
    const { channels, faults } = await load({ CHANNELS: "with-main,@corp/chat,@corp/chat/second,common" });
    expect(faults).toEqual([]);
    expect(channels.map(({ plugin }) => plugin.id)).toEqual(["with-main", "corp", "second", "common"]);
  });

  test("lists a channel without settings as not configured, and treats an empty variable as unset", async () => {
    const configOf = async (environment: Record<string, string>) => (await load(environment)).channels[0]?.config;
    expect(await configOf({ CHANNELS: "email" })).toBeUndefined();
    expect(await configOf({ CHANNELS: "email", SET: "" })).toBeUndefined();
    expect(await configOf({ CHANNELS: "email", SET: "yes" })).toEqual({ set: "yes" });
  });

  test("reports all faults together, each with its entry and what to do", async () => {
    await write("bad/web.js", source("web"));
    await write("bad/id.js", source("Bad Id"));
    await write(
      "bad/members.js",
      source(
        "members",
        'policy: "soon", connect: undefined, settings: [{ name: "token" }], supports: { replies: 1, maxTextLength: 0 }',
      ),
    );
    await write("bad/nothing.js", "export const other = 1;");
    await write("bad/factory.js", "export default () => ({});");
    await write("bad/throws.js", 'throw new Error("cannot start");');
    await write("bad/twin.js", source("email"));
    await write("bad/promise.js", source("promise", 'configure: async () => { throw new Error("late"); }'));
    await write("bad/broken.js", source("broken", 'configure: () => { throw new Error("unplanned"); }'));
    await write(
      "bad/settings.js",
      source(
        "settings",
        `configure: () => { throw Object.assign(new Error(""), { faults: [
          { variable: "A_TOKEN", problem: "is missing" }, { variable: "A_PORT", problem: "must be a number" }] }); }`,
      ),
    );
    const names = [
      "web",
      "id",
      "members",
      "nothing",
      "factory",
      "throws",
      "twin",
      "promise",
      "broken",
      "settings",
      "gone",
    ];
    const entries = ["emial", "email", ...names.map((name) => `./bad/${name}.js`)];
    const { channels, faults } = await load({ CHANNELS: entries.join(",") });
    expect(channels.map(({ plugin }) => plugin.id)).toEqual(["email"]);
    const lines = faults.map(({ variable, problem }) => `${variable} ${problem}`);
    const expected = [
      /^CHANNELS emial: is neither a built-in channel \(email, alpha, zulu\) nor a package .* path that begins with \.\//,
      /^CHANNELS \.\/bad\/web\.js: id "web" is the website itself/,
      /^CHANNELS \.\/bad\/id\.js: id must be 1 to 40 lower-case letters, digits and hyphens/,
      /^CHANNELS \.\/bad\/members\.js: policy must be "immediate" or "when-away"/,
      /^CHANNELS \.\/bad\/members\.js: supports\.replies must be true or false/,
      /^CHANNELS \.\/bad\/members\.js: supports\.receipts must be true or false/,
      /^CHANNELS \.\/bad\/members\.js: supports\.idempotentSend must be true or false/,
      /^CHANNELS \.\/bad\/members\.js: supports\.maxTextLength must be above 0, or null for no limit/,
      /^CHANNELS \.\/bad\/members\.js: supports\.replyWindowHours must be a number, or null for no limit/,
      /^CHANNELS \.\/bad\/members\.js: settings\.0\.name must be 1 to 100 upper-case letters/,
      /^CHANNELS \.\/bad\/members\.js: settings\.0\.required must be true or false/,
      /^CHANNELS \.\/bad\/members\.js: connect must be a function/,
      /^CHANNELS \.\/bad\/nothing\.js: exports no channel/,
      /^CHANNELS \.\/bad\/factory\.js: exports a function/,
      /^CHANNELS \.\/bad\/throws\.js: could not be loaded: cannot start/,
      /^CHANNELS \.\/bad\/twin\.js: its id "email" is already used by email/,
      /^CHANNELS \.\/bad\/promise\.js: configure must return its settings, not a promise/,
      /^CHANNELS \.\/bad\/broken\.js: its settings could not be read: unplanned/,
      /^A_TOKEN is missing$/,
      /^A_PORT must be a number$/,
      /^CHANNELS \.\/bad\/gone\.js: file not found/,
    ];
    expect(lines).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });

  test("rejects an empty list", async () => {
    const { faults } = await load({ CHANNELS: " , " });
    expect(faults).toEqual([{ variable: "CHANNELS", problem: expect.stringContaining("lists no channel") }]);
  });

  test("finds Afterchat's built-in channels", async () => {
    const { channels, faults } = await importChannels({ CHANNELS: "console", CONSOLE_CHANNEL: "on" });
    expect(faults).toEqual([]);
    expect(channels).toEqual([
      {
        plugin: expect.objectContaining({ id: "console" }),
        config: { printing: true },
        settings: [{ name: "CONSOLE_CHANNEL", required: true, isSet: true }],
      },
    ]);
    expect((await importChannels({})).channels[0]?.plugin.id).toBe("email");
  });
});
