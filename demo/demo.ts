/**
 * Plays a visitor and an agent through the public API and prints each step, until the reply is in the dev mailbox and
 * the message is marked "(forwarded to …)".
 *
 *   npm run demo                                                   starts Afterchat, and stops it afterwards
 *   npm run demo -- --url http://localhost:4000 --password …       uses a running one, and restores its preference
 *   npm run demo -- --messenger                                    on Messenger instead, with a fake Graph API
 *
 * --email is the admin's address, --mailbox-key opens the running program's dev mailbox, --to is the visitor's address.
 */
import { parseArgs } from "node:util";
import { Api } from "./api.js";
import { playMessenger } from "./play-messenger.js";
import { type RunningProgram, startProgram } from "./start-program.js";

const leftDelaySeconds = 3;
const settleSeconds = 1;

interface Options {
  readonly url?: string | undefined;
  readonly email: string;
  readonly password?: string | undefined;
  readonly mailboxKey?: string | undefined;
  /** The visitor's email address. */
  readonly to: string;
  readonly channel: "email" | "messenger";
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      url: { type: "string" },
      email: { type: "string", default: "admin@example.com" },
      password: { type: "string" },
      "mailbox-key": { type: "string" },
      to: { type: "string", default: "ana@example.com" },
      messenger: { type: "boolean", default: false },
    },
  });
  return { ...values, mailboxKey: values["mailbox-key"], channel: values.messenger ? "messenger" : "email" };
}

let stepNumber = 0;
function step(text: string): void {
  stepNumber += 1;
  process.stdout.write(`${String(stepNumber).padStart(2)}. ${text}\n`);
}

function note(text: string): void {
  process.stdout.write(`    ${text}\n`);
}

async function play(program: RunningProgram, to: string): Promise<void> {
  const api = new Api(program.url);
  const { signIn } = await api.request(
    `mutation ($email: String!, $password: String!) {
      signIn(input: { email: $email, password: $password }) { token agent { name } } }`,
    { email: program.email, password: program.password },
  );
  const agent = api.withToken(signIn.token);
  step(`${signIn.agent.name}, an agent, signs in.`);

  const { forwardingPreference: before } = await agent.request(`{ forwardingPreference { ${preferenceFields} } }`);
  await setPreference(agent, {
    ...before,
    mode: "UNREAD_REPLIES",
    visitorLeftDelaySeconds: leftDelaySeconds,
    settleSeconds,
  });
  step(
    `As an admin, the agent sets that unread replies are emailed ${leftDelaySeconds} seconds after a visitor has left (5 minutes by default).`,
  );
  try {
    await playConversation(api, agent, program, to);
  } finally {
    await setPreference(agent, before);
    step("The forwarding preference is restored.");
  }
}

async function playConversation(api: Api, agent: Api, program: RunningProgram, to: string): Promise<void> {
  const inbox = await agent.connect();
  const { startSession } = await api.request(
    `mutation { startSession(input: { locale: "en-GB", timeZone: "Europe/London", page: "/repairs" }) { token } }`,
  );
  const visitor = api.withToken(startSession.token);
  const page = await visitor.connect();
  step("A visitor opens the website; the chat connects.");

  await visitor.request(
    `mutation ($email: String!) { submitContactForm(input: { email: $email, name: "Ana" }) { id } }`,
    { email: to },
  );
  const { sendMessage: question } = await visitor.request(`mutation {
    sendMessage(input: { text: "Hello! Is my blue bike repaired?" }) { text conversation { id } } }`);
  const conversationId: string = question.conversation.id;
  step(`Ana leaves her address, ${to}, and writes: "${question.text}"`);

  const left = inbox.waitForEvent(
    "subscription { conversationUpdated { id visitor { online } } }",
    ({ conversationUpdated }) => conversationUpdated.id === conversationId && !conversationUpdated.visitor.online,
  );
  await page.close();
  await left;
  step("She closes the page before anybody answers; the agent sees that she has left.");

  const forwarded = inbox.waitForEvent(
    "subscription { messageUpdated { text forwardedTo conversation { id } } }",
    ({ messageUpdated }) => messageUpdated.conversation.id === conversationId && messageUpdated.forwardedTo !== null,
  );
  const { sendMessage: reply } = await agent.request(
    `mutation ($id: ID!) { sendMessage(input: { conversationId: $id, text: "Yes, it is! We are open until six." }) {
      text conversation { forwarding { state trigger dueAt address asOf channel { name } } } } }`,
    { id: conversationId },
  );
  const { text, conversation } = reply;
  step(`The agent answers: "${text}"`);
  const { forwarding } = conversation;
  const inSeconds = Math.max(0, Math.round((Date.parse(forwarding.dueAt) - Date.parse(forwarding.asOf)) / 1000));
  note(`and sees what will happen: ${forwarding.state}, by ${forwarding.channel.name} to ${forwarding.address}`);
  note(`in ${inSeconds} s (${forwarding.trigger}), unless Ana reads it in the chat first.`);

  const { messageUpdated } = await forwarded;
  step(`The agent sees it immediately: "${messageUpdated.text}" (forwarded to ${messageUpdated.forwardedTo})`);
  await inbox.close();

  const link = await readMailbox(program, to);
  if (link !== null) await resume(api, link, text);
}

