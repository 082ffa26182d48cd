/** Where the page is mounted, known only as it runs: the shell's <base> leads there. */
export const basePath = (): string => new URL(".", document.baseURI).pathname.replace(/\/$/, "");
