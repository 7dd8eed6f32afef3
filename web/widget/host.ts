import type { ChatStorage } from "../client/client.js";
import type { Hello, ToLoader, ToWidget, Welcome } from "./protocol.js";

/** The page that the widget is on, as its loader represents it. */
export interface Host {
  readonly welcome: Welcome;
  post(message: ToLoader): void;
  /** The website's own storage: frames of other websites have none in most browsers. */
  readonly storage: ChatStorage;
  /** The token by which the website says who the visitor is. */
  identity(): Promise<string>;
  /** Calls `listener` with all that is not an answer. */
  listen(listener: (message: ToWidget) => void): void;
}

/**
 * Tells the parent window that the widget is here, and waits for its port, once. Who may be the parent is decided by the page's
 * `frame-ancestors`; that the port comes from there, and from nobody else who has found this window, is checked here.
 */
export function connectToHost(): Promise<Host> {
  return new Promise((resolve) => {
    const receive = ({ data, source, origin, ports: [port] }: MessageEvent) => {
      const ancestor = location.ancestorOrigins?.[0];
      if (source !== parent || (ancestor !== undefined && ancestor !== origin)) return;
      if (!isWelcome(data) || port === undefined) return;
      removeEventListener("message", receive);
      resolve(hostOf(data, port));
    };
    addEventListener("message", receive);
    parent.postMessage({ afterchat: "hello" } satisfies Hello, "*");
  });
}

function isWelcome(data: unknown): data is Welcome {
  return (data as Partial<Welcome> | null)?.afterchat === "welcome";
}

function hostOf(welcome: Welcome, port: MessagePort): Host {
  const waiting = new Map<number, (value: string | null) => void>();
  let listener: (message: ToWidget) => void = () => {};
  let asked = 0;
  const post = (message: ToLoader) => port.postMessage(message);
  const ask = (question: (id: number) => ToLoader) =>
    new Promise<string | null>((resolve) => {
      asked += 1;
      waiting.set(asked, resolve);
      post(question(asked));
    });
  port.onmessage = ({ data }: MessageEvent<ToWidget>) => {
    if (data.type !== "answer") return listener(data);
    waiting.get(data.id)?.(data.value);
    waiting.delete(data.id);
  };
  return {
    welcome,
    post,
    storage: {
      getItem: (key) => ask((id) => ({ type: "read", id, key })),
      setItem: (key, value) => post({ type: "write", key, value }),
      removeItem: (key) => post({ type: "write", key, value: null }),
    },
    identity: async () => {
      const token = await ask((id) => ({ type: "identity", id }));
      if (token === null) throw new Error("The website gave no identity.");
      return token;
    },
    listen: (next) => {
      listener = next;
    },
  };
}
