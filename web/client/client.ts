export { Chat, type ChatOptions, type OutgoingText } from "./chat.js";
export type * from "./chat-state.js";
export { type ChatStorage, memoryStorage } from "./chat-storage.js";
export { ChatError } from "./request.js";
export type { ChosenFile } from "./upload-file.js";
