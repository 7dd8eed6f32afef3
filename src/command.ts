#!/usr/bin/env node
/**
 * `afterchat …`, the command of the package. It may be started by a Node that is too old for the program, and imports
 * nothing that such a one cannot load before it has found another.
 */
import { fileURLToPath } from "node:url";
import { findNewerNode } from "./command/find-newer-node.js";
import { isSupported, nodeRefusal } from "./command/required-node.js";
import { runOn } from "./command/run-on.js";
import { stopWithNpm } from "./command/stop-with-npm.js";

const parameters = process.argv.slice(2);
stopWithNpm();

if (isSupported(process.versions.node)) {
  const { runCommand } = await import("./run-command.js");
  await runCommand(parameters);
} else {
  const node = findNewerNode();
  const exitCode = node === null ? null : await runOn(node, [fileURLToPath(import.meta.url), ...parameters]);
  if (exitCode === null) process.stderr.write(`${nodeRefusal(process.versions.node)}\n`);
  process.exitCode = exitCode ?? 1;
}
