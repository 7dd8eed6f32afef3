/** A message's id for Afterchat: Telegram's own count within their chat. */
export function messageName(chatId: string | number, messageId: string | number): string {
  return `${chatId}/${messageId}`;
}
