/** The id of the website's own chat. Every other channel belongs to a plugin. */
export const webChannel = "web";
