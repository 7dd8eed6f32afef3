/** Required by MikroORM 7. The `engines` of package.json allow older versions, on which the command starts a newer Node. */
const required = { major: 22, minor: 17 };

/** Whether the program can run on this Node; `version` as in `process.versions.node`. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > required.major || (major === required.major && minor >= required.minor);
}

export function nodeRefusal(version: string): string {
  return `Afterchat requires Node ${required.major}.${required.minor} or later, but this is Node ${version}: install a newer one, such as 24, from https://nodejs.org.`;
}
