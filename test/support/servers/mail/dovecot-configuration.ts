/** What differs from one Dovecot to the next. Ports are on 127.0.0.1. */
export interface DovecotPlaces {
  readonly directory: string;
  readonly imapPort: number;
  /** TLS from the start. */
  readonly imapsPort: number;
  readonly lmtpPort: number;
  /** Where vacation notices leave through. */
  readonly smtpPort: number;
  /** A unix socket that judges logins for Postfix. */
  readonly loginSocket: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Every mailbox's. */
  readonly password: string;
  /** Of whom the mail files are. */
  readonly user: { readonly id: number; readonly groupId: number };
}

/**
 * The text of `dovecot.conf`: every address is a mailbox below `mail/`, whoever is asked for; which exist is Postfix's
 * to say. A script at `.dovecot.sieve` in the mailbox's home acts on what comes in.
 */
export function dovecotConfiguration(places: DovecotPlaces): string {
  const { directory, user } = places;
  return `
protocols = imap lmtp
listen = 127.0.0.1
base_dir = ${directory}/run
state_dir = ${directory}/state
instance_name = ${directory}
log_path = ${directory}/dovecot.log
ssl = yes
ssl_cert = <${places.certificateFile}
ssl_key = <${places.keyFile}
disable_plaintext_auth = no
auth_mechanisms = plain login
# Nobody guesses passwords here: a wrong one is refused at once, however often.
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
mail_location = maildir:~/Maildir
# Tests keep each other's servers from nothing: no waiting for the disk.
mail_fsync = never
recipient_delimiter = +
passdb {
  driver = static
  args = password=${places.password}
}
userdb {
  driver = static
  args = uid=${user.id} gid=${user.groupId} home=${directory}/mail/%u allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = ${places.imapPort}
  }
  inet_listener imaps {
    port = ${places.imapsPort}
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${places.lmtpPort}
  }
}
service auth {
  unix_listener ${places.loginSocket} {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
submission_host = 127.0.0.1:${places.smtpPort}
protocol lmtp {
  postmaster_address = postmaster@mail.test
  mail_plugins = sieve
}
plugin {
  sieve = file:~/sieve;active=~/.dovecot.sieve
}
`;
}
