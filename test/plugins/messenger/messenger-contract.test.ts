import { channelContract } from "afterchat/channel-contract";
import { messengerChannel } from "../../../plugins/messenger/index.js";
import { FakeGraphApi } from "../../support/fakes/graph-api/graph-api.js";
import { commonFixture, recipient, startVendor } from "../meta/meta-fixture.js";

const pageId = "104000000000001";
const good = {
  MESSENGER_PAGE_ID: pageId,
  MESSENGER_PAGE_TOKEN: "EAAhunter2hunter2",
  MESSENGER_APP_SECRET: "hunter2-hunter2-hunter2",
  MESSENGER_VERIFY_TOKEN: "hunter2-verify",
};

channelContract(messengerChannel, {
  ...commonFixture,
  environment: good,
  // Settings that both channels share configure neither.
  unconfiguredEnvironment: { META_GRAPH_VERSION: "v26.0", INSTAGRAM_TOKEN: "another channel's" },
  badEnvironments: [
    {
      environment: {
        MESSENGER_PAGE_ID: "https://facebook.com/hunter2",
        MESSENGER_PAGE_TOKEN: "hunter2 hunter2",
        MESSENGER_APP_SECRET: "hunter2",
        MESSENGER_VERIFY_TOKEN: "hunter2",
        META_GRAPH_URL: "http://graph.example.com",
        META_GRAPH_VERSION: "latest",
      },
      variables: [
        ...["META_GRAPH_URL", "META_GRAPH_VERSION", "MESSENGER_APP_SECRET", "MESSENGER_PAGE_ID"],
        ...["MESSENGER_PAGE_TOKEN", "MESSENGER_VERIFY_TOKEN"],
      ],
    },
    {
      environment: { MESSENGER_PAGE_ID: pageId },
      variables: ["MESSENGER_PAGE_TOKEN", "MESSENGER_APP_SECRET", "MESSENGER_VERIFY_TOKEN"],
    },
  ],
  goodAddresses: [
    { id: recipient, account: pageId },
    { id: "24000000000000017", account: pageId, name: "Ana Silva" },
  ],
  secrets: ["hunter2", "EAAsecret", "app-secret-"],
  start: async () => {
    const graphApi = await FakeGraphApi.start();
    return startVendor(graphApi, "page", graphApi.messengerEnvironment);
  },
});
