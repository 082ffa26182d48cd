export function bundleWhatChanged(folders?: readonly string[]): Promise<void>;
