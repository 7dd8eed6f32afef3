import { accessSync, constants } from "node:fs";

/** What the servers and mail programs are, and the Debian package of each. */
const programs = {
  postfix: { path: "/usr/lib/postfix/sbin/master", package: "postfix" },
  dovecot: { path: "/usr/sbin/dovecot", package: "dovecot-core" },
  imap: { path: "/usr/lib/dovecot/imap", package: "dovecot-imapd" },
  lmtp: { path: "/usr/lib/dovecot/lmtp", package: "dovecot-lmtpd" },
  sieve: { path: "/usr/lib/dovecot/modules/lib90_sieve_plugin.so", package: "dovecot-sieve" },
  curl: { path: "/usr/bin/curl", package: "curl" },
  snail: { path: "/usr/bin/s-nail", package: "s-nail" },
  mutt: { path: "/usr/bin/mutt", package: "mutt" },
} as const;

/** Says what the machine lacks to run real mail servers and how to get it, or `null` when it has everything. */
export function missingForMailServer(): string | null {
  const packages = Object.values(programs)
    .filter((program) => !isThere(program.path))
    .map((program) => program.package);
  if (packages.length > 0) return `install them with: apt-get install ${packages.join(" ")}`;
  // Postfix changes its user for each of its processes.
  return process.getuid?.() === 0 ? null : "run the tests as root, as Postfix asks for it";
}

export const programPath = (program: keyof typeof programs): string => programs[program].path;

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
