import { FakeGraphApi } from "../test/support/fakes/graph-api/graph-api.js";
import { Api } from "./api.js";
import { startProgram } from "./start-program.js";

export interface Narrator {
  step(text: string): void;
  note(text: string): void;
}

const ana = "2400000000000001";

/** Plays a conversation on Messenger, with a newly started Afterchat and a fake of Meta's Graph API. */
export async function playMessenger({ step, note }: Narrator): Promise<void> {
  const graphApi = await FakeGraphApi.start();
  try {
    const program = await startProgram(graphApi.messengerEnvironment);
    try {
      await playConversation(new Api(program.url), graphApi, program, { step, note });
    } finally {
      await program.stop();
    }
  } finally {
    await graphApi.stop();
  }
}

async function playConversation(
  api: Api,
  graphApi: FakeGraphApi,
  program: { readonly url: string; readonly email: string; readonly password: string },
  { step, note }: Narrator,
): Promise<void> {
  graphApi.echoes = "after";
  graphApi.webhooks.listenAt("page", `${program.url}/webhooks/messenger`);
  await graphApi.webhooks.shakeHands("page");
  step(`The fake Graph API, at ${graphApi.url}, has set up the webhook.`);

  const { signIn } = await api.request(
    "mutation ($email: String!, $password: String!) { signIn(input: { email: $email, password: $password }) { token agent { name } } }",
    { email: program.email, password: program.password },
  );
  const agent = api.withToken(signIn.token);
  const inbox = await agent.connect();
  step(`${signIn.agent.name}, an agent, signs in.`);

  const added = inbox.waitForEvent(
    "subscription { messageAdded { text via { name } conversation { id } } }",
    ({ messageAdded }) => messageAdded.via !== null,
  );
  await agent.request("{ __typename }");
  await graphApi.say("page", ana, "Hello! Is my blue bike repaired?");
  const { messageAdded } = await added;
  step(`Ana writes to the Page; the agent sees it immediately, via ${messageAdded.via.name}: "${messageAdded.text}"`);

  const forwarded = inbox.waitForEvent(
    "subscription { messageUpdated { text forwardedTo } }",
    ({ messageUpdated }) => messageUpdated.forwardedTo !== null,
  );
  const text = "Yes, it is! We are open until six.";
  await agent.request(
    "mutation ($id: ID!, $text: String!) { sendMessage(input: { conversationId: $id, text: $text }) { id } }",
    { id: messageAdded.conversation.id, text },
  );
  step(`The agent answers: "${text}"`);
  const { messageUpdated } = await forwarded;
  const [arrived] = graphApi.taken;
  if (arrived?.text !== text) throw new Error("The answer has not reached Messenger.");
  step(`It was sent to Messenger, as ${arrived.sentAs}, without waiting for Ana to leave:`);
  note(`"${messageUpdated.text}" (forwarded to ${messageUpdated.forwardedTo})`);

  const read = inbox.waitForEvent(
    "subscription { messageUpdated { text read } }",
    ({ messageUpdated }) => messageUpdated.read,
  );
  await agent.request("{ __typename }");
  await graphApi.reportRead("page", ana);
  await read;
  step("Ana reads it on her phone, and the agent sees that it was read.");
  await inbox.close();
}
