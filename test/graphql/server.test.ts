import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { StubServer } from "./stub-server.js";

let server: StubServer;
beforeAll(async () => {
  server = await StubServer.start({
    "list-agents": new Error("password authentication failed for user ana@example.com"),
  });
});
afterAll(() => server.stop());

async function request(init: RequestInit, path = "/graphql"): Promise<{ response: Response; text: string }> {
  const response = await fetch(server.url + path, init);
  return { response, text: await response.text() };
}

function post(body: string, headers: Record<string, string> = { "content-type": "application/json" }): RequestInit {
  return { method: "POST", headers, body };
}

const viewerQuery = "{ viewer { ... on Visitor { email } ... on Agent { name } } }";

describe("the viewer", () => {
  test("is null without a token, and the token's owner with one", async () => {
    expect(await server.client().do(viewerQuery)).toEqual({ viewer: null });
    expect(await server.client("ana").do(viewerQuery)).toEqual({ viewer: { email: "ana@example.com" } });
    expect(await server.client("ben").do(viewerQuery)).toEqual({ viewer: { name: "Ben" } });
  });

  test("an invalid token is UNAUTHENTICATED for every operation", async () => {
    for (const operation of [viewerQuery, "{ contactForm { current } }"]) {
      const error = await server.client("forged").fail(operation);
      expect(error.extensions).toEqual({ code: "UNAUTHENTICATED" });
    }
    const { response } = await request(
      post(JSON.stringify({ query: viewerQuery }), { "content-type": "application/json", authorization: "Basic YTpi" }),
    );
    expect(response.status).toBe(401);
  });

  test("an operation that needs a token is UNAUTHENTICATED without one and FORBIDDEN for the wrong one", async () => {
    expect((await server.client().fail("{ channels { id } }")).extensions.code).toBe("UNAUTHENTICATED");
    expect((await server.client("ana").fail("{ channels { id } }")).extensions.code).toBe("FORBIDDEN");
    expect((await server.client("ben").do("{ channels { id } }")).channels).toEqual([{ id: "web" }]);
    const remove = "mutation { removeAgent(agentId: 1) { id } }";
    expect((await server.client("ben").fail(remove)).extensions.code).toBe("FORBIDDEN");
    expect((await server.client("admin").fail(remove)).extensions.code).toBe("NOT_FOUND");
    const submit = 'mutation { submitContactForm(input: { email: "ana@example.com" }) { id } }';
    expect((await server.client("guest").fail(submit)).extensions.code).toBe("FORBIDDEN");
  });

  test("a field for staff is FORBIDDEN to a visitor, even if it is nullable", async () => {
    const answer = await server.client("ana").ask("{ viewer { ... on Visitor { name emailSource } } }");
    expect(answer.data).toEqual({ viewer: { name: "Ana", emailSource: null } });
    expect(answer.errors?.map(({ extensions, path }) => [extensions.code, path])).toEqual([
      ["FORBIDDEN", ["viewer", "emailSource"]],
    ]);
  });

  test("a guest sees their address masked", async () => {
    const { viewer } = await server.client("guest").do(viewerQuery);
    expect(viewer).toEqual({ email: "a***@example.com" });
  });
});

describe("/graphql over HTTP", () => {
  test("a plain GET explains how to use the endpoint", async () => {
    const { response, text } = await request({ headers: { accept: "text/html" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(text).toContain("graphql-transport-ws");
  });

  test("any website may call it, without cookies", async () => {
    const preflight = await request({
      method: "OPTIONS",
      headers: { origin: "https://shop.example", "access-control-request-headers": "authorization,content-type" },
    });
    expect(preflight.response.status).toBe(204);
    expect(preflight.response.headers.get("access-control-allow-headers")).toContain("authorization");
    const { response } = await request(post(JSON.stringify({ query: viewerQuery })));
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-credentials")).toBeNull();
  });

  test("a subscription is told to use a WebSocket", async () => {
    const { response, text } = await request(
      post(JSON.stringify({ query: "subscription { contactFormUpdated { current } }" })),
    );
    expect(response.status).toBe(400);
    expect(JSON.parse(text).errors).toEqual([
      expect.objectContaining({
        message: expect.stringContaining("graphql-transport-ws"),
        extensions: { code: "BAD_REQUEST" },
      }),
    ]);
  });

  test("rejects requests that a browser sends without a preflight", async () => {
    const { response, text } = await request(
      post(JSON.stringify({ query: viewerQuery }), { "content-type": "text/plain" }),
    );
    expect(response.status).toBe(400);
    expect(text).toContain("CSRF");
  });

  test.each([
    { body: "{", status: 400 },
    { body: JSON.stringify({ query: "x".repeat(1_100_000) }), status: 413 },
    { body: JSON.stringify([{ query: viewerQuery }]), status: 400 },
    { body: JSON.stringify({ query: "{ viewer" }), status: 400 },
  ])("a request without a valid operation is answered with a GraphQL error ($status)", async ({ body, status }) => {
    const { response, text } = await request(post(body));
    expect(response.status).toBe(status);
    expect(JSON.parse(text).errors[0].extensions.code).toMatch(/^(BAD_REQUEST|GRAPHQL_PARSE_FAILED)$/);
  });

  test("an internal error does not reveal its cause, and is logged", async () => {
    const error = await server.client("ben").fail("{ agents { id } }");
    expect(error.message).toBe("Internal server error.");
    expect(JSON.stringify(error)).not.toContain("password");
    expect(server.logged).toContain("An operation failed");
  });

  test("introspection is enabled", async () => {
    const { __schema } = await server.client().do("{ __schema { queryType { name } } }");
    expect(__schema.queryType.name).toBe("Query");
  });
});
