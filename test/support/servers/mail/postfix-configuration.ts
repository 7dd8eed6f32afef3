/** What differs from one Postfix to the next. Ports are on 127.0.0.1. */
export interface PostfixPlaces {
  /** Holds the configuration, the queue and the log; everything below it goes with it. */
  readonly directory: string;
  readonly ports: PostfixPorts;
  readonly lmtpPort: number;
  /** A unix socket where the routing table answers. */
  readonly routesSocket: string;
  /** A unix socket of Dovecot's that judges logins; Postfix takes it relative to its queue. */
  readonly loginSocket: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly untrusted: { readonly certificateFile: string; readonly keyFile: string };
}

/**
 * Where this Postfix listens, as what operators have; the log names the listener, `postfix/stripped/smtpd`:
 * - `relay`: takes mail from this machine without a login; offers STARTTLS, which nobody must use
 * - `submission`: STARTTLS, then a login (RFC 6409); `submissions`: TLS from the start (RFC 8314)
 * - `untrusted`: as submission, with a certificate that nobody signed
 * - `stripped`: as submission behind somebody who takes STARTTLS away and asks for the password in the clear
 * - `loginless`: TLS from the start, but no login is offered and mail is taken without
 */
export const postfixListeners = ["relay", "submission", "submissions", "untrusted", "stripped", "loginless"] as const;
export type PostfixListener = (typeof postfixListeners)[number];
export type PostfixPorts = Readonly<Record<PostfixListener, number>>;

/** How soon Postfix tries again what was refused for now, and when it gives up: an expired bounce within 8 seconds. */
const retries = {
  queue_run_delay: "2s",
  minimal_backoff_time: "2s",
  maximal_backoff_time: "2s",
  maximal_queue_lifetime: "6s",
  bounce_queue_lifetime: "6s",
};

/** The text of `main.cf`. No name is ever looked up in the DNS, and nothing outside of `directory` is written. */
export function postfixMain(places: PostfixPlaces): string {
  const { directory } = places;
  const table = (name: string) => `socketmap:unix:${places.routesSocket}:${name}`;
  return settingLines({
    compatibility_level: "3.6",
    queue_directory: `${directory}/queue`,
    data_directory: `${directory}/data`,
    maillog_file: `${directory}/postfix.log`,
    maillog_file_prefixes: directory,
    myhostname: "mx.mail.test",
    mydestination: "",
    inet_interfaces: "loopback-only",
    inet_protocols: "ipv4",
    mynetworks: "127.0.0.0/8",
    smtp_dns_support_level: "disabled",
    smtp_host_lookup: "native",
    // A visitor may answer from any domain; here most of them are nobody's.
    smtpd_peername_lookup: "no",
    recipient_delimiter: "+",
    ...retries,
    // Answers are awaited by people who watch: no grouping of mails to one destination.
    default_destination_recipient_limit: "1",
    virtual_mailbox_domains: table("domains"),
    virtual_mailbox_maps: table("recipients"),
    virtual_transport: `lmtp:inet:127.0.0.1:${places.lmtpPort}`,
    transport_maps: table("routes"),
    local_recipient_maps: "",
    alias_maps: "",
    alias_database: "",
    smtpd_recipient_restrictions: `check_recipient_access ${table("refusals")}`,
    smtpd_relay_restrictions: "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination",
    smtpd_sasl_type: "dovecot",
    smtpd_sasl_path: places.loginSocket,
    smtpd_sasl_security_options: "noanonymous",
    smtpd_tls_cert_file: places.certificateFile,
    smtpd_tls_key_file: places.keyFile,
    smtpd_tls_session_cache_database: "",
    smtp_tls_security_level: "none",
    // Tests that fail on purpose are no attack.
    smtpd_soft_error_limit: "1000",
    smtpd_hard_error_limit: "1000",
    smtpd_error_sleep_time: "0",
    smtpd_client_connection_rate_limit: "0",
  });
}

/** The text of `master.cf`: the listeners, what Postfix needs within, and `answers`, the pipe that routes may name. */
export function postfixMaster({ ports, untrusted }: PostfixPlaces, pipeProgram: string): string {
  const login =
    "-o smtpd_sasl_auth_enable=yes -o mynetworks= -o smtpd_client_restrictions=permit_sasl_authenticated,reject";
  const listeners: Readonly<Record<PostfixListener, string>> = {
    relay: "-o smtpd_tls_security_level=may",
    submission: `${login} -o smtpd_tls_security_level=encrypt`,
    submissions: `${login} -o smtpd_tls_wrappermode=yes`,
    untrusted: `${login} -o smtpd_tls_security_level=encrypt -o smtpd_tls_cert_file=${untrusted.certificateFile} -o smtpd_tls_key_file=${untrusted.keyFile}`,
    stripped: `${login} -o smtpd_tls_security_level=none -o smtpd_tls_auth_only=no`,
    loginless: "-o smtpd_tls_wrappermode=yes",
  };
  return [
    ...postfixListeners.map((listener) =>
      service(
        `127.0.0.1:${ports[listener]}`,
        "inet",
        "-",
        `smtpd -o syslog_name=postfix/${listener} ${listeners[listener]}`,
      ),
    ),
    service("postlog", "unix-dgram", "1", "postlogd"),
    service("pickup", "unix", "1", "pickup", "60"),
    service("cleanup", "unix", "0", "cleanup"),
    service("qmgr", "unix", "1", "qmgr", "300"),
    service("tlsmgr", "unix", "1", "tlsmgr", "1000?"),
    service("rewrite", "unix", "-", "trivial-rewrite"),
    service("bounce", "unix", "0", "bounce"),
    service("defer", "unix", "0", "bounce"),
    service("trace", "unix", "0", "bounce"),
    service("verify", "unix", "1", "verify"),
    service("flush", "unix", "0", "flush", "1000?"),
    service("showq", "unix", "-", "showq"),
    service("proxymap", "unix", "-", "proxymap"),
    service("anvil", "unix", "1", "anvil"),
    service("scache", "unix", "1", "scache"),
    service("smtp", "unix", "-", "smtp"),
    service("relay", "unix", "-", "smtp"),
    // D: Delivered-To, O: X-Original-To; who reads a mailbox by IMAP learns the envelope from them alone.
    service("lmtp", "unix", "-", "lmtp flags=DOX"),
    service("error", "unix", "-", "error"),
    service("retry", "unix", "-", "error"),
    service("discard", "unix", "-", "discard"),
    // As a final delivery has it: R is Return-Path.
    service("answers", "unix", "-", `pipe flags=DRO user=nobody argv=${pipeProgram} \${sender} \${original_recipient}`),
    "",
  ].join("\n");
}

/** Whose sockets lie in the queue's `public` directory, where other parts of Postfix look for them. */
const publicServices = new Set(["postlog", "pickup", "cleanup", "qmgr", "flush", "showq"]);

/** One line of master.cf: nothing runs in a chroot, which would lack the sockets. */
function service(name: string, type: string, processLimit: string, command: string, wakeUp = "-"): string {
  const isPrivate = type === "inet" || publicServices.has(name) ? "n" : "y";
  // pipe(8) becomes the user that it is told.
  const isUnprivileged = command.startsWith("pipe ") ? "n" : "-";
  return [name, type, isPrivate, isUnprivileged, "n", wakeUp, processLimit, command].join(" ");
}

function settingLines(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join("");
}
