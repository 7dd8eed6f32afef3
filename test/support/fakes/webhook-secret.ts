/** A secret for signing webhooks, made of a phrase of 24 to 64 bytes. */
export function webhookSecretOf(phrase: string): string {
  return `whsec_${Buffer.from(phrase).toString("base64")}`;
}
