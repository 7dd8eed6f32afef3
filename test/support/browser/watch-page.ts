import type { Page } from "playwright-core";

/** What goes wrong in a page, collected while a test uses it. */
export interface PageWatch {
  /** Errors of scripts, what they log as errors, and what the browser blocks: each as it is written in the console. */
  readonly failures: readonly string[];
  /** Requests to other origins than the page's server; sockets too. */
  readonly foreign: readonly string[];
}

/** @param origin of the server that alone may be asked for anything, such as `http://localhost:4000` */
export function watchPage(page: Page, origin: string): PageWatch {
  const failures: string[] = [];
  const foreign: string[] = [];
  const ask = (url: string) => {
    const { protocol, host } = new URL(url);
    if (!["data:", "blob:"].includes(protocol) && host !== new URL(origin).host) foreign.push(url);
  };
  page.on("pageerror", (error) => failures.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") failures.push(message.text());
  });
  page.on("request", (request) => ask(request.url()));
  page.on("websocket", (socket) => ask(socket.url()));
  page.on("worker", (worker) => ask(worker.url()));
  return { failures, foreign };
}
