/**
 * Tests that start, kill, freeze and restart whole processes and servers: what breaks only there is rare, and each of them takes
 * longer than all tests of a folder. `npm test` leaves them out, so that it stays quick; `npm run test:processes` runs them.
 */
export const processTests = [
  "**/test/e2e/{crashes,mail-server,start}/*.test.js",
  "**/test/e2e/{database-restart,restart,smtp-faults}.test.js",
  "**/test/create-channel/scaffolded-channel.test.js",
  "**/test/database/{embedded-postgres,silent-database}.test.js",
];
