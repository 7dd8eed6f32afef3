// PostGraphile 5 as its documentation sets it up for production. JavaScript, because its packages are installed beside
// it, where the compiler does not look. Listens on PORT; DATABASE_URL and SCHEMAS say what to serve.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const preset = {
  extends: [PostGraphileAmberPreset],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: process.env.SCHEMAS.split(","),
      poolConfig: { max: 10 },
    }),
  ],
  grafserv: { port: Number(process.env.PORT), graphqlPath: "/graphql", graphiql: false, watch: false },
  grafast: { explain: false },
};

const server = createServer();
const graphile = postgraphile(preset);
await graphile.createServ(grafserv).addTo(server);
server.listen(Number(process.env.PORT), "127.0.0.1", () => process.stdout.write("listening\n"));
process.on("SIGTERM", () => process.exit(0));
