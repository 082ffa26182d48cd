/** HTTP over a Holdfast instance: `createServer`, its settings, and the creation of API keys; acts on many runs, which the command has too. */
export { newApiKey } from "./auth/api-keys.js";
export { type CarryOut, carryOut } from "./bulk/carry-out.js";
export { type BulkAct, type BulkAction, type KeptPlan, planBulk } from "./bulk/plan.js";
export type { LogLevel } from "./log.js";
export { createHoldfastHandler, type FetchHandler, type HandlerOptions } from "./mount/handler.js";
export type { MountedCaller } from "./mount/mounted-auth.js";
export { toNodeHandler } from "./mount/node-handler.js";
export { openRedisHints, type RedisHintOptions, type RedisHints, type RedisSettings } from "./realtime/redis-hints.js";
export { ROLES, type Role } from "./roles.js";
export { createServer, type HoldfastServer, type Listening, type ServerOptions } from "./server.js";
export {
  type ApiKey,
  type AuthSettings,
  JWT_ALGORITHMS,
  type JwtAlgorithm,
  type JwtIssuer,
  type ServerSettings,
} from "./settings.js";
