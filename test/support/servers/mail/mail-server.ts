import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CERTIFICATE, CERTIFICATE_KEY, UNTRUSTED } from "../../fakes/certificate.js";
import { freePorts } from "../free-ports.js";
import { dovecotConfiguration } from "./dovecot-configuration.js";
import { KeptServers } from "./kept-servers.js";
import { LogFile } from "./log-file.js";
import { Mailbox, makeMaildir } from "./mailbox.js";
import {
  type PostfixPlaces,
  type PostfixPorts,
  postfixListeners,
  postfixMain,
  postfixMaster,
} from "./postfix-configuration.js";
import { missingForMailServer, programPath } from "./requirements.js";
import { RoutingTable } from "./routing-table.js";

const run = promisify(execFile);
/** Debian's `nobody` and `nogroup`. */
const mailUser = { id: 65_534, groupId: 65_534 };

const queueDirectories = [
  ...["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"],
];

/** Postfix and Dovecot on loopback, with mailboxes, mail programs' listeners and routes that a test adds as it goes. */
export interface MailServer {
  /** Postfix's `relay` listener: takes mail without a login. */
  readonly smtpPort: number;
  readonly ports: PostfixPorts;
  readonly imapPort: number;
  /** TLS from the start. */
  readonly imapsPort: number;
  /** Dovecot's LMTP, which Postfix delivers to. */
  readonly lmtpPort: number;
  /** For the listeners with a login, with any name. Every mailbox has the same. */
  readonly password: string;
  readonly logs: { readonly postfix: LogFile; readonly dovecot: LogFile };
  /** Makes a mailbox at once; plus addresses reach it too. `sieve` acts on what comes in, RFC 5228. */
  addMailbox(address: string, options?: { readonly sieve?: string }): Promise<Mailbox>;
  /**
   * Sends the mail for an address (plus addresses included) or a whole domain elsewhere, by Postfix's transport(5):
   * - `smtp:[127.0.0.1]:PORT` or `lmtp:inet:127.0.0.1:PORT`: a listener
   * - `answers:`: the program of `pipeTo`
   *   What it refuses with 5xx bounces at once; with 4xx it is tried for 6 to 8 seconds, then bounces.
   * - `error:5.1.1 No such mailbox` or `retry:4.2.2 Mailbox full`: nowhere, which Postfix says at RCPT already
   */
  route(addressOrDomain: string, transport: string): void;
  /** The shell script behind `answers:`: the mail on standard input, `$1` envelope sender, `$2` recipient. */
  pipeTo(script: string): Promise<void>;
  /** What Postfix answers to RCPT from now on, such as `450 4.2.0 Try later`; `null` takes it back. */
  refuse(address: string, reply: string | null): void;
  /** Tries what is deferred again now instead of within 2 seconds. */
  flush(): Promise<void>;
  /** What waits in the queue, one line for each recipient. */
  queue(): Promise<string>;
  /** Ends both servers and removes everything of them. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts Debian's Postfix and Dovecot with throw-away configurations, within about a second, without DNS and beside any
 * other mail server of the machine. They end, and their files go, with `stop()` or with this process, however it ends.
 * Postfix asks this process where mail goes: whoever waits for it here must not block the event loop (no execFileSync).
 * @throws {Error} that says what is missing, or how the servers' logs end
 */
export async function startMailServer(): Promise<MailServer> {
  const missing = missingForMailServer();
  if (missing !== null) throw new Error(`The mail servers cannot run here: ${missing}`);
  const directory = await mkdtemp(join(tmpdir(), "afterchat-mail-"));
  const keeper = new KeptServers(directory);
  const files = { routesSocket: join(directory, "routes"), pipeProgram: join(directory, "answers") };
  let table: RoutingTable | null = null;
  const stop = async (): Promise<void> => {
    await keeper.end();
    await table?.close();
    table = null;
  };
  try {
    // Each of Postfix's processes has a user of its own and must come through.
    await chmod(directory, 0o755);
    const routes = await RoutingTable.listen(files.routesSocket);
    table = routes;
    const [imapPort = 0, imapsPort = 0, lmtpPort = 0, ...listenerPorts] = await freePorts(3 + postfixListeners.length);
    const ports = Object.fromEntries(
      postfixListeners.map((listener, index) => [listener, listenerPorts[index]]),
    ) as PostfixPorts;
    const password = randomBytes(12).toString("base64url");
    const places = {
      directory,
      ports,
      lmtpPort,
      routesSocket: files.routesSocket,
      ...(await writeCertificates(directory)),
    };
    const loginSocket = join(directory, "login");
    const configuration = await preparePostfix({ ...places, loginSocket }, files.pipeProgram);
    const dovecotFile = join(directory, "dovecot.conf");
    await writeFile(
      dovecotFile,
      dovecotConfiguration({
        ...places,
        loginSocket,
        imapPort,
        imapsPort,
        smtpPort: ports.relay,
        password,
        user: mailUser,
      }),
    );
    const logs = {
      postfix: await emptyLog(join(directory, "postfix.log")),
      dovecot: await emptyLog(join(directory, "dovecot.log")),
    };
    keeper.run(programPath("postfix"), "-c", configuration, "-d");
    keeper.run(programPath("dovecot"), "-F", "-c", dovecotFile);
    await Promise.all([started(logs.postfix, "daemon started"), started(logs.dovecot, "starting up for")]);

    return {
      smtpPort: ports.relay,
      ports,
      imapPort,
      imapsPort,
      lmtpPort,
      password,
      logs,
      async addMailbox(address, { sieve } = {}) {
        const home = join(directory, "mail", address);
        await makeMaildir(join(home, "Maildir"));
        if (sieve !== undefined) await writeFile(join(home, ".dovecot.sieve"), sieve);
        await run("/bin/chown", ["-R", `${mailUser.id}:${mailUser.groupId}`, home]);
        routes.addMailbox(address);
        return new Mailbox(address, password, join(home, "Maildir"), imapPort);
      },
      route: (addressOrDomain, transport) => routes.route(addressOrDomain, transport),
      async pipeTo(script) {
        await writeFile(files.pipeProgram, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      },
      refuse: (address, reply) => routes.refuse(address, reply),
      async flush() {
        await run("/usr/sbin/postqueue", ["-c", configuration, "-f"]);
      },
      async queue() {
        return (await run("/usr/sbin/postqueue", ["-c", configuration, "-p"])).stdout;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes the configuration and the queue as Debian's package lays it out; returns the configuration's directory. */
async function preparePostfix(places: PostfixPlaces, pipeProgram: string): Promise<string> {
  const { directory } = places;
  const configuration = join(directory, "postfix");
  const queue = join(directory, "queue");
  const own = queueDirectories.map((name) => join(queue, name));
  const shared = ["maildrop", "public"].map((name) => join(queue, name));
  const data = join(directory, "data");
  for (const each of [configuration, join(queue, "pid"), data, ...own, ...shared])
    await mkdir(each, { recursive: true });
  await run("/bin/chown", ["postfix", data, ...own]);
  await run("/bin/chown", ["postfix:postdrop", ...shared]);
  await run("/bin/chmod", ["700", data, ...own]);
  await run("/bin/chmod", ["710", ...shared]);
  await writeFile(join(configuration, "main.cf"), postfixMain(places));
  await writeFile(join(configuration, "master.cf"), postfixMaster(places, pipeProgram));
  return configuration;
}

async function writeCertificates(directory: string) {
  const files = {
    certificateFile: [join(directory, "localhost.pem"), CERTIFICATE],
    keyFile: [join(directory, "localhost.key"), CERTIFICATE_KEY],
  } as const;
  const untrusted = {
    certificateFile: [join(directory, "untrusted.pem"), UNTRUSTED.cert],
    keyFile: [join(directory, "untrusted.key"), UNTRUSTED.key],
  } as const;
  for (const [file, text] of [...Object.values(files), ...Object.values(untrusted)]) {
    await writeFile(file, text, { mode: 0o600 });
  }
  return {
    certificateFile: files.certificateFile[0],
    keyFile: files.keyFile[0],
    untrusted: { certificateFile: untrusted.certificateFile[0], keyFile: untrusted.keyFile[0] },
  };
}

async function emptyLog(path: string): Promise<LogFile> {
  await writeFile(path, "");
  return new LogFile(path);
}

/** Waits until a server says that it listens. */
async function started(log: LogFile, words: string): Promise<void> {
  const [said] = await log.until(new RegExp(`${words}|(fatal|Fatal|panic|Panic):.*`));
  if (said !== words) throw new Error(`${log.path} says: ${said}`);
}
