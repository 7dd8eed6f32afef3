import { channelContract } from "afterchat/channel-contract";
import { consoleChannel } from "../../../plugins/console/index.js";

channelContract(consoleChannel, {
  environment: { CONSOLE_CHANNEL: "on" },
  unconfiguredEnvironment: {},
  badEnvironments: [{ environment: { CONSOLE_CHANNEL: "yes please" }, variables: ["CONSOLE_CHANNEL"] }],
  goodAddresses: ["Ana", "the person at the counter"],
  badAddresses: ["", "   ", null, 7],
  secrets: [],
  behaviours: [],
  start: async (host) => ({
    environment: {},
    received: async () =>
      host.logs
        .filter((line) => line.level === "info")
        .map((line) => ({ text: JSON.stringify(line.fields), messageId: null })),
    behave: async () => {},
    stop: async () => {},
  }),
});
