import { writeFile } from "node:fs/promises";
import { printApiSchema } from "./schema.js";

// Run from the repository's root.
await writeFile("schema.graphql", printApiSchema());
