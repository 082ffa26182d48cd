/**
 * The arrows between packages, checked by `npm run check:arrows`. ARCHITECTURE.md tells what each package is for.
 *
 * Packages import each other by public name, which resolves to the target's bundle/index.js: whatever else of another
 * package is reached, by a relative path or a deep import, is its inside.
 */
const TEST = "\\.(test|fixture)\\.ts$";
const PACKAGE = "(packages|apps|workloads)/[^/]+";

/** @param {string} name @param {string[]} mayUse */
const arrows = (name, mayUse, comment) => ({
  name: `${name}-arrows`,
  comment,
  severity: "error",
  from: { path: `^packages/${name}/`, pathNot: TEST },
  to: { path: `^${PACKAGE}/`, pathNot: `^packages/(${[name, ...mayUse].join("|")})/` },
});

/** The folders of the engine, from the top down: none imports one above it. ARCHITECTURE.md says what lives where. */
const ENGINE_FOLDERS = [
  "compare",
  "client",
  "worker",
  "manage",
  "plan",
  "opened",
  "map",
  "dataset",
  "wait",
  "stage",
  "run",
  "files",
  "workflow",
  "calendar",
  "base",
];
const ENGINE = "^packages/engine/src/";

const engineArrows = ENGINE_FOLDERS.map((folder, at) => ({
  name: `engine-${folder}-arrows`,
  comment: "Imports in the engine go down the list of its folders; the files above them all are entries.",
  severity: "error",
  from: { path: `${ENGINE}${folder}/`, pathNot: TEST },
  to: { path: [`${ENGINE}[^/]+$`, ...ENGINE_FOLDERS.slice(0, at).map((above) => `${ENGINE}${above}/`)] },
}));

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    arrows("core", [], "core is the words and pure rules: it knows nobody."),
    arrows("engine", ["core"], "The engine knows a store only as the interface in core."),
    arrows("protocol", ["core"], "Schemas shared by server, dashboard and command line."),
    arrows(
      "client",
      ["core", "protocol"],
      "What browsers and programs watch runs with: it knows what goes over the wire.",
    ),
    {
      name: "client-without-node",
      comment: "The client runs in browsers.",
      severity: "error",
      from: { path: "^packages/(client|protocol)/src/", pathNot: TEST },
      to: { dependencyTypes: ["core"] },
    },
    arrows("models", ["core"], "The model client knows nothing of runs."),
    arrows(
      "workload-kit",
      ["holdfast", "models"],
      "What workloads share: as a workload it knows what is installed, and the model client.",
    ),
    arrows("dataset-files", ["core"], "Files as rows, behind a port of core: it knows no engine and no store."),
    arrows(
      "artifacts-s3",
      ["core", "engine"],
      "Implements the engine's port of artifacts; the client of S3 is its own.",
    ),
    arrows("store-sql", ["core"], "What the SQL stores share: it knows neither of them."),
    arrows("store-(sqlite|postgres)", ["core", "store-sql"], "A store implements core's contract and knows no engine."),
    arrows("testkit", ["core", "engine"], "The kit drives the engine over any store, so it names none."),
    {
      name: "holdfast-arrows",
      comment: "What a user installs: engine, SQLite store, command, and the server.",
      severity: "error",
      from: { path: "^packages/holdfast/", pathNot: TEST },
      to: {
        path: `^${PACKAGE}/`,
        pathNot: [
          "^packages/(holdfast|engine|store-sqlite|store-postgres|artifacts-s3|dataset-files|core)/",
          "^apps/server/",
        ],
      },
    },
    {
      name: "server-only-when-asked-for",
      comment: "The command starts without an HTTP server: it is imported by the commands that need it, as they run.",
      severity: "error",
      from: { path: "^packages/holdfast/", pathNot: "^packages/holdfast/src/server\\.ts$" },
      to: { path: "^apps/server/", dependencyTypesNot: ["type-only", "dynamic-import"] },
    },
    {
      name: "server-arrows",
      comment: "HTTP over the engine: which store is behind it, it does not know. Its tests open one.",
      severity: "error",
      from: { path: "^apps/server/", pathNot: TEST },
      to: { path: `^${PACKAGE}/`, pathNot: ["^packages/(core|engine|protocol)/", "^apps/server/"] },
    },
    {
      name: "dashboard-arrows",
      comment:
        "The page knows the API as the protocol's schemas describe it, their types alone, and watches runs through the client.",
      severity: "error",
      from: { path: "^apps/dashboard/src/", pathNot: TEST },
      to: { path: `^${PACKAGE}/`, pathNot: ["^packages/(protocol|client)/", "^apps/dashboard/"] },
    },
    {
      name: "dashboard-types-only",
      comment: "What the page imports of the protocol is gone when it is built.",
      severity: "error",
      from: { path: "^apps/dashboard/src/", pathNot: TEST },
      to: { path: "^packages/protocol/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "testkit-tests-arrows",
      comment: "The kit's own tests also use the model client, against its model server, and a real store.",
      severity: "error",
      from: { path: `^packages/testkit/.*${TEST}` },
      to: { path: `^${PACKAGE}/`, pathNot: "^packages/(testkit|core|engine|models|store-sqlite)/" },
    },
    {
      name: "testkit-from-tests-only",
      comment: "Nothing that ships may depend on the testing kit.",
      severity: "error",
      from: { path: `^${PACKAGE}/`, pathNot: [TEST, "^packages/testkit/"] },
      to: { path: "^packages/testkit/" },
    },
    {
      name: "workloads-arrows",
      comment:
        "A workload is what a user would write: holdfast's public entry, the model client and the kit, never a store.",
      severity: "error",
      from: { path: "^workloads/([^/]+)/", pathNot: TEST },
      to: { path: `^${PACKAGE}/`, pathNot: "^(packages/(holdfast|models|workload-kit)/|workloads/$1/)" },
    },
    {
      name: "no-insides",
      comment:
        "Another package is used through its entries alone; the testkit has a second one, the suite of all stores, holdfast the contract of stores and the reader of YAML, the client its hooks, the kit of workloads the sources that users give.",
      severity: "error",
      from: { path: `^(${PACKAGE})/` },
      to: {
        path: `^${PACKAGE}/`,
        pathNot: [
          "^$1/",
          `^${PACKAGE}/(bundle|dist)/((contract/)?index|store|extend|yaml|server|react|sources|reading)\\.(js|d\\.ts)$`,
        ],
      },
    },
    {
      name: "core-without-node",
      comment: "core runs anywhere, also in a browser.",
      severity: "error",
      from: { path: "^packages/core/src/", pathNot: TEST },
      to: { dependencyTypes: ["core", "npm", "npm-dev", "npm-optional", "npm-peer"] },
    },
    ...engineArrows,
    {
      name: "engine-folders",
      comment: "A folder of the engine that is not in the list has no place in its order.",
      severity: "error",
      from: {},
      to: { path: `${ENGINE}[^/]+/`, pathNot: ENGINE_FOLDERS.map((folder) => `${ENGINE}${folder}/`) },
    },
    {
      name: "no-cycles",
      comment: "Types count. Circles between folders are found by tests/suite/circles.mjs.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unresolved",
      comment: "A path that leads nowhere.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-undeclared",
      comment: "What is imported is declared in the package's own package.json.",
      severity: "error",
      from: { path: `^${PACKAGE}/src/`, pathNot: TEST },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "/dist/", "/bundle/"] },
    exclude: { path: ["/(bundle|dist)/.*\\.map$", "testdata"] },
    tsConfig: { fileName: "tsconfig.base.json" },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "default"],
      extensions: [".ts", ".tsx", ".js", ".mjs", ".json"],
    },
  },
};
