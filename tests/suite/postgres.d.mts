export function startPostgres(options?: {
  isDurable?: boolean;
}): Promise<{ readonly url: string; readonly stop: () => Promise<void> } | { readonly problem: string }>;
