/** Sentences that several places say. */

/** "1 reply", "2 replies", not broken between lines */
export const replies = (count: number): string => (count === 1 ? "1\u00a0reply" : `${count}\u00a0replies`);

export const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export interface Named {
  readonly name: string | null;
  readonly timeZone?: string | null;
}

/** Never an id: "Ana", "Visitor, Paris time", "Visitor". */
export function nameOf({ name, timeZone }: Named): string {
  if (name !== null && name.trim() !== "") return name;
  const city = cityOf(timeZone ?? null);
  return city === null ? "Visitor" : `Visitor, ${city} time`;
}

/** In a sentence: "Ana", "the visitor". */
export const inSentence = ({ name }: Named): string => (name === null || name.trim() === "" ? "the visitor" : name);

/** "Paris" of "Europe/Paris"; null for zones that are named by no city. */
export function cityOf(timeZone: string | null): string | null {
  if (timeZone === null || !timeZone.includes("/") || timeZone.startsWith("Etc/")) return null;
  return timeZone.split("/").at(-1)?.replaceAll("_", " ") ?? null;
}

export const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

export const failureWords: Readonly<Record<string, string>> = {
  ADDRESS_INVALID: "There is no such address",
  BLOCKED: "The visitor is blocked",
  CONTENT_REJECTED: "The mail server refused this message as spam",
  CREDENTIALS_INVALID: "The mail server refused our password",
  OPTED_OUT: "The visitor wants no email",
  RATE_LIMITED: "The channel asked to wait",
  TIMED_OUT: "No answer in time",
  UNAVAILABLE: "It could not be reached",
  UNKNOWN: "It said something new to Afterchat",
  WINDOW_CLOSED: "The time for answers is over",
};

export const triggerWords: Readonly<Record<string, string>> = {
  AGENTS_OFFLINE: "All agents offline",
  IMMEDIATE: "At once",
  INACTIVITY: "Inactivity",
  REQUESTED: "Sent by an agent",
  VISITOR_LEFT: "Visitor left",
};
