import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { makeDataDirectory } from "../support/app/data-directory.js";
import { Program } from "../support/app/program.js";
import { fuzz, schemathesisMissing } from "../support/servers/schemathesis/schemathesis.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";

jest.setTimeout(120_000);

const seconds = 15;
const closing: (() => Promise<unknown>)[] = [];
let program: Program;

beforeAll(async () => {
  if (schemathesisMissing !== null) return;
  const database = await createMigratedDatabase();
  closing.push(() => database.drop());
  const directory = await makeDataDirectory();
  closing.push(() => directory.remove());
  program = await Program.start({
    DATABASE_URL: database.url,
    DATA_DIR: directory.path,
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_PASSWORD: "an admin's password",
    CHANNELS: "email",
    LIMITS_FACTOR: "1000",
  });
  closing.push(() => program.end("SIGKILL"));
});
afterAll(async () => {
  for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close();
});

if (schemathesisMissing !== null) process.stderr.write(`Skipped: generated operations. ${schemathesisMissing}.\n`);
const testGenerated = schemathesisMissing === null ? test : test.skip;

testGenerated(
  "operations that schemathesis generates from the schema are no internal errors, whoever sends them",
  async () => {
    const admin = await program.signInAdmin("an admin's password");
    await admin.do("mutation { updateContactForm(input: { whenOffline: OFF }) { current } }");
    const visitor = await program.client.startSession();
    await visitor.do('mutation { sendMessage(input: { text: "Is my bike ready?" }) { id } }');
    const callers = [null, visitor.token, admin.token];
    const runs = await Promise.all(
      callers.map(async (token) => {
        const directory = await makeDataDirectory();
        closing.push(() => directory.remove());
        return fuzz({ url: `${program.url}/graphql`, token, seconds, directory: directory.path });
      }),
    );
    for (const { code, report } of runs)
      expect([code, report]).toEqual([0, expect.stringMatching(/Test cases:\n +\d+/)]);
    expect(program.output).not.toContain('"level":"error"');
    expect((await fetch(`${program.url}/health`)).status).toBe(200);
  },
);
