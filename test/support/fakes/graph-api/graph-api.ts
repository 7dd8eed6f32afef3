import { createHmac, randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { FakeHttpServer, type HttpAnswer, type HttpRequest } from "../http-server.js";
import { checkFile, checkSend, type Person, type SendRequest, sendRequest } from "./check-send.js";
import { errorBody, type GraphErrorName, graphErrors } from "./graph-errors.js";
import { type AccountKind, type Login, TokenBook } from "./token-book.js";
import { writeWebhookBody } from "./webhook-post.js";
import { WebhookSender } from "./webhook-sender.js";

export type { AccountKind } from "./token-book.js";

/** A message that Meta has taken. */
export interface TakenMessage {
  readonly kind: AccountKind;
  readonly recipient: string;
  readonly text: string;
  /** The file's URL; null: a text. */
  readonly file: string | null;
  readonly sentAs: "RESPONSE" | "HUMAN_AGENT";
  readonly metadata: string | null;
  readonly messageId: string;
}

/** What becomes of a request to send that Meta would take. */
export type Behaviour =
  | { readonly kind: "accept"; readonly echo?: "before" | "after" }
  | { readonly kind: "refuse"; readonly error: GraphErrorName; readonly status?: number; readonly headers?: Headers }
  | { readonly kind: "answer"; readonly status: number; readonly body: string; readonly headers?: Headers }
  /** Never answers. */
  | { readonly kind: "hang"; readonly taken: "yes" | "no" }
  /** Ends the connection without an answer. */
  | { readonly kind: "drop"; readonly taken: "yes" | "no" };

type Headers = Readonly<Record<string, string>>;
type GivenAnswer = Exclude<HttpAnswer, string>;

interface RefusalParts {
  readonly said?: string;
  readonly status?: number;
  readonly headers?: Headers;
}

interface Profile {
  readonly first: string;
  readonly last: string;
}

const accept: Behaviour = { kind: "accept" };
/**
 * A Graph API on loopback with one Page and one Instagram account, as design notes and Meta's pages describe it: real
 * HTTP, real signatures, Meta's own errors. Time is what `now` says.
 */
export class FakeGraphApi {
  readonly pageId = "104000000000001";
  readonly instagramId = "17841400000000001";
  /** How Instagram Login calls the same account: not what webhooks say. */
  readonly instagramLoginId = "26000000000000001";
  readonly appId = 778899;
  readonly appSecret = `app-secret-${randomBytes(12).toString("hex")}`;
  readonly verifyToken = `verify-${randomBytes(8).toString("hex")}`;
  readonly pageToken: string;
  readonly instagramLoginToken: string;
  /** Everything that was taken, oldest first. */
  readonly taken: TakenMessage[] = [];
  /** Requests to send, whatever became of them. */
  readonly requests: SendRequest[] = [];
  /** What people sent, by path, as Meta's servers hand it out; a number: they refuse with it. */
  readonly files = new Map<string, { readonly contentType: string; readonly content: Buffer } | number>();
  readonly webhooks = new WebhookSender(this.appSecret, this.verifyToken);
  humanAgent: "granted" | "missing" = "granted";
  /** When echoes of what was taken are posted; `none` until somebody listens. */
  echoes: "before" | "after" | "none" = "none";
  /** Percent of the limits that every answer says is used; null: no headers. */
  usagePercent: number | null = null;
  #server: FakeHttpServer | null = null;
  #now: () => Date;
  readonly #tokens: TokenBook;
  readonly #people = new Map<string, Person & { readonly profile: Profile }>();
  readonly #events = new EventEmitter();
  #behave: (request: SendRequest) => Behaviour = () => accept;
  #count = 0;

  private constructor(now: () => Date) {
    this.#now = now;
    this.#tokens = new TokenBook(() => this.#now());
    this.pageToken = this.addToken("page", "facebook");
    this.instagramLoginToken = this.addToken("instagram", "instagram");
  }

  /** `port` 0: a free one. */
  static async start(now: () => Date = () => new Date(), port = 0): Promise<FakeGraphApi> {
    const api = new FakeGraphApi(now);
    api.#server = await FakeHttpServer.start((request) => api.#answer(request), port);
    return api;
  }

  get url(): string {
    return this.#server?.url ?? "";
  }

  get messengerEnvironment(): Record<string, string> {
    return {
      META_GRAPH_URL: this.url,
      MESSENGER_PAGE_ID: this.pageId,
      MESSENGER_PAGE_TOKEN: this.pageToken,
      MESSENGER_APP_SECRET: this.appSecret,
      MESSENGER_VERIFY_TOKEN: this.verifyToken,
    };
  }

  /** Through the Page, unless it is by Instagram Login. */
  instagramEnvironment(login: "facebook" | "instagram" = "facebook"): Record<string, string> {
    return {
      META_GRAPH_URL: this.url,
      INSTAGRAM_ACCOUNT_ID: this.instagramId,
      INSTAGRAM_TOKEN: login === "facebook" ? this.pageToken : this.instagramLoginToken,
      INSTAGRAM_LOGIN: login,
      INSTAGRAM_APP_SECRET: this.appSecret,
      INSTAGRAM_VERIFY_TOKEN: this.verifyToken,
    };
  }

  /** From now on requests to send become this; without an argument what Meta's rules say. */
  behave(behave: (request: SendRequest) => Behaviour = () => accept): void {
    this.#behave = behave;
  }

  /** From now on it lives by this clock. */
  setClock(now: () => Date): void {
    this.#now = now;
  }

  /** A new token of the same account. */
  addToken(kind: AccountKind, login: Login): string {
    return this.#tokens.add(kind, login);
  }

  setToken(token: string, state: "valid" | "expired" | "revoked"): void {
    this.#tokens.set(token, state);
  }

  /** Somebody who wrote just now; nothing is posted. */
  meet(kind: AccountKind, id: string, profile: Profile = { first: "Ana", last: "Silva" }): void {
    const known = this.#people.get(personKey(kind, id));
    this.#people.set(personKey(kind, id), {
      lastWroteAt: this.#now(),
      blocks: known?.blocks ?? "nobody",
      profile: known?.profile ?? profile,
    });
  }

  block(kind: AccountKind, id: string): void {
    const known = this.#people.get(personKey(kind, id));
    if (known === undefined) throw new Error("There is no such person");
    this.#people.set(personKey(kind, id), { ...known, blocks: "us" });
  }

  /** Somebody writes. Resolves with the status of the webhook. */
  async say(kind: AccountKind, from: string, text: string, mid = this.#nextMid()): Promise<number> {
    this.meet(kind, from);
    return this.post(kind, [this.#event(kind, from, { message: { mid, text } })]);
  }

  /** Everything up to now has arrived at the person's device; Instagram never says so. */
  async reportDelivered(id: string): Promise<number> {
    const mids = this.taken.filter(({ recipient }) => recipient === id).map(({ messageId }) => messageId);
    const delivery = { mids, watermark: this.#now().getTime() };
    const { timestamp: _, ...event } = this.#event("page", id, { delivery });
    return this.post("page", [event]);
  }

  /** The person has seen everything up to now. */
  async reportRead(kind: AccountKind, id: string): Promise<number> {
    const last = this.taken.filter(({ recipient }) => recipient === id).at(-1);
    const read = kind === "page" ? { watermark: this.#now().getTime() } : { mid: last?.messageId };
    return this.post(kind, [this.#event(kind, id, { read })]);
  }

  /** Posts events of one entry, signed, with the account's id and the time. */
  async post(kind: AccountKind, messaging: readonly object[]): Promise<number> {
    const object = kind === "page" ? "page" : "instagram";
    const entry = [{ id: this.accountId(kind), time: this.#now().getTime(), messaging }];
    return this.webhooks.post(kind, writeWebhookBody({ object, entry }));
  }

  /** Resolves when the next request to send has been received, before the response. */
  async contentReceived(): Promise<void> {
    await once(this.#events, "content");
  }

  /** Ends the connections that hang. */
  release(): void {
    this.#server?.release();
  }

  /** Told of each message that is taken. */
  onTaken(listener: (message: TakenMessage) => void): void {
    this.#events.on("taken", listener);
  }

  accountId(kind: AccountKind): string {
    return kind === "page" ? this.pageId : this.instagramId;
  }

  textsTo(id: string): string[] {
    return this.taken.filter(({ recipient }) => recipient === id).map(({ text, file }) => file ?? text);
  }

  /** Nothing answers any more until `listen`. */
  async vanish(): Promise<void> {
    await this.#server?.stop();
  }

  async listen(): Promise<void> {
    await this.#server?.listen();
  }

  async stop(): Promise<void> {
    await this.webhooks.stop();
    await this.vanish();
  }

  async #answer(request: HttpRequest): Promise<HttpAnswer> {
    const url = new URL(request.path, this.url);
    const path = url.pathname.replace(/^\/v\d+\.\d+(?=\/)/, "");
    if (path === url.pathname && path.startsWith("/fake/")) return this.#control(path, request.body);
    const file = this.files.get(url.pathname);
    if (typeof file === "number") return { status: file };
    if (file !== undefined) return { status: 200, headers: { "content-type": file.contentType }, body: file.content };
    const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    const token = this.#tokens.find(bearer);
    // Meta repeats what it was given, too.
    if (typeof token === "string") return this.#refuse(token, { said: ` ${bearer}` });
    if (path === "/refresh_access_token" && path === url.pathname) {
      return this.#give(this.#tokens.refresh(token, url.searchParams.get("grant_type")));
    }
    const proof = createHmac("sha256", this.appSecret).update(bearer).digest("hex");
    if (url.searchParams.get("appsecret_proof") !== proof) return this.#refuse("proof-missing");
    const [, node = "", edge] = path.split("/");
    if (request.method === "GET" && edge === undefined) {
      const fields = (url.searchParams.get("fields") ?? "id").split(",");
      return this.#give(this.#read(token.login, node, fields));
    }
    const own = ["me", this.accountId(token.kind), this.instagramLoginId].includes(node);
    if (request.method === "POST" && edge === "messages" && own) return this.#send(request.body);
    return this.#refuse("no-such-path");
  }

  #read(login: Login, node: string, fields: readonly string[]): object | GraphErrorName {
    const pick = (all: Record<string, unknown>) =>
      Object.fromEntries(Object.entries(all).filter(([name]) => name === "id" || fields.includes(name)));
    if (node === "me" && login === "instagram") return pick({ id: this.instagramLoginId, user_id: this.instagramId });
    if (node === "me") return pick({ id: this.pageId, instagram_business_account: { id: this.instagramId } });
    const person = this.#people.get(personKey("page", node)) ?? this.#people.get(personKey("instagram", node));
    if (person === undefined) return "no-profile";
    const { first, last } = person.profile;
    const profile_pic = `${this.url}/profile.jpg`;
    const name = `${first} ${last}`;
    return pick({ id: node, first_name: first, last_name: last, name, username: first.toLowerCase(), profile_pic });
  }

  async #send(body: string): Promise<HttpAnswer> {
    const request = sendRequest.parse(JSON.parse(body));
    this.requests.push(request);
    this.#events.emit("content");
    const recipient = request.recipient.id;
    const kind = this.#people.has(personKey("instagram", recipient)) ? "instagram" : "page";
    const behaviour = this.#behave(request);
    switch (behaviour.kind) {
      case "refuse":
        return this.#refuse(behaviour.error, behaviour);
      case "answer": {
        const { status, body, headers = {} } = behaviour;
        return { status, body, headers };
      }
      case "accept": {
        const fault = await this.#findFault(request, kind);
        if (fault !== null) return this.#refuse(fault);
        const message = this.#take(request, kind);
        const echo = behaviour.echo ?? this.echoes;
        if (echo === "before") await this.#echo(message);
        const answer = this.#reply(200, { recipient_id: recipient, message_id: message.messageId });
        return echo === "after" ? { ...answer, afterwards: () => void this.#echo(message) } : answer;
      }
      case "hang":
      case "drop": {
        if (behaviour.taken === "yes" && (await this.#findFault(request, kind)) === null) {
          const message = this.#take(request, kind);
          if (this.echoes !== "none") void this.#echo(message);
        }
        return behaviour.kind;
      }
    }
  }

  async #findFault(request: SendRequest, kind: AccountKind): Promise<GraphErrorName | null> {
    const person = this.#people.get(personKey(kind, request.recipient.id));
    const fault = checkSend(request, { kind, person, humanAgent: this.humanAgent, now: this.#now() });
    const { attachment } = request.message;
    if (fault !== null || attachment === undefined) return fault;
    try {
      const fetched = await fetch(attachment.payload.url);
      const { byteLength: sizeBytes } = await fetched.arrayBuffer();
      if (!fetched.ok) return "file-not-fetched";
      const contentType = fetched.headers.get("content-type")?.replace(/;.*/, "") ?? "";
      return checkFile(kind, attachment.type, { contentType, sizeBytes });
    } catch {
      return "file-not-fetched";
    }
  }

  #take(request: SendRequest, kind: AccountKind): TakenMessage {
    const { text, attachment, metadata } = request.message;
    const message: TakenMessage = {
      kind,
      recipient: request.recipient.id,
      text: text ?? "",
      file: attachment?.payload.url ?? null,
      sentAs: request.messaging_type === "RESPONSE" ? "RESPONSE" : "HUMAN_AGENT",
      metadata: metadata ?? null,
      messageId: this.#nextMid(),
    };
    this.taken.push(message);
    this.#events.emit("taken", message);
    return message;
  }

  /** Instagram's brings neither metadata nor the app. */
  #echo({ kind, recipient, text, file, metadata, messageId }: TakenMessage): Promise<number> {
    const marks = kind === "page" ? { app_id: this.appId, ...(metadata !== null && { metadata }) } : {};
    const content = file === null ? { text } : { attachments: [{ type: "file", payload: { url: file } }] };
    const account = this.accountId(kind);
    return this.post(kind, [
      {
        sender: { id: account },
        recipient: { id: recipient },
        timestamp: this.#now().getTime(),
        message: { mid: messageId, is_echo: true, ...marks, ...content },
      },
    ]);
  }

  #event(kind: AccountKind, from: string, content: object): { timestamp: number } {
    return {
      sender: { id: from },
      recipient: { id: this.accountId(kind) },
      timestamp: this.#now().getTime(),
      ...content,
    } as {
      timestamp: number;
    };
  }

  #give(answer: object | GraphErrorName): GivenAnswer {
    return typeof answer === "string" ? this.#refuse(answer) : this.#reply(200, answer);
  }

  #refuse(
    name: GraphErrorName,
    { said = "", status = graphErrors[name].status, headers = {} }: RefusalParts = {},
  ): GivenAnswer {
    return this.#reply(status, errorBody(name, said), headers);
  }

  #reply(status: number, body: object, headers: Headers = {}): GivenAnswer {
    const usage = this.usagePercent === null ? {} : usageHeaders(this.usagePercent, this.pageId);
    const type = { "content-type": "application/json; charset=UTF-8" };
    return { status, headers: { ...type, ...usage, ...headers }, body: JSON.stringify(body) };
  }

  /** For a person with curl. */
  async #control(path: string, body: string): Promise<HttpAnswer> {
    if (path === "/fake/messages") return this.#reply(200, this.taken);
    if (path !== "/fake/say") return this.#refuse("no-such-path");
    const { from, text, on } = JSON.parse(body) as { from?: string; text?: string; on?: string };
    const kind = on === "instagram" ? "instagram" : "page";
    const status = await this.say(kind, from ?? "2400000000000001", text ?? "Hello");
    return this.#reply(200, { webhookStatus: status });
  }

  #nextMid(): string {
    this.#count += 1;
    return `m_${this.#count}_${randomBytes(6).toString("base64url")}`;
  }
}

function personKey(kind: AccountKind, id: string): string {
  return `${kind}/${id}`;
}

function usageHeaders(percent: number, pageId: string): Headers {
  const used = { call_count: percent, total_cputime: 1, total_time: 1 };
  return {
    "x-app-usage": JSON.stringify(used),
    "x-business-use-case-usage": JSON.stringify({
      [pageId]: [{ type: "messenger", ...used, estimated_time_to_regain_access: 0 }],
    }),
  };
}
