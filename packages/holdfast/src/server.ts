/**
 * Holdfast over HTTP, for programs: a standalone server, or a handler inside another server. `holdfast serve` is the command
 * for the standalone server.
 */
export {
  createHoldfastHandler,
  createServer,
  type FetchHandler,
  type HandlerOptions,
  type HoldfastServer,
  type Listening,
  type MountedCaller,
  type ServerOptions,
  toNodeHandler,
} from "@holdfast/server";
