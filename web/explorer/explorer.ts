import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./explorer.css";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { type DocumentNode, parse } from "graphql";
import { createElement } from "react";
import { createRoot } from "react-dom/client";
import { examples } from "./examples.js";

const url = `${location.origin}/graphql`;
const send = createGraphiQLFetcher({
  url,
  subscriptionUrl: url.replace(/^http/, "ws"),
  // The server answers at once and as a whole.
  enableIncrementalDelivery: false,
});

const fetcher: typeof send = (parameters, options) => {
  // Headers become the parameters of a socket's connection, whose names, unlike those of headers, have one spelling.
  const headers = Object.entries(options?.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  // GraphiQL's is from before the last key was pressed, and decides whether this is a subscription.
  const documentAST = read(parameters.query) ?? options?.documentAST;
  return send(parameters, { headers: Object.fromEntries(headers), ...(documentAST && { documentAST }) });
};

/** Null if there is a mistake in it, which the server explains. */
function read(query: string): DocumentNode | null {
  try {
    return parse(query);
  } catch {
    return null;
  }
}

const root = document.getElementById("explorer");
if (root !== null) {
  const props = {
    fetcher,
    defaultTabs: examples.map((example) => ({ ...example })),
    defaultHeaders: examples[0]?.headers ?? "",
    defaultEditorToolsVisibility: "headers",
  } as const;
  createRoot(root).render(createElement(GraphiQL, props));
}
