import { expect, test } from "@jest/globals";
import { appSecretProof, createGraphApi } from "../../../plugins/meta/graph-api.js";
import { FakeHttpServer } from "../../support/fakes/http-server.js";

test("Meta's response reveals neither token nor proof, unless it is the response to a token refresh", async () => {
  const token = "EAAsecret-of-a-page";
  const appSecret = "secret of the app";
  const meta = await FakeHttpServer.start(({ path, headers }) => ({
    status: 200,
    body: JSON.stringify({ access_token: token, path, authorization: headers.authorization }),
  }));
  try {
    const graphApi = createGraphApi({ graphUrl: meta.url, graphVersion: "v26.0", appSecret });
    const signal = new AbortController().signal;
    expect(await graphApi({ path: "/me", query: { fields: "id" }, token }, signal)).toMatchObject({
      outcome: "answered",
      body: { access_token: "…", path: "/v26.0/me?fields=id&appsecret_proof=…", authorization: "…" },
    });
    // A refresh may return the same token.
    const refreshed = await graphApi({ path: "/refresh_access_token", token, base: "unversioned" }, signal);
    expect(refreshed).toMatchObject({ body: { access_token: token, path: "/refresh_access_token" } });
    expect(JSON.stringify(refreshed)).not.toContain(appSecretProof(appSecret, token));
  } finally {
    await meta.stop();
  }
});
