import { FakeGraphApi } from "../test/support/fakes/graph-api/graph-api.js";
import { Api } from "./api.js";
import { startOwnProgram } from "./own-program.js";

export interface Narrator {
  step(text: string): void;
  note(text: string): void;
}

const ana = "2400000000000001";

/** Plays a conversation on Messenger: a program of the demo's own, and a fake Graph API beside it. */
export async function playMessenger({ step, note }: Narrator): Promise<void> {
  const graphApi = await FakeGraphApi.start();
  try {
    const program = await startOwnProgram(graphApi.messengerEnvironment);
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
  step(`The fake Graph API, at ${graphApi.url}, has set the webhook up.`);

  const { signIn } = await api.do(
    "mutation ($email: String!, $password: String!) { signIn(input: { email: $email, password: $password }) { token agent { name } } }",
    { email: program.email, password: program.password },
  );
  const agent = api.as(signIn.token);
  const desk = await agent.connect();
  step(`${signIn.agent.name}, an agent, signs in.`);

  const added = desk.subscribeToChanges(
    "subscription { messageAdded { text via { name } conversation { id } } }",
    ({ messageAdded }) => messageAdded.via !== null,
  );
  await agent.do("{ __typename }");
  await graphApi.say("page", ana, "Hello! Is my blue bike repaired?");
  const { messageAdded } = await added;
  step(
    `Ana writes to the Page; the agent's screen shows it at once, via ${messageAdded.via.name}: "${messageAdded.text}"`,
  );

  const marked = desk.subscribeToChanges(
    "subscription { messageUpdated { text forwardedTo } }",
    ({ messageUpdated }) => messageUpdated.forwardedTo !== null,
  );
  const text = "Yes, it is! We are open until six.";
  await agent.do(
    "mutation ($id: ID!, $text: String!) { sendMessage(input: { conversationId: $id, text: $text }) { id } }",
    { id: messageAdded.conversation.id, text },
  );
  step(`The agent answers: "${text}"`);
  const { messageUpdated } = await marked;
  const [arrived] = graphApi.taken;
  if (arrived?.text !== text) throw new Error("The answer has not reached Messenger.");
  step(`On Messenger it has arrived, as ${arrived.sentAs}, and nobody had to wait for Ana to go anywhere:`);
  note(`"${messageUpdated.text}" (forwarded to ${messageUpdated.forwardedTo})`);

  const read = desk.subscribeToChanges(
    "subscription { messageUpdated { text read } }",
    ({ messageUpdated }) => messageUpdated.read,
  );
  await agent.do("{ __typename }");
  await graphApi.reportRead("page", ana);
  await read;
  step("Ana has seen it on her phone; so the agent's screen says.");
  await desk.close();
}
