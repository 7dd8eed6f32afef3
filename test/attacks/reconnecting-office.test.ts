import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { makeDataDirectory } from "../support/app/data-directory.js";
import { Program } from "../support/app/program.js";
import { RawSocket } from "../support/app/raw-socket.js";
import { createMigratedDatabase } from "../support/services/migrated-database.js";

// A thousand sockets, on a machine that does other things as well.
jest.setTimeout(120_000);

const subscriptions = [
  ...["messageAdded", "messageUpdated", "conversationUpdated"].map((name) => `subscription { ${name} { id } }`),
  "subscription { typing { conversation { id } } }",
  "subscription { contactFormUpdated { current } }",
];

let program: Program;
const sockets: RawSocket[] = [];
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const database = await createMigratedDatabase();
  closing.push(() => database.drop());
  const directory = await makeDataDirectory();
  closing.push(() => directory.remove());
  program = await Program.start({
    DATABASE_URL: database.url,
    DATA_DIR: directory.path,
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_PASSWORD: "an admin's password",
    CHANNELS: "",
  });
  closing.push(() => program.end("SIGKILL"));
});
afterAll(async () => {
  await Promise.all(sockets.map((socket) => socket.close()));
  for (let close = closing.pop(); close !== undefined; close = closing.pop()) await close();
});

test("an office of 200 people with five tabs each connects again at once, as after a restart, and is served", async () => {
  const tabs: (string | null)[] = [];
  for (let person = 0; person < 200; person += 1) {
    const { token } = await program.client.startSession();
    tabs.push(...Array.from({ length: 5 }, () => token));
  }
  sockets.push(...(await Promise.all(tabs.map((token) => RawSocket.connect(program.url, token)))));
  await Promise.all(
    sockets.map(async (socket) => {
      for (const query of subscriptions) socket.subscribe(query, query);
      socket.subscribe("settled", "{ contactForm { current } }");
      await socket.until(({ id, type }) => id === "settled" && type === "complete");
    }),
  );
  expect(sockets.filter(({ isOpen }) => isOpen)).toHaveLength(1_000);
  expect(sockets.flatMap(({ received }) => received.filter(({ type }) => type === "error"))).toEqual([]);
});
