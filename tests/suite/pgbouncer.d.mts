export function startPgbouncer(
  url: string,
  options?: { readonly settings?: readonly string[] },
): Promise<
  { readonly url: string; readonly version: string; readonly stop: () => Promise<void> } | { readonly problem: string }
>;
