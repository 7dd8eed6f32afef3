/** The id of the website, where visitors read by themselves; every other channel is a plugin's. */
export const webChannel = "web";
