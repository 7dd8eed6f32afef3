export const adminPassword = "an admin's password";

/** Settings of the whole program that checks every second and logs only warnings. */
export function programSettings(databaseUrl: string, smtpUrl: string): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    APP_SECRET: "a secret of the tests that is long enough",
    ADMIN_PASSWORD: adminPassword,
    CHECK_INTERVAL_SECONDS: "1",
    CHANNELS: "email",
    EMAIL_SMTP_URL: smtpUrl,
    EMAIL_FROM: "chat@harbour.example",
    LOG_LEVEL: "warn",
    // Every visitor of these tests comes from one network.
    LIMITS_FACTOR: "100",
  };
}
