import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MailServer } from "./mail-server.js";
import type { Mailbox } from "./mailbox.js";
import { programPath } from "./requirements.js";

const timeoutMs = 20_000;

/** How a visitor answers the newest mail of their mailbox with a mail program of their own. */
export type MailProgram = (server: MailServer, mailbox: Mailbox, text: string) => Promise<void>;

/** s-nail as Debian sets it up, told to honour Reply-To, or as its authors do: it answers From, and indents what it quotes. */
export const snail =
  (settingsOf: "debian" | "upstream"): MailProgram =>
  async (server, mailbox, text) => {
    const settings = [
      "set v15-compat sendwait noheader quote",
      `set from=${mailbox.address}`,
      `set mta=smtp://127.0.0.1:${server.smtpPort} smtp-auth=none`,
      ...(settingsOf === "debian" ? ["set reply-to-honour=yes", 'set indentprefix="> "'] : []),
    ];
    await inScratchDirectory(async (directory) => {
      const settingsFile = join(directory, "snailrc");
      await writeFile(settingsFile, `${settings.join("\n")}\n`);
      const parameters = ["-n", "-R", "-#", "-f", mailbox.maildir];
      await converse(
        programPath("snail"),
        parameters,
        { MAILRC: settingsFile },
        directory,
        `reply $\n${text}\n~.\nexit\n`,
      );
    });
  };

/** mutt, on a terminal of its own, as it quotes and answers when one types `r` and writes above the quote. */
export const mutt: MailProgram = async (server, mailbox, text) => {
  await inScratchDirectory(async (directory) => {
    const editor = join(directory, "editor");
    const textFile = join(directory, "answer");
    await writeFile(textFile, `${text}\n\n`);
    await writeFile(editor, `#!/bin/sh\ncat "$1" >>${textFile}\ncp ${textFile} "$1"\n`, { mode: 0o755 });
    const settings = [
      `set folder="${directory}" spoolfile="${mailbox.maildir}" record="" postponed="" header_cache=""`,
      `set smtp_url="smtp://127.0.0.1:${server.smtpPort}/" ssl_starttls=no ssl_force_tls=no`,
      `set from="${mailbox.address}" realname="" use_domain=no`,
      `set editor="${editor}" include=yes abort_unmodified=no abort_nosubject=no fast_reply=yes reply_to=yes`,
      "set sort=date-received quit=yes delete=no move=no confirmappend=no",
      'push "<last-entry><reply><send-message><quit>"',
    ];
    const settingsFile = join(directory, "muttrc");
    await writeFile(settingsFile, `${settings.join("\n")}\n`);
    // mutt wants a terminal: script(1) is one.
    const command = `${programPath("mutt")} -n -F ${settingsFile}`;
    await converse("/usr/bin/script", ["-qefc", command, "/dev/null"], { TERM: "xterm" }, directory, "");
  });
};

async function inScratchDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "afterchat-mail-program-"));
  try {
    await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs a program without anything of this machine's own settings, and types into it. */
async function converse(
  program: string,
  parameters: readonly string[],
  variables: Readonly<Record<string, string>>,
  home: string,
  typed: string,
): Promise<void> {
  const env = { PATH: "/usr/bin:/bin", HOME: home, LANG: "C.UTF-8", LC_ALL: "C.UTF-8", ...variables };
  await new Promise<void>((resolve, reject) => {
    const child = execFile(program, parameters, { env, cwd: home, timeout: timeoutMs }, (error, output, complaint) => {
      if (error === null) resolve();
      else reject(new Error(`${program} failed: ${error.message}\n${output}\n${complaint}`));
    });
    child.stdin?.end(typed);
  });
}
