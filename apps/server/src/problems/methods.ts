/** Methods of an address, to distinguish "no such address" from "method not allowed". */

export class KnownRoutes {
  private readonly routes: { readonly pattern: string; readonly matches: RegExp; readonly methods: Set<string> }[] = [];

  add(pattern: string, methods: readonly string[]): void {
    const known = this.routes.find((route) => route.pattern === pattern);
    if (known !== undefined) {
      for (const method of methods) known.methods.add(method);
      return;
    }
    const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
    const matches = new RegExp(`^${escaped.replace(/:\w+/g, "[^/]+").replace("*", ".*")}$`);
    this.routes.push({ pattern, matches, methods: new Set(methods) });
  }

  /** Empty for an address that does not exist. */
  methodsAt(path: string): readonly string[] {
    const found = this.routes.filter(({ matches }) => matches.test(path)).flatMap(({ methods }) => [...methods]);
    return [...new Set(found)].sort();
  }

  /** Every route as "METHOD pattern", HEAD left out where it is its GET's. */
  get keys(): readonly string[] {
    return this.routes
      .flatMap(({ pattern, methods }) =>
        [...methods]
          .filter((method) => method !== "HEAD" || !methods.has("GET"))
          .map((method) => `${method} ${pattern}`),
      )
      .sort();
  }
}
