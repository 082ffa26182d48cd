import type { Browser, BrowserContext, BrowserType } from "playwright-core";

export function findChromium(env?: NodeJS.ProcessEnv): string | null;
export function launch(): Promise<Browser>;
export function launchWith(
  profile: string,
  more?: Parameters<BrowserType["launchPersistentContext"]>[1],
): Promise<BrowserContext>;
