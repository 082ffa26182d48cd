export function startPostgres(options?: {
  isDurable?: boolean;
}): Promise<
  | { readonly url: string; readonly stop: () => Promise<void>; readonly crash: (() => Promise<void>) | null }
  | { readonly problem: string }
>;
