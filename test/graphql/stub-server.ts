import Fastify from "fastify";
import { Availability } from "../../src/agents/agent.entity.js";
import { createApi } from "../../src/api.js";
import { Clock } from "../../src/clock.js";
import type { Config } from "../../src/config.js";
import type { Statement } from "../../src/database/database.js";
import { Events } from "../../src/events/events.js";
import { queueLimits, type RequestLimits } from "../../src/graphql/request-queue.js";
import { createGraphqlServer, type GraphqlServer } from "../../src/graphql/server.js";
import type { Services } from "../../src/services.js";
import type { Viewer } from "../../src/viewer.js";
import { AgentRole } from "../../src/viewer.js";
import { GraphqlClient } from "../support/app/graphql-client.js";

export const anaId = "019386f4-9b4e-7a51-8c4c-000000000001";
export const benId = "019386f4-9b4e-7a51-8c4c-000000000002";
export const conversationId = "019386f4-9b4e-7a51-8c4c-000000000003";
export const messageId = "019386f4-9b4e-7a51-8c4c-000000000004";

const visitor = { kind: "visitor", visitorId: anaId, guestOf: null } as const;
const agent = { kind: "agent", agentId: benId, role: AgentRole.AGENT } as const;

/** The viewer of each token. */
const tokens: Readonly<Record<string, Viewer>> = {
  ana: { ...visitor, sessionId: "session of ana" },
  stranger: { ...visitor, visitorId: benId, sessionId: "session of a stranger" },
  guest: { ...visitor, guestOf: conversationId, sessionId: "session of a guest" },
  "ana-elsewhere": { ...visitor, sessionId: "session of ana elsewhere" },
  ben: { ...agent, sessionId: "session of ben" },
  cleo: { ...agent, agentId: anaId, sessionId: "session of cleo" },
  admin: { ...agent, role: AgentRole.ADMIN, sessionId: "session of an admin" },
};

type ReadRows = (parameters: readonly unknown[]) => Promise<readonly object[]>;
export type Rows = Readonly<Record<string, readonly object[] | Error | ReadRows>>;

/** Rows by the name of the statement that reads them. */
const rows: Rows = {
  "load-visitors": [
    {
      requestedId: anaId,
      id: anaId,
      name: "Ana",
      email: "ana@example.com",
      emailSource: "FORM",
      addresses: {},
      connected: true,
    },
  ],
  "load-agents": [
    {
      id: benId,
      name: "Ben",
      email: "ben@example.com",
      role: AgentRole.AGENT,
      availability: Availability.ONLINE,
      removedAt: null,
    },
  ],
  "load-conversations": [
    { id: conversationId, visitorId: anaId, channel: "web", visitorReadPosition: 1, agentsReadPosition: 0 },
  ],
  "find-conversation": [
    { id: conversationId, visitorId: anaId, channel: "web", visitorReadPosition: 1, agentsReadPosition: 0 },
  ],
  "load-messages": [
    {
      id: messageId,
      conversationId,
      position: 1,
      authorKind: "AGENT",
      authorId: benId,
      text: "Hello",
      via: "web",
      sentAt: new Date(0),
      clientMessageId: "echo",
      forwardedTo: "ana@example.com",
    },
  ],
};

/** The API over HTTP and WebSocket, on stubs of sessions, presence and the database. */
export class StubServer {
  readonly events: Events = this.#eventsWithRecordedSubscriptions();
  /** The types of events that were subscribed to. */
  readonly subscriptions: string[] = [];
  readonly clock = new Clock();
  /** The calls that presence received. */
  readonly presence: string[] = [];
  /** The names of the statements that were run. */
  readonly statements: string[] = [];
  readonly logged: string[] = [];
  /** The network address of the client of each operation. */
  readonly clientAddresses: string[] = [];
  readonly ended = new Set<string>();
  readonly #rows: Rows;
  readonly #changes = new Set<() => void>();
  #stop: () => Promise<void> = async () => undefined;
  #server: GraphqlServer | null = null;
  url = "";

  private constructor(more: Rows) {
    this.#rows = { ...rows, ...more };
  }

  static async start(
    more: Rows = {},
    settings: Partial<Config> = {},
    events: Partial<RequestLimits> = {},
  ): Promise<StubServer> {
    const stub = new StubServer(more);
    const fastify = Fastify();
    const api = createApi(stub.#services({ introspection: true, trustProxy: null, limitsFactor: 1, ...settings }));
    const createContext = (viewer: Viewer | null, address: string) => {
      stub.clientAddresses.push(address);
      return api.createContext(viewer, address);
    };
    const limits = queueLimits(10);
    const queues = { ...limits, events: { ...limits.events, ...events } };
    const server = await createGraphqlServer({ ...api, createContext }, fastify, queues);
    stub.url = await fastify.listen({ port: 0, host: "127.0.0.1" });
    stub.#server = server;
    stub.#stop = () => server.stop();
    return stub;
  }

  client(token: string | null = null): GraphqlClient {
    return new GraphqlClient(this.url, token);
  }

  connections(): number {
    return this.#server?.connections() ?? 0;
  }

  /** Resolves as soon as a recorded call, statement or log line fulfils the condition. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#changes.add(resolve));
  }

  stop(): Promise<void> {
    return this.#stop();
  }

  #services(config: Partial<Config>): Services {
    const log = (message: string) => this.#record(this.logged, message);
    return {
      config,
      clock: this.clock,
      events: this.events,
      logger: { debug: () => undefined, info: log, warn: log, error: log },
      blockedNetworks: { contains: () => false, refuse: () => undefined },
      sessions: { resolve: async (token: string) => (this.ended.has(token) ? null : (tokens[token] ?? null)) },
      presence: {
        open: (_id: string, viewer: Viewer) => this.#record(this.presence, `open ${viewer.sessionId}`),
        close: () => this.#record(this.presence, "close"),
      },
      channels: { whenAway: () => ["email"], all: () => [], get: () => undefined },
      database: {
        within() {
          return this;
        },
        query: async ({ name }: Statement, parameters: readonly unknown[]) => {
          this.#record(this.statements, name);
          const found = this.#rows[name] ?? [];
          if (found instanceof Error) throw found;
          if (typeof found === "function") return found(parameters);
          return found;
        },
      },
    } as unknown as Services;
  }

  /** Records when the server has subscribed: the protocol does not say. */
  #eventsWithRecordedSubscriptions(): Events {
    const events = new Events();
    const subscribe = events.subscribe.bind(events);
    events.subscribe = (type, scope) => {
      const subscription = subscribe(type, scope);
      this.#record(this.subscriptions, type);
      return subscription;
    };
    return events;
  }

  #record(list: string[], entry: string): void {
    list.push(entry);
    for (const change of this.#changes) change();
    this.#changes.clear();
  }
}
