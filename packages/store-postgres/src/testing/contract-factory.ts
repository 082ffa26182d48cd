/** Stores for the contract suite: a schema each, on the server that the tests have. Time moves by replacing the schema's clock. */
import { openPostgresStore } from "@holdfast/store-postgres";
import pg from "pg";
import { serverUrl } from "./server.js";

let count = 0;

export function factoryOf(name: string) {
  return {
    name,
    async open() {
      const url = await serverUrl();
      const schema = `contract_${process.pid}_${++count}`;
      const options = { url, schema };
      const store = await openPostgresStore(options);
      let shiftMs = 0;
      const ask = async (sql: string) => {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        try {
          await client.query(sql);
        } finally {
          await client.end();
        }
      };
      return {
        store,
        async advance(ms: number) {
          shiftMs += ms;
          await ask(
            `CREATE OR REPLACE FUNCTION ${schema}.now_ms() RETURNS bigint LANGUAGE sql VOLATILE
               AS 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint + ${Math.round(shiftMs)}'`,
          );
        },
        openAgain: () => openPostgresStore(options),
        async close() {
          await store.close();
          await ask(`DROP SCHEMA ${schema} CASCADE`);
        },
      };
    },
  };
}
