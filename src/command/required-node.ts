/** What MikroORM 7 needs. The engines of package.json allow older ones, which start a newer Node. */
const required = { major: 22, minor: 17 };

/** Whether the program runs on this Node; `version` as in `process.versions.node`. */
export function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > required.major || (major === required.major && minor >= required.minor);
}

export function nodeRefusal(version: string): string {
  return `Afterchat needs Node ${required.major}.${required.minor} or later and this is ${version}: install a newer Node, such as 24, from https://nodejs.org.`;
}
