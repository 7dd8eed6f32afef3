import { describe, expect, test } from "@jest/globals";
import { recordReads } from "../../src/channels/contract/record-reads.js";
import type { Environment } from "../../src/settings-error.js";

describe("The variables that a channel reads", () => {
  const environment: Environment = { ACME_TOKEN: "t", PATH: "/bin" };
  const readBy = (configure: (given: Environment) => unknown) => {
    const { recorded, names } = recordReads(environment);
    configure(recorded);
    return names();
  };

  test("are recorded by name, whether they are set or not", () => {
    expect(readBy((given) => [given.ACME_TOKEN, given.ACME_URL])).toEqual(["ACME_TOKEN", "ACME_URL"]);
    expect(readBy((given) => "ACME_TOKEN" in given && Object.hasOwn(given, "ACME_URL"))).toEqual([
      "ACME_TOKEN",
      "ACME_URL",
    ]);
  });

  test("are those that are not set when it lists the whole environment", () => {
    expect(readBy((given) => ({ ...given }))).toEqual([]);
    expect(readBy((given) => [Object.entries(given), given.ACME_URL])).toEqual(["ACME_URL"]);
  });

  test("are passed unchanged", () => {
    expect({ ...recordReads(environment).recorded }).toEqual(environment);
  });
});
