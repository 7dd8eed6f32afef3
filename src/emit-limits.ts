import { writeFile } from "node:fs/promises";
import { describeLimits } from "./limits/describe-limits.js";

// Run from the repository's root.
await writeFile("docs/limits.md", describeLimits());