interface StoredMail {
  readonly to: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
}

/** Prints the email, and returns the link in it. */
async function readMailbox(program: RunningProgram, to: string): Promise<string | null> {
  if (program.mailboxKey === null) {
    step("The email was sent. With --mailbox-key the demo also reads the dev mailbox.");
    return null;
  }
  const headers = { authorization: `Bearer ${program.mailboxKey}` };
  const read = async (path: string) => (await fetch(`${program.url}${path}`, { headers })).json();
  const list = (await read("/mailbox.json")) as { mails: readonly { id: string; to: string }[] };
  const newest = list.mails.find((mail) => mail.to.includes(to));
  if (newest === undefined) throw new Error("The email is not in the dev mailbox.");
  const mail = (await read(`/mailbox/${newest.id}.json`)) as StoredMail;
  step("The email is in the dev mailbox:");
  for (const line of [
    `From: ${mail.from}`,
    `To: ${mail.to}`,
    `Subject: ${mail.subject}`,
    "",
    ...mail.text.trim().split("\n"),
  ]) {
    note(`  | ${line}`);
  }
  return /https?:\/\/\S+#afterchat-resume=\S+/.exec(mail.text)?.[0] ?? null;
}

async function resume(api: Api, link: string, reply: string): Promise<void> {
  const code = new URL(link).hash.replace("#afterchat-resume=", "");
  const { startSession } = await api.request(
    `mutation ($code: String!) { startSession(input: { resume: $code }) {
      token kind conversation { id messages { nodes { id text } } } } }`,
    { code },
  );
  const { conversation } = startSession;
  const last = conversation.messages.nodes.at(-1);
  if (last?.text !== reply) throw new Error("The link opened another conversation.");
  const guest = api.withToken(startSession.token);
  await guest.request("mutation ($c: ID!, $m: ID!) { markRead(input: { conversationId: $c, messageId: $m }) { id } }", {
    c: conversation.id,
    m: last.id,
  });
  step(
    `Ana follows the link and is back in the same conversation, as a ${startSession.kind.toLowerCase()}; she reads the reply.`,
  );
}

const preferenceFields =
  "mode visitorLeftDelaySeconds inactivityDelaySeconds settleSeconds contextMessages shortConversationMessages";

async function setPreference(agent: Api, preference: Record<string, unknown>): Promise<void> {
  await agent.request(
    `mutation ($input: UpdateForwardingPreferenceInput!) { updateForwardingPreference(input: $input) { mode } }`,
    { input: preference },
  );
}

async function findProgram(values: Options): Promise<RunningProgram> {
  if (values.url === undefined) {
    process.stdout.write("Starting Afterchat …\n");
    return startProgram();
  }
  if (values.password === undefined)
    throw new Error("With --url, also give an admin's --password (and --email if it is not admin@example.com).");
  return {
    url: values.url.replace(/\/$/, ""),
    email: values.email,
    password: values.password,
    mailboxKey: values.mailboxKey ?? null,
    stop: async () => {},
  };
}

let program: RunningProgram | null = null;
try {
  const options = readOptions();
  if (options.channel === "messenger") {
    await playMessenger({ step, note });
  } else {
    program = await findProgram(options);
    await play(program, options.to);
  }
  process.stdout.write("\nThe demo is complete.\n");
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  await program?.stop();
}
