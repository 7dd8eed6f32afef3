/** Tests in a real Chromium: `npm test` leaves them out, so that it stays quick; `npm run test:browser` runs them. */
export const browserTests = [
  "**/test/web/{console,mailbox,widget}/*.test.js",
  "**/test/pages/{demo-website,explorer-in-browser}.test.js",
];
