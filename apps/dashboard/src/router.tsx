/** The addresses of the page. `apps/server/src/routes/dashboard.ts` serves the shell at each of them. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { basePath } from "./boot/base-path.js";
import { firstPlace } from "./boot/first-place.js";
import type { CompareSearch } from "./compare/search.js";
import type { ErrorsSearch } from "./errors/errors-page.js";
import { Frame } from "./frame/frame.js";
import { NotFound } from "./frame/not-found.js";
import type { ItemsSearch } from "./run/items-tab.js";
import { RunsPage } from "./runs/runs-page.js";

const rootRoute = createRootRoute({ component: Frame, notFoundComponent: NotFound });

const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: async () => {
    throw redirect({ ...(await firstPlace()), replace: true });
  },
});

const words = (search: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => typeof value === "string")) as Record<string, string>;

const runsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs",
  validateSearch: (search: Record<string, unknown>): { q?: string } => {
    const { q } = words(search);
    return q === undefined || q === "" ? {} : { q };
  },
  component: RunsPage,
});

const runRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$runId",
  component: lazyRouteComponent(() => import("./run/run-page.js"), "RunPage"),
});

const runTabRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/runs/$runId/$tab",
  validateSearch: (search: Record<string, unknown>): ItemsSearch => {
    const { map, outcome, category, cause } = words(search);
    return {
      ...(map === undefined ? {} : { map }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(category === undefined ? {} : { category }),
      ...(cause === undefined ? {} : { cause }),
    };
  },
  component: lazyRouteComponent(() => import("./run/run-page.js"), "RunPage"),
});

const chooseRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/start",
  component: lazyRouteComponent(() => import("./start/choose-page.js"), "ChoosePage"),
});

const startRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/start/$workflow",
  validateSearch: (search: Record<string, unknown>): { from?: string } => {
    const { from } = words(search);
    return from === undefined ? {} : { from };
  },
  component: lazyRouteComponent(() => import("./start/start-page.js"), "StartPage"),
});

const inboxRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/inbox",
  component: lazyRouteComponent(() => import("./inbox/inbox-page.js"), "InboxPage"),
});

const datasetsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/datasets",
  component: lazyRouteComponent(() => import("./datasets/datasets-page.js"), "DatasetsPage"),
});

const compareRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/compare",
  validateSearch: (search: Record<string, unknown>): CompareSearch => {
    const { a, b, stage, change } = words(search);
    return {
      ...(a === undefined ? {} : { a }),
      ...(b === undefined ? {} : { b }),
      ...(stage === undefined ? {} : { stage }),
      ...(change === undefined ? {} : { change }),
    };
  },
  component: lazyRouteComponent(() => import("./compare/compare-page.js"), "ComparePage"),
});

const errorsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/errors",
  validateSearch: (search: Record<string, unknown>): ErrorsSearch => {
    const { days, workflow, category, state } = words(search);
    return {
      ...(days === undefined ? {} : { days }),
      ...(workflow === undefined ? {} : { workflow }),
      ...(category === undefined ? {} : { category }),
      ...(state === undefined ? {} : { state }),
    };
  },
  component: lazyRouteComponent(() => import("./errors/errors-page.js"), "ErrorsPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./settings/settings-page.js"), "SettingsPage"),
});

const systemPage = lazyRouteComponent(() => import("./system/system-page.js"), "SystemPage");
const systemRoute = createRoute({ getParentRoute: () => rootRoute, path: "/system", component: systemPage });
const systemTabRoute = createRoute({ getParentRoute: () => rootRoute, path: "/system/$tab", component: systemPage });

const routeTree = rootRoute.addChildren([
  indexRoute,
  runsRoute,
  runRoute,
  runTabRoute,
  chooseRoute,
  startRoute,
  inboxRoute,
  errorsRoute,
  compareRoute,
  datasetsRoute,
  systemRoute,
  systemTabRoute,
  settingsRoute,
]);

export function makeRouter() {
  return createRouter({
    routeTree,
    basepath: basePath(),
    defaultPreload: false,
    scrollRestoration: false,
    defaultNotFoundComponent: NotFound,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
