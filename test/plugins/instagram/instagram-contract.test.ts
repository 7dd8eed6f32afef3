import { channelContract } from "afterchat/channel-contract";
import { instagramChannel } from "../../../plugins/instagram/index.js";
import { FakeGraphApi } from "../../support/fakes/graph-api/graph-api.js";
import { commonFixture, recipient, startVendor } from "../meta/meta-fixture.js";

const account = "17841400000000001";
const good = {
  INSTAGRAM_ACCOUNT_ID: account,
  INSTAGRAM_TOKEN: "IGAAhunter2hunter2",
  INSTAGRAM_APP_SECRET: "hunter2-hunter2-hunter2",
  INSTAGRAM_VERIFY_TOKEN: "hunter2-verify",
};

for (const login of ["facebook", "instagram"] as const) {
  channelContract(instagramChannel, {
    ...commonFixture,
    environment: { ...good, INSTAGRAM_LOGIN: login },
    unconfiguredEnvironment: { META_GRAPH_VERSION: "v26.0", MESSENGER_PAGE_TOKEN: "another channel's" },
    badEnvironments: [
      {
        environment: { ...good, INSTAGRAM_LOGIN: "hunter2", INSTAGRAM_APP_SECRET: "" },
        variables: ["INSTAGRAM_APP_SECRET", "INSTAGRAM_LOGIN"],
      },
    ],
    goodAddresses: [
      { id: recipient, account },
      { id: "24000000000000018", account, name: "ana.silva" },
    ],
    secrets: ["hunter2", "EAAsecret", "app-secret-"],
    start: async () => {
      const graphApi = await FakeGraphApi.start();
      return startVendor(graphApi, "instagram", graphApi.instagramEnvironment(login));
    },
  });
}
