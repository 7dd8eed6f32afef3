/** A message's `externalId`: Telegram's message ids are unique only within a chat. */
export function externalIdOf(chatId: string | number, messageId: string | number): string {
  return `${chatId}/${messageId}`;
}
