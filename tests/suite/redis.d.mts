export function findRedis(): Promise<
  { readonly program: string; readonly env: Record<string, string | undefined> } | { readonly problem: string }
>;
