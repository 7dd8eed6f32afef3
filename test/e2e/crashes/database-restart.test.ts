import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../../src/database/embedded/embedded-postgres.js";
import { createLogger } from "../../../src/logger.js";
import { Program } from "../../support/app/program.js";
import { MailSink } from "../../support/fakes/mail-sink.js";
import { AdminClient } from "./admin-client.js";
import { ageDatabase, agePresenceEpoch } from "./age-database.js";
import { findLeftovers, readOutcomes } from "./read-outcomes.js";
import { programSettings } from "./settings.js";
import { StatementProxy } from "./statement-proxy.js";
import { until } from "./until.js";
import { markOf, readMarks } from "./written-and-arrived.js";

// Starting a program and three databases is slow on a busy machine.
jest.setTimeout(120_000);

const forwardings = 60;

let directory: string;
let postgres: EmbeddedPostgres;
let proxy: StatementProxy;
let sink: MailSink;
let program: Program;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "afterchat-crashes-"));
  postgres = await startPostgres();
  proxy = await StatementProxy.start(postgres.url);
  sink = await MailSink.start();
  program = await Program.start(programSettings(proxy.through(postgres.url), sink.url));
});

afterAll(async () => {
  await program?.end("SIGKILL");
  await sink?.stop();
  await proxy?.stop();
  await postgres?.stop();
  await rm(directory, { recursive: true, force: true });
});

function startPostgres(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ directory: join(directory, "postgres"), logger: createLogger("error") });
}

/** Kills the server, and starts it again on its data. */
async function crashPostgres(): Promise<void> {
  process.kill(postgres.pid, "SIGKILL");
  await postgres.exited;
  postgres = await startPostgres();
  proxy.retarget(postgres.url);
}

test("No reply is lost or sent twice when the database is killed and restarted during forwarding", async () => {
  const admin = await AdminClient.signIn(program);
  await admin.forwardImmediately();
  await admin.updatePreference({ mode: "NOTHING" });
  await agePresenceEpoch(postgres.url);
  const visitors = await admin.addVisitors(forwardings);
  await admin.replyToAll(visitors.map(({ conversationId }, index) => ({ conversationId, mark: markOf(index) })));
  // Once during the first mails, whose results cannot be recorded then, and once more later.
  const crashes: Promise<void>[] = [];
  sink.onAnswered(() => {
    if (sink.mails.length === 5 || sink.mails.length === 30) {
      crashes.push((crashes.at(-1) ?? Promise.resolve()).then(crashPostgres));
    }
  });
  await admin.updatePreference({ mode: "UNREAD_REPLIES" });
  await until(
    async () => crashes.length,
    (count) => count === 2,
  );
  await Promise.all(crashes);

  // After a crash presence is not evaluated before one heartbeat has passed, and claims without a recorded result wait
  // for their lease.
  await until(
    () => admin.reply(visitors[0]?.conversationId ?? "", markOf(forwardings)).catch(() => null),
    (answer) => answer?.data != null,
  );
  await ageDatabase(postgres.url, 61);
  const outcomes = await until(
    () => readOutcomes(postgres.url),
    (found) => {
      const sent = found.filter(({ status }) => status === "SENT").flatMap(({ replies }) => replies);
      return sent.length > forwardings && found.every(({ status }) => status === "SENT");
    },
  );
  const carriers = new Map<string, Set<string | undefined>>();
  for (const { parsed } of sink.mails) {
    for (const mark of readMarks(parsed.text ?? "")) {
      carriers.set(mark, (carriers.get(mark) ?? new Set()).add(parsed.messageId));
    }
  }
  expect([...carriers.keys()].sort()).toEqual(
    Array.from({ length: forwardings + 1 }, (_, index) => markOf(index)).sort(),
  );
  expect([...carriers.values()].filter((messageIds) => messageIds.size !== 1)).toEqual([]);
  expect(outcomes.flatMap(({ replies }) => replies)).toHaveLength(forwardings + 1);
  expect(await findLeftovers(postgres.url)).toEqual([]);
  expect(await program.end("SIGTERM")).toMatchObject({ code: 0 });
});
