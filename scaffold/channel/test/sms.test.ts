import { channelContract, everyBehaviour } from "afterchat/channel-contract";
import { smsChannel } from "../src/sms.js";
import { secret, startSmsVendor, token } from "./sms-vendor.js";

// The contract tests that every channel passes. Add your own for what is specific to your vendor.
channelContract(smsChannel, {
  environment: { SMS_API_URL: "https://api.example.com/v1/", SMS_API_TOKEN: token, SMS_WEBHOOK_SECRET: secret },
  badEnvironments: [
    {
      environment: { SMS_API_URL: "api.example.com", SMS_API_TOKEN: "short", SMS_WEBHOOK_SECRET: "short" },
      variables: ["SMS_API_URL", "SMS_API_TOKEN", "SMS_WEBHOOK_SECRET"],
    },
    { environment: { SMS_API_TOKEN: token }, variables: ["SMS_API_URL", "SMS_WEBHOOK_SECRET"] },
  ],
  unconfiguredEnvironment: {},
  goodAddresses: ["+351912345678", " +4915112345678 "],
  badAddresses: ["", "912345678", "+0123456789", "somebody", null, 351912345678],
  secrets: [],
  behaviours: everyBehaviour,
  start: startSmsVendor,
});
