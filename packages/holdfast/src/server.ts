/**
 * Holdfast over HTTP, for programs: a server of its own, or a handler inside another one. `holdfast serve` is the command for the
 * first.
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
