/**
 * The one place where the command reads the environment. Settings override the configuration file; flags override
 * both. Names: `HOLDFAST_URL`, `HOLDFAST_DATA_DIR`, `HOLDFAST_LEASE_MS`, … (`environmentName`).
 */
import { type ProjectVariables, readProjectVariables } from "../project.js";
import { readServerVariables, type ServerSettings } from "../server-settings.js";
import type { Desktop } from "./address/browser.js";

/** Undefined where a variable is unset or empty. */
export interface ResumeVariables {
  readonly isResume: boolean | undefined;
  readonly runId: string | undefined;
  readonly isErrorsOnly: boolean | undefined;
}

export interface Environment extends ProjectVariables {
  /** `HOLDFAST_SERVER_PORT`, … */
  readonly server: ServerSettings;
  /** `RESUME`, `EXPERIMENT_ID`, `RETRY_ERRORS_ONLY`: a `start` that is a resume. */
  readonly resume: ResumeVariables;
  /** `BROWSER`, and whether `DISPLAY` or `WAYLAND_DISPLAY` name a screen. */
  readonly desktop: Desktop;
  /** `NO_COLOR` (any value) and `TERM=dumb` turn colour off; `FORCE_COLOR` turns it on where there is no terminal. */
  readonly colour: "never" | "always" | "auto";
  /** `HOLDFAST_DEBUG`: errors show their stack. */
  readonly isDebug: boolean;
  /** `CI`: no live display, since a log keeps every frame of it. */
  readonly isCi: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

const isOn = (value: string | undefined) => value !== undefined && value !== "" && value !== "0" && value !== "false";

/** @throws {ConfigInvalidError} CONFIG_INVALID — with the variable whose value is invalid. */
export function readEnvironment(variables: Variables): Environment {
  return { ...readDisplay(variables), ...readPlaces(variables) };
}

/** What can never be wrong: read first, so that errors about the rest are shown as wished. */
export function readDisplay(variables: Variables): Pick<Environment, "colour" | "isDebug" | "isCi"> {
  const isPlain = (variables.NO_COLOR ?? "") !== "" || variables.TERM === "dumb";
  return {
    colour: isPlain ? "never" : isOn(variables.FORCE_COLOR) ? "always" : "auto",
    isDebug: isOn(variables.HOLDFAST_DEBUG),
    isCi: isOn(variables.CI),
  };
}

function readPlaces(variables: Variables): ProjectVariables & Pick<Environment, "server" | "resume" | "desktop"> {
  return {
    ...readProjectVariables(variables),
    server: readServerVariables(variables),
    desktop: {
      platform: process.platform,
      browser: variables.BROWSER?.trim() || undefined,
      hasDisplay: [variables.DISPLAY, variables.WAYLAND_DISPLAY].some((screen) => (screen ?? "") !== ""),
    },
    resume: {
      isResume: wordOf(variables.RESUME),
      runId: variables.EXPERIMENT_ID?.trim() || undefined,
      isErrorsOnly: wordOf(variables.RETRY_ERRORS_ONLY),
    },
  };
}

/** `0`, `false`, `no` and `off` are false, any other word true; unset or empty leaves it to the input. */
function wordOf(value: string | undefined): boolean | undefined {
  const word = value?.trim().toLowerCase() ?? "";
  return word === "" ? undefined : !["0", "false", "no", "off"].includes(word);
}
