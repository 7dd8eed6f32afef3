// Fails on a high or critical advisory against a package that Afterchat runs with. Where the registry does not answer such
// questions, it says so and passes.
import { spawnSync } from "node:child_process";

const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json", "--fetch-retries=0"], { encoding: "utf8" });
const answer = JSON.parse(stdout || '{ "message": "npm audit printed nothing" }');
if (answer.metadata?.vulnerabilities === undefined) {
  const reason = answer.message ?? answer.error?.summary ?? "npm audit gave no reason";
  console.log(`Skipped: known vulnerabilities of dependencies. ${reason}`);
  process.exit(0);
}
const severe = Object.values(answer.vulnerabilities).filter(({ severity }) => /^(high|critical)$/.test(severity));
for (const { name, severity, range, via } of severe) {
  const advisories = via.map((one) => (typeof one === "string" ? `by ${one}` : `${one.title}, ${one.url}`));
  console.error(`${name} ${range} has a ${severity} vulnerability: ${advisories.join("; ")}`);
}
const { total } = answer.metadata.vulnerabilities;
console.log(`Known vulnerabilities of dependencies: ${total}, of which ${severe.length} are high or critical.`);
process.exit(severe.length === 0 ? 0 : 1);
